"""The thread that reads."""

import asyncio
import sqlite3
import threading

import pytest
from store_kit import opened

from broker.store import StoreFailed
from broker.store.database import Database
from broker.store.reader import Reader


@pytest.fixture
async def reader(prepared, url):
    one = Reader(Database(url))
    yield one
    await one.stop()


async def test_it_reads_in_a_thread_of_its_own(reader):
    assert await reader.run(lambda _: threading.current_thread().name) == "store-reader"


async def test_one_read_sees_one_state(reader, prepared):
    def twice(connection):
        first = connection.execute("SELECT count(*) FROM setting").fetchone()
        prepared.connection.execute("INSERT INTO setting VALUES ('a', x'00')")
        return first, connection.execute("SELECT count(*) FROM setting").fetchone()

    assert await reader.run(twice) == ((0,), (0,))
    assert await reader.run(lambda db: db.execute("SELECT count(*) FROM setting").fetchone()) == (1,)


async def test_an_error_of_sqlite_is_a_failure_with_its_name(reader):
    with pytest.raises(StoreFailed, match=r"switchboard\.db: no such table: missing \(SQLITE_ERROR\)"):
        await reader.run(lambda db: db.execute("SELECT * FROM missing"))
    assert await reader.run(lambda _: 5) == 5


async def test_another_error_goes_to_whoever_asked(reader):
    with pytest.raises(ZeroDivisionError):
        await reader.run(lambda _: 1 / 0)
    assert await reader.run(lambda _: 5) == 5


async def test_after_an_error_of_the_medium_it_connects_anew(reader):
    first = await reader.run(lambda db: db)
    error = sqlite3.OperationalError("disk I/O error")
    error.sqlite_errorcode = sqlite3.SQLITE_IOERR

    def medium(_):
        raise error

    with pytest.raises(StoreFailed):
        await reader.run(medium)
    assert await reader.run(lambda db: db) is not first


async def test_told_to_it_connects_anew(reader):
    first = await reader.run(lambda db: db)
    assert await reader.run(lambda db: db) is first
    reader.reconnect()
    assert await reader.run(lambda db: db) is not first


async def test_nobody_hears_of_a_read_that_was_cancelled(reader):
    started, go_on = threading.Event(), threading.Event()

    def slow(_):
        started.set()
        go_on.wait(5)

    waiting = reader.run(slow)
    await asyncio.to_thread(started.wait, 5)
    waiting.cancel()
    go_on.set()
    assert await reader.run(lambda _: 5) == 5


async def test_a_database_that_is_gone_is_a_failure(url, path):
    async with opened(url) as store:
        for part in ("", "-wal", "-shm"):
            path.with_name(path.name + part).unlink(missing_ok=True)
        path.mkdir()
        with pytest.raises(StoreFailed, match="unable to open"):
            await store.outboxes()
