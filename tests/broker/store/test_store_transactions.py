"""What becomes of the rows of transactions, event by event, and in how few statements."""

import sqlite3

import pytest

from broker.store import changes, transactions
from broker.store.plan import execute, plan
from broker.store.transactions import Fold, Known


def start(ref, key, identity="CP1", number="5", at=1.0):
    values = {"version": "ocpp1.6", "status": "", "answered_by": "", "updated_at": at, "details": b"{}"}
    values |= {"start_key": key, "received_at": at}
    return ("start", ref, identity, number, *(values.get(name) for name in transactions.START))


def stop(ref, at, identity="CP1", number="5", reading=1, reason="Local", token="Card"):
    return ("stop", ref, identity, number, at, reading, reason, token, at, "ocpp1.6", "", at)


def meter(ref, number="5", identity="CP1"):
    return ("meter", ref, identity, number, ref, 1, 1, "ocpp1.6", 1.0, b"")


def folded(*events, known=()):
    fold = Fold({("CP1", "5"): list(known)})
    for event in events:
        fold.take(event)
    return fold.outcome()


def test_a_start_makes_a_row_and_its_stop_is_of_that_row():
    outcome = folded(start(1, "a"), stop(2, 5.0))
    assert [row[:2] for row in outcome.starts] == [(1, 0)]
    assert [row[:2] for row in outcome.stops] == [(1, 0)]
    assert outcome.aside == []


def test_a_row_that_is_there_is_found_by_its_key_wherever_it_is():
    known = [Known(1, 1, "a", (5.0, 1, "", "")), Known(2, 0, "b", None)]
    outcome = folded(start(9, "a"), start(10, "b"), known=known)
    assert [row[:2] for row in outcome.starts] == [(1, 1), (2, 0)]
    assert outcome.aside == []


def test_another_key_moves_the_row_aside_with_the_values_that_came_before():
    outcome = folded(meter(7), start(8, "b"), meter(9), known=[Known(1, 0, "a", None)])
    assert outcome.aside == [("CP1", "5", 1)]
    assert [row[:2] for row in outcome.starts] == [(8, 0)]
    assert [(row[0], row[3]) for row in outcome.meters] == [(7, 1), (9, 0)]


def test_a_value_without_a_transaction_is_never_moved():
    outcome = folded(meter(7, ""), start(8, "b"), start(9, "c"))
    assert [row[3] for row in outcome.meters] == [0]
    assert outcome.aside == [("CP1", "5", 8)]


def test_a_stop_that_is_known_changes_nothing():
    known = [Known(1, 1, "a", (5.0, 1, "Local", "Card")), Known(2, 0, "b", None)]
    assert folded(stop(9, 5.0), known=known).stops == []


def test_a_start_without_a_key_is_one_start():
    outcome = folded(start(1, ""), start(2, ""), start(3, "x"))
    assert [row[0] for row in outcome.starts] == [1, 1, 3]


def test_a_start_that_found_its_stop_is_known_for_what_comes_next():
    outcome = folded(stop(1, 5.0), start(2, "a"), start(3, "a"), start(4, "b"))
    assert [row[:2] for row in outcome.starts] == [(1, 1), (1, 1), (4, 0)]
    assert outcome.aside == [("CP1", "5", 1)]


class Counting(sqlite3.Connection):
    def execute(self, sql, *parameters):
        self.statements = [*getattr(self, "statements", []), sql]
        return super().execute(sql, *parameters)


@pytest.fixture
def connection(prepared, path):
    one = sqlite3.connect(path, isolation_level=None, factory=Counting)
    yield one
    one.close()


def run(prepared, connection, events):
    connection.statements = []
    ops = [changes.happened(*event) for event in events]
    for step in plan(ops):
        execute(connection, prepared.writes, step)
    return len(connection.statements)


@pytest.mark.parametrize("count", [1, 2, 3, 255, 256, 257, 1000])
def test_many_stations_cost_few_statements_and_everything_arrives(prepared, connection, count):
    events = []
    for number in range(count):
        identity, ref = f"CP{number}", 4 * number
        events += [start(ref + 1, "a", identity), meter(ref + 2, "5", identity), stop(ref + 3, 5.0, identity)]
    assert run(prepared, connection, events) <= 45
    events = []
    for number in range(count):
        identity, ref = f"CP{number}", 4 * (count + number)
        events += [start(ref + 1, "a", identity), stop(ref + 3, 5.0, identity)]
    assert run(prepared, connection, events) <= 45
    assert connection.execute("SELECT count(*), sum(ended), max(epoch) FROM charging_transaction").fetchone() == (
        count,
        count,
        0,
    )
    assert connection.execute("SELECT count(*) FROM meter_value").fetchone() == (count,)


def test_a_number_of_stations_that_is_no_power_of_two_is_known_as_well_as_any(prepared, connection):
    stations = ["CP1", "CP2", "CP3"]
    run(prepared, connection, [start(number, "a", one) for number, one in enumerate(stations, 1)])
    again = [start(number, "b", one) for number, one in enumerate(stations, 11)]
    run(prepared, connection, [*again, *(stop(number, 5.0, one) for number, one in enumerate(stations, 21))])
    rows = connection.execute("SELECT ref, epoch, ended FROM charging_transaction ORDER BY ref").fetchall()
    assert rows == [*((number, number, 0) for number in (1, 2, 3)), *((number, 0, 1) for number in (11, 12, 13))]


def test_after_a_long_failure_there_may_be_very_many(prepared, connection):
    connection.setlimit(sqlite3.SQLITE_LIMIT_VARIABLE_NUMBER, 32_766)
    run(prepared, connection, [start(number, "a", f"CP{number}") for number in range(1, 20_001)])
    assert connection.execute("SELECT count(*) FROM charging_transaction").fetchone() == (20_000,)


def test_what_happens_is_one_run_whatever_comes_between():
    ops = [
        changes.happened(*start(1, "a")),
        changes.put_row("station", ("CP1",), ("CP1",)),
        changes.happened(*stop(2, 5.0)),
        changes.put_row("station", ("CP1",), ("CP2",)),
    ]
    assert plan(ops) == [("happened", [ops[0].params, ops[2].params]), ("put station", [("CP2",)])]


def test_a_wide_change_stays_between_what_happened_before_and_after():
    ops = [changes.happened(*start(1, "a")), changes.drop_rows("station", "CP1"), changes.happened(*stop(2, 5.0))]
    assert [name for name, _ in plan(ops)] == ["happened", "drop all station", "happened"]


def test_rows_are_found_by_an_index(prepared):
    sql = transactions._KNOWN.format(pairs="(?, ?), (?, ?)")
    found = prepared.connection.execute(f"EXPLAIN QUERY PLAN {sql}", ["a", "b", "c", "d"]).fetchall()
    assert "charging_transaction_id (identity=? AND transaction_id=?)" in str(found)


def test_a_row_is_as_new_as_the_newest_that_it_was_made_of(prepared, connection):
    run(prepared, connection, [stop(1, 9.0), start(2, "a", at=5.0)])
    run(prepared, connection, [start(3, "a", at=6.0)])
    (row,) = connection.execute("SELECT ref, updated_at, received_at, ended FROM charging_transaction").fetchall()
    assert row == (1, 9.0, 5.0, 1)
    run(prepared, connection, [start(4, "a", at=20.0)])
    assert connection.execute("SELECT updated_at FROM charging_transaction").fetchall() == [(20.0,)]
