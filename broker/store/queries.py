"""What can be read: functions of a connection, run in the reader's thread."""

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from struct import error as StructError
from typing import Any

from broker.store.ops import Param
from broker.store.rows import DeadRow, OutboxRow, OutboxSummary, StationRows, checksum


def _rows(connection: sqlite3.Connection, name: str, *params: str | int | None) -> Iterator[Any]:
    from broker.store.statements import reads  # SQLAlchemy: only once a store is open

    for step in reads()[name]:
        yield from connection.execute(step.sql, params if step.pick is None else step.pick(params))


def outbox(
    connection: sqlite3.Connection, identity: str, upstream: str, after: int, limit: int
) -> tuple[list[OutboxRow], list[int]]:
    """The messages of one outbox, and the ids of those that are damaged: never delivered as what they are not."""
    good, damaged = [], []
    for *values, expected in _rows(connection, "outbox", identity, upstream, after, limit):
        row = OutboxRow(*values)
        if _sound(row, expected):
            good.append(row)
        else:
            damaged.append(row.id)
    return good, damaged


def _sound(row: OutboxRow, expected: object) -> bool:
    try:
        return checksum(row) == expected
    except (TypeError, ValueError, StructError):  # a damaged row may hold anything
        return False


def outboxes(connection: sqlite3.Connection) -> list[OutboxSummary]:
    return [OutboxSummary(*row) for row in _rows(connection, "outboxes")]


def station(connection: sqlite3.Connection, identity: str) -> StationRows:
    return StationRows(
        transactions=[row[0] for row in _rows(connection, "transactions", identity)],
        ids=list(_rows(connection, "ids", identity)),
        memory=_only(_rows(connection, "memory", identity)),
        route=_only(_rows(connection, "route", identity)),
        outboxes=[OutboxSummary(*row) for row in _rows(connection, "outboxes_of", identity)],
    )


def dead(
    connection: sqlite3.Connection, identity: str | None, upstream: str | None, after: int, limit: int
) -> list[DeadRow]:
    return [DeadRow(*row) for row in _rows(connection, "dead", identity, upstream, after, limit)]


def dead_by_id(connection: sqlite3.Connection, ids: Iterable[int]) -> list[DeadRow]:
    return [DeadRow(*row) for number in ids for row in _rows(connection, "dead_one", number)]


def tokens(connection: sqlite3.Connection, upstream: str) -> dict[str, tuple[bytes, float]]:
    return {digest: (data, until) for digest, data, until in _rows(connection, "tokens", upstream)}


def routes(connection: sqlite3.Connection) -> dict[str, bytes]:
    return dict(_rows(connection, "routes"))


def credentials(connection: sqlite3.Connection) -> dict[str, bytes]:
    return dict(_rows(connection, "credentials"))


def setting(connection: sqlite3.Connection, name: str) -> bytes | None:
    found: bytes | None = _only(_rows(connection, "setting", name))
    return found


def select(
    connection: sqlite3.Connection,
    table: str,
    where: Sequence[tuple[str, Param]],
    columns: tuple[str, ...],
    order: tuple[str, ...],
    limit: int | None,
) -> list[tuple[Any, ...]]:
    from broker.store.selects import select_sql  # SQLAlchemy: only once a store is open

    sql = select_sql(table, tuple(condition for condition, _ in where), columns, order, limit is not None)
    params = [value for condition, value in where if value is not None for _ in range(1 + condition.count("|"))]
    return connection.execute(sql, params if limit is None else [*params, limit]).fetchall()


def latest_meter_values(connection: sqlite3.Connection, identity: str, columns: tuple[str, ...]) -> list[Any]:
    """The newest of each evse: from one to the next in the index, however many values there are of each."""
    found: list[Any] = []
    evse = 2**63 - 1
    order = ("-evse", "-id")
    at = columns.index("evse")
    condition = "evse <="
    while rows := select(connection, "meter_value", [("identity =", identity), (condition, evse)], columns, order, 1):
        found += rows
        evse, condition = rows[0][at], "evse <"
    return found[::-1]


def counts(connection: sqlite3.Connection, column: str, value: Param) -> dict[str, int]:
    """How many rows there are of that value, by table; tables without are left out."""
    from broker.store.selects import count_sql, tables_with

    found = {
        table: int(connection.execute(count_sql(table, column), (value,)).fetchone()[0])
        for table in tables_with(column)
    }
    return {table: count for table, count in found.items() if count}


def size(connection: sqlite3.Connection) -> int:
    """Bytes of the database without what is free in it."""
    pages, free, page_size = (
        connection.execute(f"PRAGMA {name}").fetchone()[0] for name in ("page_count", "freelist_count", "page_size")
    )
    return int((pages - free) * page_size)


def first_free(connection: sqlite3.Connection) -> int:
    """A number that is higher than any that `Store.new_id` has given out."""
    reserved: int = _only(_rows(connection, "counter", "ids")) or 1
    return max(reserved, *(int(row[0]) + 1 for row in _rows(connection, "highest")))


def _only(rows: Iterator[Any]) -> Any:
    return next((row[0] for row in rows), None)
