"""One kind of row of a station."""

from typing import Generic, TypeVar

import msgspec

from broker.records.change import Change
from broker.records.codec import Codec
from broker.store import Store, changes

T = TypeVar("T", bound=msgspec.Struct)


class Book(Generic[T]):
    """Rows with the primary key (identity, *key). Changes are made by `Records.later` and `Records.commit`."""

    def __init__(self, store: Store, kind: type[T], table: str, *key: str) -> None:
        self._store, self._table = store, table
        self._keys = ("identity", *key)
        self._codec: Codec[T] = Codec(kind, keys=self._keys)

    def put(self, row: T) -> Change:
        """This row, in place of the one with the same key."""
        params = self._codec.params(row)
        return (changes.put_row(self._table, self._codec.key_of(params), params),)

    def drop(self, identity: str, *key: str | int) -> Change:
        """No such row any more."""
        if len(key) + 1 != len(self._keys):
            raise TypeError(f"a {self._table} has the key {', '.join(self._keys)}")
        return (changes.drop_row(self._table, self._codec.key(identity, *key)),)

    def drop_all(self, identity: str) -> Change:
        """No such row of this station any more."""
        return (changes.drop_rows(self._table, *self._texts(identity)),)

    async def of(self, identity: str) -> list[T]:
        """All rows of a station, in the order of their keys."""
        rows = await self._store.select(
            self._table, [("identity =", self._codec.key(identity)[0])], order=self._keys[1:] or self._keys
        )
        return [self._codec.row(row) for row in rows]

    async def get(self, identity: str, *key: str | int) -> T | None:
        """The row with this key."""
        if len(key) + 1 != len(self._keys):
            raise TypeError(f"a {self._table} has the key {', '.join(self._keys)}")
        where = [(f"{name} =", value) for name, value in zip(self._keys, self._codec.key(identity, *key), strict=True)]
        rows = await self._store.select(self._table, where)
        return self._codec.row(rows[0]) if rows else None

    def _texts(self, identity: str) -> list[str]:
        return [str(value) for value in self._codec.key(identity)]
