"""How the changes of one commit are run: few statements of many rows.

The sqlite3 module lets go of the interpreter twice a statement, and gets it back after up to 5 ms where the event loop
is busy. A statement a row would make a commit of fifty rows take half a second just when it matters.
"""

import sqlite3
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from broker.store.ops import Op, Param

Params = tuple[Param, ...]
Run = tuple[str, list[Params]]

_LARGEST = 512
_VARIABLES = 32_766 if sqlite3.sqlite_version_info >= (3, 32) else 999


#: Changes without a key of which only the order among themselves matters: they are run together, before the others.
_IN_ORDER = ("put_outbox", "happened")


class Step(NamedTuple):
    """One SQL statement."""

    sql: str
    pick: Callable[[tuple[Any, ...]], tuple[Any, ...]] | None
    """Makes its parameters of the op's; None: they are the op's."""
    many: Callable[[int], str] | None = None
    """The statement for so many rows at once, where there is one."""
    run: Callable[[sqlite3.Connection, list[Params]], None] | None = None
    """In place of the statement: what runs several, as the rows that are there ask for."""


Statements = dict[str, tuple[Step, ...]]


def plan(ops: Iterable[Op]) -> list[Run]:
    """The same changes, ordered by statement, and of each row only the last.

    Changes with keys are of one row each, so those of different keys can be made in any order; a new message has a
    number that no change before it can name, and what happens to transactions has tables of its own; all others stay
    where they are between those before and after.
    """
    runs: list[Run] = []
    in_order: dict[str, list[Params]] = {}
    latest: dict[object, Op] = {}
    for op in ops:
        if op.key is not None:
            latest[op.key] = op
        elif op.name in _IN_ORDER:
            in_order.setdefault(op.name, []).append(op.params)
        else:
            _close(runs, in_order, latest)
            in_order, latest = {}, {}
            runs.append((op.name, [op.params]))
    _close(runs, in_order, latest)
    return runs


def _close(runs: list[Run], in_order: dict[str, list[Params]], latest: dict[object, Op]) -> None:
    runs += in_order.items()
    by_name: dict[str, list[Params]] = {}
    for op in latest.values():
        by_name.setdefault(op.name, []).append(op.params)
    runs += by_name.items()


def execute(connection: sqlite3.Connection, statements: Statements, run: Run) -> None:
    """Run all rows of one op."""
    name, rows = run
    steps = statements[name]
    if len(steps) == 1:
        _execute(connection, steps[0], rows)
        return
    for row in rows:
        for step in steps:
            _execute(connection, step, [row])


def _execute(connection: sqlite3.Connection, step: Step, rows: list[Params]) -> None:
    if step.run is not None:
        step.run(connection, rows)
        return
    if step.pick is not None:
        rows = [step.pick(row) for row in rows]
    if len(rows) == 1:
        connection.execute(step.sql, rows[0])
    elif step.many is None:
        connection.executemany(step.sql, rows)
    else:
        _execute_many(connection, step.many, rows)


def _execute_many(connection: sqlite3.Connection, many: Callable[[int], str], rows: list[Params]) -> None:
    largest = min(_LARGEST, _VARIABLES // len(rows[0]))
    done = 0
    while left := len(rows) - done:
        # Powers of two: few different statements, so that each stays prepared.
        count = 1 << (min(largest, left).bit_length() - 1)
        connection.execute(many(count), [value for row in rows[done : done + count] for value in row])
        done += count
