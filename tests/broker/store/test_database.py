"""Opening a database."""

import sqlite3

import pytest

from broker.store.database import Database
from broker.store.errors import StoreError


def database(path):
    return Database(f"sqlite:///{path}")


def pragma(connection, name):
    return connection.execute(f"PRAGMA {name}").fetchone()[0]


def test_a_commit_is_on_the_disk_when_it_returns(prepared):
    assert pragma(prepared.connection, "journal_mode") == "wal"
    assert pragma(prepared.connection, "synchronous") == 2, "FULL; NORMAL would lose the last commits with the power"


def test_the_log_is_moved_by_the_writer_and_not_within_a_commit(prepared):
    assert pragma(prepared.connection, "wal_autocheckpoint") == 0


def test_what_is_deleted_is_not_left_in_the_file(prepared):
    assert pragma(prepared.connection, "secure_delete") == 2


def test_nobody_else_can_read_any_of_its_files(prepared, path):
    prepared.connection.execute("INSERT INTO counter (name, value) VALUES ('x', 1)")
    files = list(path.parent.iterdir())
    assert {file.name.removeprefix(path.name) for file in files} == {"", "-wal", "-shm", ".lock"}
    assert {file.stat().st_mode & 0o777 for file in files} == {0o600}


def test_a_file_that_is_no_database_is_left_alone_with_advice(path):
    path.write_bytes(b"not a database" * 1000)
    one = database(path)
    with pytest.raises(StoreError, match=r"damaged \(file is not a database.*Nothing was changed.*\.recover"):
        one.open()
    assert path.read_bytes() == b"not a database" * 1000


def test_broken_pages_are_found_before_anything_is_served(path):
    one = database(path)
    opened = one.open()
    for number in range(3000):
        opened.connection.execute("INSERT INTO station_memory VALUES (?, ?)", (f"CP{number}", b"x" * 100))
    opened.connection.close()
    one.release()
    content = bytearray(path.read_bytes())
    content[len(content) // 2 : len(content) // 2 + 4096] = bytes(range(256)) * 16
    path.write_bytes(content)
    with pytest.raises(StoreError, match="damaged"):
        database(path).open()
    assert path.read_bytes() == bytes(content)


def test_an_empty_file_becomes_a_database(path):
    path.touch()
    one = database(path)
    opened = one.open()
    assert opened.first_id == 1
    opened.connection.close()
    one.release()


def test_a_refused_database_is_free_for_the_next(path):
    path.write_bytes(b"not a database" * 1000)
    with pytest.raises(StoreError):
        database(path).open()
    path.unlink()
    one = database(path)
    one.open().connection.close()
    one.release()


def test_a_folder_in_its_place_is_an_error_with_its_name(tmp_path):
    with pytest.raises(StoreError, match="Is a directory"):
        database(tmp_path).open()


def test_in_memory_everybody_has_the_one_connection():
    one = Database("sqlite://")
    opened = one.open()
    assert one.connect() is opened.connection
    one.close(opened.connection)
    assert opened.connection.execute("SELECT count(*) FROM outbox").fetchone() == (0,)
    one.release()
    with pytest.raises(sqlite3.ProgrammingError, match="closed"):
        opened.connection.execute("SELECT 1")
    assert one.name == "memory"


@pytest.mark.parametrize(("table", "column"), [("outbox", "id"), ("dead_letter", "id"), ("station_transaction", "ref")])
def test_the_first_free_number_is_behind_all_that_are_in_use(path, table, column):
    one = database(path)
    connection = one.open().connection
    columns = [row[1] for row in connection.execute(f"PRAGMA table_info({table})")]
    values = [77 if name == column else 0 for name in columns]
    connection.execute(f"INSERT INTO {table} VALUES ({', '.join('?' * len(columns))})", values)
    connection.close()
    one.release()
    again = database(path)
    opened = again.open()
    assert opened.first_id == 78
    opened.connection.close()
    again.release()
