"""Which errors stop the store and which only one change."""

import sqlite3

import pytest

from broker.store.errors import described, of_damage, of_the_medium, primary_code


def sqlite_error(code, kind=sqlite3.OperationalError):
    error = kind("it says so")
    error.sqlite_errorcode, error.sqlite_errorname = code, "SQLITE_NAME"
    return error


@pytest.mark.parametrize(
    "error",
    [
        sqlite_error(sqlite3.SQLITE_FULL),
        sqlite_error(sqlite3.SQLITE_IOERR_FSYNC),
        sqlite_error(sqlite3.SQLITE_BUSY),
        sqlite_error(sqlite3.SQLITE_CORRUPT, sqlite3.DatabaseError),
        MemoryError(),
        OSError(),
    ],
)
def test_the_medium_stops_the_store(error):
    assert of_the_medium(error)


@pytest.mark.parametrize(
    "error",
    [
        sqlite3.IntegrityError(),
        sqlite3.DataError(),
        sqlite3.ProgrammingError(),
        OverflowError(),
        TypeError(),
        KeyError(),
    ],
)
def test_a_change_that_cannot_be_written_stops_nobody_else(error):
    assert not of_the_medium(error)


def test_extended_codes_have_the_primary_code_in_them():
    assert primary_code(sqlite_error(sqlite3.SQLITE_IOERR_FSYNC)) == sqlite3.SQLITE_IOERR
    assert primary_code(ValueError()) == 0


@pytest.mark.parametrize(
    ("code", "damage"),
    [
        (sqlite3.SQLITE_IOERR_FSYNC, True),
        (sqlite3.SQLITE_CORRUPT, True),
        (sqlite3.SQLITE_NOTADB, True),
        (sqlite3.SQLITE_FULL, False),
        (sqlite3.SQLITE_BUSY, False),
    ],
)
def test_only_what_may_have_damaged_the_file_asks_for_a_check(code, damage):
    assert of_damage(sqlite_error(code)) is damage


def test_the_text_has_sqlites_own_name():
    assert described(sqlite_error(sqlite3.SQLITE_FULL)) == "it says so (SQLITE_NAME)"
    assert described(ValueError("other")) == "other"
