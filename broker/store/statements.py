"""The SQL of every `Op` and of every read, compiled once from the tables.

SQLAlchemy compiles, the driver runs: executing through SQLAlchemy costs three to five times the driver a row.
Imports SQLAlchemy: only what opens a store imports this.
"""

import re
from collections.abc import Callable, Sequence
from functools import cache
from operator import itemgetter
from typing import Any

from sqlalchemy import Insert, Select, Table, Update, bindparam, delete, func, literal_column, select, update
from sqlalchemy.dialects import sqlite
from sqlalchemy.sql import ClauseElement

from broker.store import csms, schema
from broker.store.plan import Params, Statements, Step

_MESSAGE = tuple(column.name for column in schema.outbox.columns)
_BURIED = ("reason", "buried_at")

Parts = dict[str, tuple[str, tuple[ClauseElement, ...]]]
"""For each name, the names of the parameters in the order in which they are given, and what it does."""


def put(table: Table) -> Insert:
    """Insert, or replace what is there under the same primary key."""
    insert = sqlite.insert(table).values({column.name: bindparam(column.name) for column in table.columns})
    keys = [column.name for column in table.primary_key]
    others = {column.name: insert.excluded[column.name] for column in table.columns if column.name not in keys}
    return insert.on_conflict_do_update(index_elements=keys, set_=others)


def _delete(table: Table, *columns: str) -> ClauseElement:
    return delete(table).where(*(table.c[name] == bindparam(f"at_{name}") for name in columns))


def _bury(*columns: str) -> tuple[ClauseElement, ...]:
    """Move rows of the outbox to the dead letters."""
    source = schema.outbox
    chosen = select(source, bindparam("reason"), bindparam("buried_at")).where(
        *(source.c[name] == bindparam(f"at_{name}") for name in columns)
    )
    return schema.dead_letter.insert().from_select([*_MESSAGE, *_BURIED], chosen), _delete(source, *columns)


def _revive() -> tuple[ClauseElement, ...]:
    source = schema.dead_letter
    fresh: dict[str, Any] = {"id": bindparam("new_id"), "attempts": literal_column("0"), "error": literal_column("''")}
    chosen = select(*(fresh.get(name, source.c[name]) for name in _MESSAGE)).where(source.c.id == bindparam("at_id"))
    return schema.outbox.insert().from_select(list(_MESSAGE), chosen), _delete(source, "id")


def _attempt() -> Update:
    changed = update(schema.outbox).where(schema.outbox.c.id == bindparam("at_id"))
    return changed.values(attempts=bindparam("attempts"), error=bindparam("error"))


def _forget() -> tuple[ClauseElement, ...]:
    return tuple(_delete(table, "identity") for table in schema.metadata.sorted_tables if "identity" in table.c)


def _ops() -> Parts:
    return {
        "put_outbox": (" ".join(_MESSAGE), (put(schema.outbox),)),  # one that could not be committed is put again
        "drop_outbox": ("at_id", (_delete(schema.outbox, "id"),)),
        "attempt": ("at_id attempts error", (_attempt(),)),
        "bury": ("at_id reason buried_at", _bury("id")),
        "bury_all": ("at_identity at_upstream reason buried_at", _bury("identity", "upstream")),
        "revive": ("at_id new_id", _revive()),
        "drop_dead": ("at_id", (_delete(schema.dead_letter, "id"),)),
        "drop_outboxes": ("at_identity at_upstream", (_delete(schema.outbox, "identity", "upstream"),)),
        "put_transaction": ("ref identity data", (put(schema.station_transaction),)),
        "drop_transaction": ("at_ref", (_delete(schema.station_transaction, "ref"),)),
        "put_id": ("identity space peer peer_id station_id", (put(schema.station_id),)),
        "drop_id": (
            "at_identity at_space at_peer at_peer_id",
            (_delete(schema.station_id, "identity", "space", "peer", "peer_id"),),
        ),
        "put_memory": ("identity data", (put(schema.station_memory),)),
        "put_route": ("identity data", (put(schema.station_route),)),
        "drop_route": ("at_identity", (_delete(schema.station_route, "identity"),)),
        "put_credential": ("identity data", (put(schema.adopted_credential),)),
        "drop_credential": ("at_identity", (_delete(schema.adopted_credential, "identity"),)),
        "forget_station": ("at_identity", _forget()),
        "put_token": ("upstream digest data until", (put(schema.cached_token),)),
        "drop_token": ("at_upstream at_digest", (_delete(schema.cached_token, "upstream", "digest"),)),
        "expire_tokens": (
            "before",
            (delete(schema.cached_token).where(schema.cached_token.c.until < bindparam("before")),),
        ),
        "put_setting": ("name data", (put(schema.setting),)),
        "put_counter": ("name value", (put(schema.counter),)),
        "put_probe": ("id data", (put(schema.probe),)),
        "drop_probe": ("at_id", (_delete(schema.probe, "id"),)),
    }


def _summary() -> Select[Any]:
    box = schema.outbox
    return select(
        box.c.identity,
        box.c.upstream,
        func.count(),
        func.sum(box.c.size),
        func.min(box.c.received_at),
        func.min(box.c.id),
    ).group_by(box.c.identity, box.c.upstream)


