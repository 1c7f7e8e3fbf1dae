"""Changes of rows, by the table's name."""

import pytest

from broker.store import changes, csms
from broker.store.plan import execute, plan

TABLES = {table.name: table for table in csms.TABLES}


def sample(table, number=1):
    """A row of it."""
    values = []
    for column in table.columns:
        kind = column.type.python_type
        values.append({str: f"text {number}", int: number, float: float(number), bytes: b"x", bool: 1}[kind])
    return tuple(values)


def keys_of(table, row):
    return tuple(value for column, value in zip(table.columns, row, strict=True) if column.primary_key)


@pytest.fixture
def write(prepared):
    def written(*ops):
        for run in plan(ops):
            execute(prepared.connection, prepared.writes, run)

    return written


@pytest.fixture
def rows(prepared):
    return lambda name: prepared.connection.execute(f"SELECT * FROM {name} ORDER BY 1").fetchall()


@pytest.mark.parametrize("name", TABLES)
def test_a_row_is_put_as_it_was_given_and_dropped_by_its_key(write, rows, name):
    table = TABLES[name]
    first, second = sample(table, 1), sample(table, 2)
    write(changes.put_row(name, keys_of(table, first), first), changes.put_row(name, keys_of(table, second), second))
    assert rows(name) == [first, second]
    write(changes.drop_row(name, keys_of(table, first)))
    assert rows(name) == [second]


@pytest.mark.parametrize("name", [name for name, table in TABLES.items() if "digest" not in table.c])
def test_a_row_replaces_the_one_of_the_same_key(write, rows, name):
    table = TABLES[name]
    row = sample(table)
    changed = [
        value if column.primary_key or column.name == "identity" else sample(table, 3)[place]
        for place, (column, value) in enumerate(zip(table.columns, row, strict=True))
    ]
    write(changes.put_row(name, keys_of(table, row), row))
    write(changes.put_row(name, keys_of(table, row), changed))
    assert rows(name) == [tuple(changed)]


@pytest.mark.parametrize("name", [name for name, table in TABLES.items() if "digest" in table.c])
def test_of_rows_with_a_digest_the_first_stays(write, rows, name):
    row = sample(TABLES[name])
    other = (2, *row[1:])
    write(changes.add_row(name, 1, row), changes.add_row(name, 2, other), changes.add_row(name, 1, row))
    assert rows(name) == [row]


@pytest.mark.parametrize("name", [name for name, table in TABLES.items() if "identity" in table.c])
def test_all_rows_of_a_station_are_dropped_and_no_others(write, rows, name):
    table = TABLES[name]
    first, second = sample(table, 1), sample(table, 2)
    write(changes.put_row(name, keys_of(table, first), first), changes.put_row(name, keys_of(table, second), second))
    write(changes.drop_rows(name, "text 1"))
    assert rows(name) == [second]


def test_changes_of_one_row_have_one_key():
    assert changes.put_row("t", ("a", 1), ("a", 1, 2)).key == changes.drop_row("t", ("a", 1)).key
    assert changes.add_row("t", 1, (1,)).key == changes.drop_row("t", (1,)).key
    assert changes.blank_token("t", (1,), "x").key != changes.put_row("t", (1,), ()).key
    assert changes.swap("t", (1,), b"", b"").key != changes.blank_token("t", (1,), "x").key
    assert changes.drop_rows("t", "a").key is changes.happened("stop").key is None


def test_data_is_swapped_only_for_what_it_was_made_of(write, rows):
    row = ("CP1", 1, "", 1.0, b"old")
    write(changes.put_row("local_list", ("CP1",), row))
    write(changes.swap("local_list", ("CP1",), b"other", b"new"))
    assert rows("local_list") == [row]
    write(changes.swap("local_list", ("CP1",), b"old", b"new"))
    assert rows("local_list") == [("CP1", 1, "", 1.0, b"new")]


def test_a_token_is_blanked_in_its_own_row_only(write, rows):
    first = ("CP1", 1, 0, None, "CARD", "Friend", None, "", "", None, 1.0, 1.0)
    second = ("CP1", 2, 0, None, "Card", "card", None, "", "", None, 1.0, 1.0)
    write(*(changes.put_row("reservation", row[:2], row) for row in (first, second)))
    write(changes.blank_token("reservation", ("CP1", 2), "cARD"))
    assert [row[4:6] for row in rows("reservation")] == [("CARD", "Friend"), ("", "")]
