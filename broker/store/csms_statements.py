"""The SQL for the rows of `csms`, compiled from its tables. Imports SQLAlchemy, as `statements` does."""

import sqlite3
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Table, and_, bindparam, case, delete, literal_column, null, update
from sqlalchemy.dialects import sqlite
from sqlalchemy.sql import ClauseElement

from broker.store import csms, statements, transactions
from broker.store.plan import Params, Statements, Step, execute
from broker.store.statements import Parts, compiled, put

_HEAD = ["ref", "epoch", "identity", "transaction_id"]


@cache
def writes() -> Statements:
    """The SQL of every change that the store knows."""
    found = statements.writes() | compiled(_tokens())
    for table in csms.TABLES:
        found |= compiled(_rows_of(table))
    parts = compiled(_transactions())

    def one(connection: sqlite3.Connection, name: str, rows: list[Params]) -> None:
        execute(connection, parts, (name, rows))

    def happened(connection: sqlite3.Connection, events: list[Params]) -> None:
        transactions.run(connection, events, one)

    found |= compiled({"put transaction": (" ".join(csms.charging_transaction.c.keys()), (_whole(),))})
    return found | {"happened": (Step("", None, None, happened),)}


def _rows_of(table: Table) -> Parts:
    keys = [column.name for column in table.primary_key]
    dropped = delete(table).where(*(table.c[name] == bindparam(f"at_{name}") for name in keys))
    parts: Parts = {
        f"put {table.name}": (" ".join(table.c.keys()), (_once(table) if "digest" in table.c else put(table),)),
        f"drop {table.name}": (" ".join(f"at_{name}" for name in keys), (dropped,)),
    }
    if "identity" in table.c:
        every = delete(table).where(table.c.identity == bindparam("at_identity"))
        parts[f"drop all {table.name}"] = ("at_identity", (every,))
    return parts


def _once(table: Table) -> ClauseElement:
    """Insert, unless the same is there already: a station repeats what was not acknowledged."""
    values: dict[str, Any] = {column.name: bindparam(column.name) for column in table.columns}
    return sqlite.insert(table).values(values).on_conflict_do_nothing()


def _tokens() -> Parts:
    """To take a token out of a row, where OCPP's comparison says that it is the same."""
    transaction, reservation, token = csms.charging_transaction, csms.reservation, csms.token
    # Whoever made the key of a start may have made it of the token; it has to stay one of its own.
    same = and_(transaction.c.token == bindparam("token"), transaction.c.start_key.is_not(None))
    key = case((same, literal_column("'forgotten ' || ref")), else_=transaction.c.start_key)
    return {
        **_on(transaction, "blank", "token", {"start_key": key}, "token stop_token parent"),
        **_on(reservation, "blank", "token", {}, "token parent"),
        **_on(token, "blank", "token", {"parent": null(), "parent_type": null()}),
        **_on(transaction, "swap", "old new", {"details": _swapped(transaction.c.details)}),
        **_on(csms.local_list, "swap", "old new", {"entries": _swapped(csms.local_list.c.entries)}),
    }


def _swapped(column: ColumnElement[Any]) -> Any:
    return case((column == bindparam("old"), bindparam("new")), else_=column)


def _on(table: Table, what: str, params: str, values: dict[str, Any], blanked: str = "") -> Parts:
    """Change one row."""
    keys = [column.name for column in table.primary_key]
    changes: dict[str, Any] = values | {
        name: case((table.c[name] == bindparam("token"), literal_column("''")), else_=table.c[name])
        for name in blanked.split()
    }
    changed = update(table).where(*(table.c[name] == bindparam(f"at_{name}") for name in keys)).values(changes)
    return {f"{what} {table.name}": (f"{params} {' '.join(f'at_{name}' for name in keys)}", (changed,))}


def _transactions() -> Parts:
    """What `transactions.run` runs."""
    table, meter = csms.charging_transaction, csms.meter_value
    start = [*_HEAD, *transactions.START, "ended"]
    stop = [*_HEAD, *transactions.STOP, "ended", "status", "details"]
    values_aside = (
        update(meter)
        .where(
            meter.c.identity == bindparam("at_identity"),
            meter.c.transaction_id == bindparam("at_transaction_id"),
            meter.c.epoch == literal_column("0"),
        )
        .values(epoch=bindparam("at_ref"))
    )
    return {
        "aside": (
            "at_identity at_transaction_id at_ref",
            (values_aside, update(table).where(table.c.ref == bindparam("at_ref")).values(epoch=table.c.ref)),
        ),
        "start": (
            " ".join(start),
            (_upsert(start, [name for name in transactions.START if name not in ("received_at", "answered_by")]),),
        ),
        "stop": (" ".join(stop), (_upsert(stop, [*transactions.STOP[:5], "ended"]),)),
        "meter": (" ".join(meter.c.keys()), (_once(meter),)),
    }


def _whole() -> ClauseElement:
    """A whole transaction, by the id that names it; under the number that it has already."""
    table, by = csms.charging_transaction, ["identity", "transaction_id", "epoch"]
    insert = sqlite.insert(table).values({column.name: bindparam(column.name) for column in table.columns})
    new = {column.name: insert.excluded[column.name] for column in table.columns if column.name not in ("ref", *by)}
    return insert.on_conflict_do_update(index_elements=by, set_=new)


def _upsert(names: list[str], changed: list[str]) -> ClauseElement:
    table = csms.charging_transaction
    insert = sqlite.insert(table).values({name: bindparam(name) for name in names})
    new: dict[str, Any] = {name: insert.excluded[name] for name in changed}
    # Whatever is run first in a commit, the row is as new as the newest of what it was made of.
    newer = insert.excluded.updated_at > table.c.updated_at
    new["updated_at"] = case((newer, insert.excluded.updated_at), else_=table.c.updated_at)
    return insert.on_conflict_do_update(index_elements=["ref"], set_=new)