def _highest() -> tuple[ClauseElement, ...]:
    """The highest number in use, wherever `Store.new_id` numbers are used."""
    columns = (
        schema.outbox.c.id,
        schema.dead_letter.c.id,
        schema.station_transaction.c.ref,
        csms.charging_transaction.c.ref,
        csms.meter_value.c.id,
        csms.security_event.c.id,
        csms.logged_message.c.id,
    )
    return tuple(select(func.coalesce(func.max(column), literal_column("0"))) for column in columns)


def _of(table: Table, *names: str) -> Select[Any]:
    return select(*(table.c[name] for name in names))


def _dead() -> Select[Any]:
    """NULL for an identity or an upstream: any."""
    table, columns = schema.dead_letter, [name for name in _MESSAGE if name not in ("size", "checksum")]
    identity: Any = bindparam("at_identity")
    upstream: Any = bindparam("at_upstream")
    return (
        _of(table, *columns, *_BURIED)
        .where(
            (identity.is_(None)) | (table.c.identity == identity),
            (upstream.is_(None)) | (table.c.upstream == upstream),
            table.c.id > bindparam("after"),
        )
        .order_by(table.c.id)
        .limit(bindparam("count"))
        .offset(literal_column("0"))
    )


def _outbox() -> Select[Any]:
    box = schema.outbox
    return (
        _of(box, *(name for name in _MESSAGE if name != "size"))
        .where(
            box.c.identity == bindparam("at_identity"),
            box.c.upstream == bindparam("at_upstream"),
            box.c.id > bindparam("after"),
        )
        .order_by(box.c.id)
        .limit(bindparam("count"))
        .offset(literal_column("0"))
    )


def _reads() -> Parts:
    transaction, ids, token = schema.station_transaction, schema.station_id, schema.cached_token
    identity: Any = bindparam("at_identity")
    return {
        "outbox": ("at_identity at_upstream after count", (_outbox(),)),
        "outboxes": ("", (_summary(),)),
        "setting": ("at_name", (_of(schema.setting, "data").where(schema.setting.c.name == bindparam("at_name")),)),
        "counter": ("at_name", (_of(schema.counter, "value").where(schema.counter.c.name == bindparam("at_name")),)),
        "highest": ("", _highest()),
        "outboxes_of": ("at_identity", (_summary().where(schema.outbox.c.identity == identity),)),
        "dead": ("at_identity at_upstream after count", (_dead(),)),
        "dead_one": ("at_id", (_dead_one(),)),
        "transactions": (
            "at_identity",
            (_of(transaction, "data").where(transaction.c.identity == identity).order_by(transaction.c.ref),),
        ),
        "ids": (
            "at_identity",
            (
                _of(ids, "space", "peer", "peer_id", "station_id")
                .where(ids.c.identity == identity)
                .order_by(literal_column("rowid")),
            ),
        ),
        "memory": ("at_identity", (_data_of(schema.station_memory),)),
        "route": ("at_identity", (_data_of(schema.station_route),)),
        "routes": ("", (_of(schema.station_route, "identity", "data"),)),
        "credentials": ("", (_of(schema.adopted_credential, "identity", "data"),)),
        "tokens": (
            "at_upstream",
            (_of(token, "digest", "data", "until").where(token.c.upstream == bindparam("at_upstream")),),
        ),
    }


def _dead_one() -> Select[Any]:
    table, columns = schema.dead_letter, [name for name in _MESSAGE if name not in ("size", "checksum")]
    return _of(table, *columns, *_BURIED).where(table.c.id == bindparam("at_id"))


def _data_of(table: Table) -> Select[Any]:
    return _of(table, "data").where(table.c.identity == bindparam("at_identity"))


def _pick(names: Sequence[str], order: Sequence[str]) -> Callable[[Params], Params] | None:
    indexes = [names.index(name) for name in order]
    if indexes == list(range(len(names))):
        return None
    if len(indexes) == 1:
        only = indexes[0]
        return lambda params: (params[only],)
    return itemgetter(*indexes)


def compiled(parts: Parts) -> Statements:
    """The SQL of each, for the driver."""
    dialect = sqlite.dialect(paramstyle="qmark")
    found: Statements = {}
    for name, (names, clauses) in parts.items():
        steps = []
        for clause in clauses:
            made: Any = clause.compile(dialect=dialect)
            sql = str(made)
            steps.append(Step(sql, _pick(names.split(), made.positiontup), _many(sql)))
        found[name] = tuple(steps)
    return found


def _many(sql: str) -> Callable[[int], str] | None:
    """The same statement for several rows, where SQL has a form of it."""
    if found := re.search(r" VALUES (\([?, ]+\))", sql):
        start, end = found.span(1)
        return cache(lambda count: sql[:start] + ", ".join([found[1]] * count) + sql[end:])
    if sql.startswith("DELETE ") and sql.count("?") == 1 and sql.endswith(" = ?"):
        return cache(lambda count: f"{sql.removesuffix('= ?')}IN ({', '.join('?' * count)})")
    return None


@cache
def writes() -> Statements:
    """The SQL of every op."""
    return compiled(_ops())


@cache
def reads() -> Statements:
    """The SQL of every read."""
    return compiled(_reads())
