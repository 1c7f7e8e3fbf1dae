"""The order in which changes are run: another one, with the same outcome."""

import sqlite3
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from store_kit import message

from broker.store import ops, plan
from broker.store.migrate import bring_up
from broker.store.statements import writes

NUMBERS = st.integers(1, 4)
STATIONS = st.sampled_from(["CP1", "CP2"])
KEYED = st.one_of(
    st.builds(ops.put_transaction, STATIONS, NUMBERS, st.binary(max_size=2)),
    st.builds(ops.drop_transaction, NUMBERS),
    st.builds(ops.put_id, STATIONS, st.just("profile"), st.just("main"), NUMBERS, NUMBERS),
    st.builds(ops.drop_id, STATIONS, st.just("profile"), st.just("main"), NUMBERS),
    st.builds(ops.put_memory, STATIONS, st.binary(max_size=2)),
    st.builds(ops.drop_outbox, NUMBERS),
    st.builds(ops.attempt, NUMBERS, NUMBERS, st.just("timeout")),
    st.builds(ops.drop_dead, NUMBERS),
)
WIDE = st.one_of(
    st.builds(ops.bury, NUMBERS, st.just("refused"), st.just(5.0)),
    st.builds(ops.bury_all, STATIONS, st.just("main"), st.just("refused"), st.just(5.0)),
    st.builds(ops.drop_outboxes, STATIONS, st.just("main")),
    st.builds(ops.forget_station, STATIONS),
)
TABLES = ("outbox", "dead_letter", "station_transaction", "station_id", "station_memory")


@cache
def template():
    connection = sqlite3.connect(":memory:", isolation_level=None)
    bring_up(connection, "memory")
    content = connection.serialize()
    connection.close()
    return content


def empty(factory=sqlite3.Connection):
    connection = sqlite3.connect(":memory:", isolation_level=None, factory=factory)
    connection.deserialize(template())
    return connection


def rows(connection):
    return {table: sorted(connection.execute(f"SELECT * FROM {table}"), key=repr) for table in TABLES}


class Sequence:
    """Changes as the broker makes them: a message is put once, before anything else names its number."""

    def __init__(self, drawn):
        self.ops, unused = [], [1, 2, 3, 4]
        for op in drawn:
            if op is not None:
                self.ops.append(op)
            elif unused:
                number = unused.pop(0)
                self.ops.append(ops.put_outbox(message(number, identity=f"CP{number % 2 + 1}")))


def valid(sequence):
    """Without changes of messages that are not there yet, or not any more."""
    known, kept = set(), []
    for op in sequence:
        if op.name == "put_outbox":
            known.add(op.params[0])
        elif op.name in ("drop_outbox", "attempt", "bury") and op.params[0] not in known:
            continue
        elif op.name == "drop_outbox":
            known.discard(op.params[0])
        kept.append(op)
    return kept


@settings(max_examples=150, deadline=None)
@given(st.lists(st.one_of(st.none(), KEYED, WIDE), max_size=25))
def test_the_outcome_is_that_of_one_change_after_the_other(drawn):
    sequence = valid(Sequence(drawn).ops)
    planned, plain = empty(), empty()
    for op in sequence:
        for step in writes()[op.name]:
            plain.execute(step.sql, op.params if step.pick is None else step.pick(op.params))
    for run in plan.plan(sequence):
        plan.execute(planned, writes(), run)
    assert rows(planned) == rows(plain)
    planned.close()
    plain.close()


def test_many_messages_and_their_drops_are_two_runs():
    sequence = []
    for number in range(1, 101):
        sequence += [ops.put_outbox(message(number)), ops.drop_outbox(number - 1)]
    assert [(name, len(rows)) for name, rows in plan.plan(sequence)] == [("put_outbox", 100), ("drop_outbox", 100)]


def test_of_one_row_only_the_last_change_is_run():
    sequence = [ops.put_memory("CP1", b"a"), ops.put_memory("CP1", b"b"), ops.put_memory("CP2", b"c")]
    assert plan.plan(sequence) == [("put_memory", [("CP1", b"b"), ("CP2", b"c")])]


def test_a_wide_change_stays_between_those_before_and_after_it():
    sequence = [ops.put_memory("CP1", b"a"), ops.forget_station("CP1"), ops.put_memory("CP1", b"b")]
    assert [name for name, _ in plan.plan(sequence)] == ["put_memory", "forget_station", "put_memory"]


class Counting(sqlite3.Connection):
    def execute(self, sql, *parameters):
        self.statements = [*getattr(self, "statements", []), sql]
        return super().execute(sql, *parameters)


@pytest.mark.parametrize("count", [2, 3, 64, 100, 511, 512, 513, 2000])
def test_many_rows_take_few_statements_and_all_arrive(count):
    connection = empty(Counting)
    plan.execute(connection, writes(), ("put_outbox", [ops.put_outbox(message(n)).params for n in range(count)]))
    assert len(connection.statements) <= 12
    assert connection.execute("SELECT count(*), sum(id) FROM outbox").fetchone() == (count, count * (count - 1) // 2)
    plan.execute(connection, writes(), ("drop_outbox", [(n,) for n in range(1, count)]))
    assert connection.execute("SELECT id FROM outbox").fetchall() == [(0,)]
    connection.close()


def test_an_old_sqlite_gets_no_more_variables_than_it_takes(monkeypatch):
    monkeypatch.setattr(plan, "_VARIABLES", 999)
    connection = empty()
    connection.setlimit(sqlite3.SQLITE_LIMIT_VARIABLE_NUMBER, 999)
    plan.execute(connection, writes(), ("put_outbox", [ops.put_outbox(message(n)).params for n in range(500)]))
    assert connection.execute("SELECT count(*) FROM outbox").fetchone() == (500,)
    connection.close()
