"""What has been kept long enough, and goes: a thousand rows a commit, so that nobody waits long for his own."""

from collections.abc import Mapping, Sequence
from typing import Any

from broker.records.codec import Param
from broker.store import Store, changes

_AT_ONCE = 1_000

Where = list[tuple[str, Param]]

#: kind: table, its primary key, the column with the time, what else a row must be
_KINDS: dict[str, tuple[str, tuple[str, ...], str, Where]] = {
    "meter_values": ("meter_value", ("id",), "received_at", []),
    "transactions": ("charging_transaction", ("ref",), "updated_at", [("ended is true", None)]),
    "security_events": ("security_event", ("id",), "received_at", []),
    "events": ("station_event", ("id",), "received_at", []),
    "messages": ("logged_message", ("id",), "at", []),
    "reservations": (
        "reservation",
        ("identity", "reservation_id"),
        "updated_at",
        [("status !=", "requested"), ("status !=", "reserved")],
    ),
}

KINDS = tuple(_KINDS)


async def prune(store: Store, limits: Mapping[str, float], now: float) -> dict[str, int]:
    """Delete what is older than so many seconds, by kind; how many rows of each went."""
    counts: dict[str, int] = {}
    for kind, seconds in limits.items():
        table, keys, column, others = _KINDS[kind]
        where: Where = [(f"{column} <", now - seconds), *others]
        if kind == "transactions":
            counts[kind] = await _transactions(store, where, counts)
        else:
            counts[kind] = counts.get(kind, 0) + await delete(store, table, keys, where, order=(column,))
    return counts


async def delete(store: Store, table: str, keys: tuple[str, ...], where: Where, *, order: tuple[str, ...] = ()) -> int:
    """Delete these rows, in small commits; how many they were."""
    count = 0
    while True:
        rows = await store.select(table, where, columns=keys, order=order, limit=_AT_ONCE)
        await _drop(store, table, rows)
        count += len(rows)
        if len(rows) < _AT_ONCE:
            return count


async def _drop(store: Store, table: str, rows: Sequence[tuple[Any, ...]]) -> None:
    if rows:
        await store.write([changes.drop_row(table, row) for row in rows])


async def _transactions(store: Store, where: Where, counts: dict[str, int]) -> int:
    """With their meter values: nobody could tell any more what those are of."""
    table, columns = "charging_transaction", ("ref", "identity", "transaction_id", "epoch")
    count = 0
    while True:
        rows = await store.select(table, where, columns=columns, order=("updated_at",), limit=_AT_ONCE)
        for _, *transaction in rows:
            of_it: Where = list(zip(("identity =", "transaction_id =", "epoch ="), transaction, strict=True))
            counts["meter_values"] = counts.get("meter_values", 0) + await delete(store, "meter_value", ("id",), of_it)
        await _drop(store, table, [row[:1] for row in rows])
        count += len(rows)
        if len(rows) < _AT_ONCE:
            return count
