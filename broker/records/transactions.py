"""Transactions, in any version of OCPP."""

from operator import attrgetter
from typing import get_type_hints

import msgspec

from broker.records.change import Change
from broker.records.codec import Codec, Param, converter, number, real, text
from broker.records.rows import Transaction
from broker.store import Store, changes, transactions

_TABLE = "charging_transaction"
_HINTS = get_type_hints(Transaction)
_START = ("identity", "transaction_id", *transactions.START)
_get_start = attrgetter(*_START)
_start_converters = [converter(name, _HINTS[name]) for name in _START]


class Transactions:
    """What messages have told of transactions. Which row a message is about is found out when it is written."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._codec = Codec(Transaction)

    def put(self, tx: Transaction) -> Change:
        """All that is known of it, in place of what was; its number stays the one that it had.

        For 2.x, where an id is never given twice (E01.FR.07) and events come in any order: whoever hears of them puts
        them together, and the row is the sum.
        """
        row = msgspec.structs.replace(tx, ref=tx.ref or self._store.new_id(), epoch=0)
        params = self._codec.params(row)
        return (changes.put_transaction(text(tx.identity), text(tx.transaction_id), params),)

    def started(self, tx: Transaction) -> Change:
        """It has begun; what the row says of the start, not of the stop.

        The same identity, id and start_key again: the same row. Another start_key: another transaction, and the older
        row moves aside with its meter values. Where only the stop is known yet, this is its start.
        """
        values = [convert(value) for convert, value in zip(_start_converters, _get_start(tx), strict=True)]
        return (changes.happened("start", self._store.new_id(), *values),)

    def stopped(
        self,
        identity: str,
        transaction_id: str,
        *,
        version: str,
        stopped_at: float | None,
        meter_stop: int | None,
        reason: str | None,
        token: str | None,
        received_at: float,
        answered_by: str,
    ) -> Change:
        """It has ended. Where no start is known, a row without one.

        The same time and reading again: the same row. Others, where it has ended already: a row of their own, which
        `get` does not give; so too for each stop of -1, the id of what was given none (OCPP 1.6 errata 3.18).
        """
        params = (
            text(identity),
            text(transaction_id),
            None if stopped_at is None else real(stopped_at),
            None if meter_stop is None else number(meter_stop),
            None if reason is None else text(reason),
            None if token is None else text(token),
            real(received_at),
            text(version),
            text(answered_by),
            real(received_at),
        )
        return (changes.happened("stop", self._store.new_id(), *params),)

    async def get(self, identity: str, transaction_id: str) -> Transaction | None:
        """The one that this id names now; for -1, the last that was stopped."""
        where: list[tuple[str, Param]] = [("identity =", text(identity)), ("transaction_id =", text(transaction_id))]
        found = await self._read([*where, ("epoch =", 0)], order=())
        found = found or await self._read(where, order=("-ref",), limit=1)
        return found[0] if found else None

    async def latest_ids(self, identity: str, limit: int) -> list[str]:
        """The ids of those of a station that were heard of last, the newest first."""
        where: list[tuple[str, Param]] = [("identity =", text(identity))]
        rows = await self._store.select(_TABLE, where, columns=("transaction_id",), order=("-ref",), limit=limit)
        return [str(row[0]) for row in rows]

    async def open_of(self, identity: str) -> list[Transaction]:
        """Those of a station that have not ended."""
        return await self._read([("identity =", text(identity)), ("ended is false", None)])

    async def open_with_token(self, token: str) -> list[Transaction]:
        """Those of a token that have not ended, at whatever station. An empty one is nobody's: it may be forgotten."""
        if not token:
            return []
        return await self._read([("token =", text(token)), ("ended is false", None)])

    async def page(
        self,
        *,
        identity: str | None = None,
        token: str | None = None,
        open: bool | None = None,  # noqa: A002 - the word for it
        since: float | None = None,
        until: float | None = None,
        after: int = 0,
        limit: int = 100,
    ) -> list[Transaction]:
        """Those with a higher ref than `after`, by ref; `token` has started or stopped them.

        `since` and `until` are about when they began, or ended where that is all that is known.
        """
        where: list[tuple[str, Param]] = [("ref >", number(after))]
        where += [
            (condition, value)
            for condition, value in (
                ("identity =", None if identity is None else text(identity)),
                ("token|stop_token =", None if token is None else text(token)),
                ("started_at,stopped_at,received_at >=", since),
                ("started_at,stopped_at,received_at <", until),
            )
            if value is not None
        ]
        if open is not None:
            where.append(("ended is false" if open else "ended is true", None))
        return await self._read(where, limit=limit)

    async def _read(
        self, where: list[tuple[str, Param]], *, order: tuple[str, ...] = ("ref",), limit: int | None = None
    ) -> list[Transaction]:
        rows = await self._store.select(_TABLE, where, columns=self._codec.fields, order=order, limit=limit)
        return [self._row(row) for row in rows]

    def _row(self, values: tuple[Param, ...]) -> Transaction:
        row = self._codec.row(values)
        row.start_key = row.start_key or ""  # NULL: no start is known
        return row
