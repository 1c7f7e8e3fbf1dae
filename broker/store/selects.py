"""Reads of the tables of `csms`: SQL for the conditions that are asked for. Imports SQLAlchemy."""

from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, Select, Table, bindparam, func, literal_column, or_, select
from sqlalchemy.dialects import sqlite

from broker.store import csms  # noqa: F401 - the tables
from broker.store.schema import metadata

_OPERATORS = {"=": "__eq__", "!=": "__ne__", "<": "__lt__", "<=": "__le__", ">": "__gt__", ">=": "__ge__"}
_CONSTANTS = {"true": True, "false": False}


@lru_cache(maxsize=512)
def select_sql(
    table: str, where: tuple[str, ...], columns: tuple[str, ...], order: tuple[str, ...], limited: bool
) -> str:
    """`where`: column and operator, a parameter each; `a|b =` is either, `a,b =` the first that is not NULL.

    `a is false` has no parameter: an index of some rows only is not used for one.

    All `columns` where none are named; `-a` in `order` is from the highest down.
    """
    source = metadata.tables[table]
    chosen: Select[Any] = select(*(source.c[name] for name in columns or source.c.keys()))
    for place, condition in enumerate(where):
        chosen = chosen.where(_condition(source, condition, f"p{place}"))
    for name in order:
        column = source.c[name.removeprefix("-")]
        chosen = chosen.order_by(column.desc() if name.startswith("-") else column)
    if limited:
        chosen = chosen.limit(bindparam("count")).offset(literal_column("0"))
    return str(chosen.compile(dialect=sqlite.dialect(paramstyle="qmark")))


def _condition(source: Table, condition: str, name: str) -> ColumnElement[bool]:
    names, _, operator = condition.rpartition(" ")
    if operator in _CONSTANTS:
        return source.c[names.removesuffix(" is")].is_(_CONSTANTS[operator])
    method = _OPERATORS[operator]
    if "|" in names:  # the same parameter twice: SQLite numbers them by place
        return or_(*(getattr(source.c[one], method)(bindparam(f"{name}_{one}")) for one in names.split("|")))
    columns = [source.c[one] for one in names.split(",")]
    column: Any = columns[0] if len(columns) == 1 else func.coalesce(*columns)
    found: ColumnElement[bool] = getattr(column, method)(bindparam(name))
    return found


@lru_cache(maxsize=64)
def count_sql(table: str, column: str) -> str:
    """How many rows have a value in a column."""
    source = metadata.tables[table]
    chosen = select(func.count()).select_from(source).where(source.c[column] == bindparam("value"))
    return str(chosen.compile(dialect=sqlite.dialect(paramstyle="qmark")))


def tables_with(column: str) -> list[str]:
    """The tables that have such a column."""
    return [table.name for table in metadata.sorted_tables if column in table.c]
