"""Tokens: who may charge."""

import asyncio
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from itertools import islice

from broker.records.cache import TokenCache
from broker.records.codec import Codec, Param, text
from broker.records.rows import Token
from broker.records.writing import written
from broker.store import Op, Store, changes

_TABLE = "token"
_CACHED = 50_000
_AT_ONCE = 1_000
_A_TURN = 100

_SMALL = {code: code + 32 for code in range(ord("A"), ord("Z") + 1)}


def key_of(token_id: str) -> str:
    """Two ids with the same key are the same token: OCPP's CiString is without regard to case, within ASCII."""
    return text(token_id.lower() if token_id.isascii() else token_id.translate(_SMALL))


class Tokens:
    """Those of the table, which the API has set, above those of the configuration file."""

    def __init__(self, store: Store, tokens: Mapping[str, Token] | None = None, *, cached: int = _CACHED) -> None:
        self._store = store
        self._codec = Codec(Token, without=("source",))
        self._cache = TokenCache(cached)
        self._file: dict[str, Token] = {}
        self.configure(tokens or {})

    def configure(self, tokens: Mapping[str, Token]) -> None:
        """Those of the file, by id, at start and when it was read again."""
        self._file = {key_of(id_): token for id_, token in tokens.items()}

    # --- reading ----------------------------------------------------------------------------------------------------

    def peek(self, id: str) -> Token | None:  # noqa: A002 - what OCPP calls it
        """The token, or None where there is none; `KeyError` where the table has to be read for that."""
        key = key_of(id)
        return self._cache.get(key) or self._file.get(key)

    async def find(self, id: str) -> Token | None:  # noqa: A002
        """The token, or None. Does not suspend where `peek` knows."""
        try:
            return self.peek(id)
        except KeyError:
            return await self._read(key_of(id))

    async def _read(self, key: str) -> Token | None:
        while True:
            number = self._cache.begin(key)
            try:
                rows = await self._store.select(_TABLE, [("key =", key)], columns=self._codec.fields)
            except BaseException:
                self._cache.abandon(key, number)
                raise
            self._cache.end(key, number, self._codec.row(rows[0]) if rows else None)
            with suppress(KeyError):  # written by many while it was read: once more
                return self._cache.get(key) or self._file.get(key)

    async def page(
        self,
        *,
        after: str = "",
        limit: int = 100,
        status: str | None = None,
    ) -> list[Token]:
        """Those behind `after`, by id in small letters; those of the file among them."""
        found: list[Token] = []
        key = key_of(after)
        while len(found) < limit:
            part, key = await self._part(key, max(limit, 100))
            found += (token for token in part if status is None or token.status == status)
            if not key:
                break
        return found[:limit]

    async def all(self) -> list[Token]:
        """All of them, by id in small letters."""
        found: list[Token] = []
        key = ""
        while True:
            part, key = await self._part(key, _AT_ONCE)
            found += part
            if not key:
                return found

    async def _part(self, after: str, count: int) -> tuple[list[Token], str]:
        """So many of the table, with those of the file between them; and the last key, empty where there is no more."""
        where: list[tuple[str, Param]] = [("key >", after)]
        rows = await self._store.select(
            _TABLE, where, columns=("key", *self._codec.fields), order=("key",), limit=count
        )
        last = rows[-1][0] if len(rows) == count else ""
        found = {key: token for key, token in self._file.items() if key > after and (not last or key <= last)}
        found.update((row[0], self._codec.row(row[1:])) for row in rows)
        return [found[key] for key in sorted(found)], last

    # --- writing ----------------------------------------------------------------------------------------------------

    async def put(self, token: Token) -> None:
        """On the disk when it returns; `StoreFailed` where it is not."""
        key, params = key_of(token.id), self._codec.params(token)
        await self._write(key, self._codec.row(params), changes.put_row(_TABLE, (key,), (key, *params)))

    async def drop(self, id: str) -> bool:  # noqa: A002
        """Take it out of the table; whether it was there. One of the file counts again."""
        key = key_of(id)
        if not await self._store.select(_TABLE, [("key =", key)], columns=("key",)):
            return False
        await self._write(key, None, changes.drop_row(_TABLE, (key,)))
        return True

    async def _write(self, key: str, token: Token | None, op: Op) -> None:
        def then(committed: bool) -> None:
            if committed:
                self._cache.put(key, token)
            else:
                self._cache.discard(key)  # it may be on the disk all the same

        await written(self._store, [op], then)

    async def put_many(self, tokens: Iterable[Token]) -> int:
        """An import: a commit a thousand. How many there were; `StoreFailed` leaves those before written."""
        count = 0
        iterator = iter(tokens)
        while keys := await self._put_some(iterator):
            count += len(keys)
        return count

    async def _put_some(self, tokens: Iterator[Token]) -> list[str]:
        keys: list[str] = []
        ops: list[Op] = []
        for token in islice(tokens, _AT_ONCE):
            keys.append(key_of(token.id))
            ops.append(changes.put_row(_TABLE, keys[-1:], (keys[-1], *self._codec.params(token))))
            if len(ops) % _A_TURN == 0:
                await asyncio.sleep(0)  # the stations' turn
        if ops:
            await written(self._store, ops, lambda _: self._discard(keys))
        return keys

    def _discard(self, keys: list[str]) -> None:
        for key in keys:
            self._cache.discard(key)

    def forget(self) -> None:
        """The table was changed by somebody else."""
        self._cache.clear()
