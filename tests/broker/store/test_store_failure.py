"""Disk trouble: nothing is acknowledged that is not there, and the store comes back by itself."""

import asyncio
import sqlite3

import pytest
from store_kit import message, opened, until
from structlog.testing import capture_logs

from broker.store import StoreFailed, database, ops, writer

FSYNC = sqlite3.SQLITE_IOERR_FSYNC


async def fail(store, disk):
    disk.breaks(FSYNC)
    with pytest.raises(StoreFailed, match="disk I/O error"):
        await store.write([ops.put_outbox(message(99))])


async def test_a_commit_that_fails_fails_everybody_in_it_and_is_not_there_afterwards(disk, store):
    await store.write([ops.put_outbox(message(1))])
    disk.breaks(FSYNC)
    waiting = [store.write([ops.put_outbox(message(number))]) for number in range(2, 10)]
    for written in waiting:
        with pytest.raises(StoreFailed, match="SQLITE_IOERR_FSYNC"):
            await written
    disk.error = 0
    await until(lambda: not store.failed)
    assert [row.id for row in await store.outbox("CP1", "main")] == [1]


async def test_it_says_that_it_has_failed_and_that_it_is_back(disk, store):
    seen = []
    store.watchers.append(seen.append)
    await fail(store, disk)
    assert "SQLITE_IOERR_FSYNC" in store.failed
    assert seen == [store.failed]
    disk.error = 0
    await until(lambda: not store.failed)
    assert seen[1:] == [""]
    await store.write([ops.put_outbox(message(2))])


async def test_a_watcher_that_fails_does_not_keep_it_from_the_others(disk, store):
    seen = []
    store.watchers += [lambda _: 1 / 0, seen.append]
    await fail(store, disk)
    assert seen == [store.failed]


async def test_while_it_has_failed_writes_are_refused_at_once(disk, store):
    await fail(store, disk)
    written = store.write([ops.put_outbox(message(2))])
    assert written.done()
    with pytest.raises(StoreFailed):
        await written


async def test_while_it_has_failed_it_can_still_be_read(disk, store):
    await store.write([ops.put_outbox(message(1))])
    await fail(store, disk)
    assert [row.id for row in await store.outbox("CP1", "main")] == [1]


async def test_the_connection_that_failed_is_never_used_again(disk, store):
    await store.outboxes()
    before = list(disk.connections)
    await fail(store, disk)
    disk.error = 0
    await until(lambda: not store.failed)
    await store.outboxes()
    assert len(before) == 2
    assert [connection.closed for connection in before] == [True, True]


async def test_a_full_disk_does_not_keep_the_reader_from_reading_on(disk, store):
    await store.write([ops.put_outbox(message(1))])
    await store.outboxes()
    reading = disk.connections[1]
    disk.breaks(sqlite3.SQLITE_FULL)
    with pytest.raises(StoreFailed):
        await store.write([ops.put_outbox(message(2))])
    assert [row.id for row in await store.outbox("CP1", "main")] == [1]
    assert not reading.closed


async def test_it_is_not_back_before_a_commit_works_again(disk, store):
    await fail(store, disk)
    tried = len(disk.connections)
    await until(lambda: len(disk.connections) > tried + 3)
    assert store.failed


async def test_after_an_error_of_the_medium_the_pages_are_checked_before_it_is_back(disk, store, monkeypatch):
    checks = []
    connect = database.Database.connect
    monkeypatch.setattr(
        database.Database, "connect", lambda self, check=False: checks.append(check) or connect(self, check=check)
    )
    await fail(store, disk)
    disk.error = 0
    await until(lambda: not store.failed)
    assert checks[0] is True


async def test_what_was_given_to_later_is_kept_and_the_newest_of_each_row_written(disk, store):
    await store.write([ops.put_transaction("CP1", 1, b"before")])
    disk.breaks(FSYNC)
    store.later([ops.put_transaction("CP1", 1, b"first"), ops.put_memory("CP1", b"boot")])
    with pytest.raises(StoreFailed):
        await store.write([ops.put_outbox(message(2))])
    store.later([ops.put_transaction("CP1", 1, b"second")])
    store.later([ops.put_transaction("CP1", 1, b"third")])
    disk.error = 0
    await until(lambda: not store.failed)
    station = await store.station("CP1")
    assert (station.transactions, station.memory) == ([b"third"], b"boot")


async def test_later_tells_of_a_failure_that_nobody_waits_for(disk, store):
    disk.breaks(FSYNC)
    store.later([ops.put_memory("CP1", b"boot")])
    await until(lambda: store.failed)
    disk.error = 0
    await until(lambda: not store.failed)
    assert (await store.station("CP1")).memory == b"boot"


async def test_a_checkpoint_that_fails_is_a_failure(disk, store, monkeypatch):
    monkeypatch.setattr(writer, "_CHECKPOINT_COMMITS", 2)
    await store.write([ops.put_outbox(message(1))])
    real = sqlite3.Connection.execute

    class Broken(type(disk.connections[0])):
        def execute(self, sql, *parameters):
            if "checkpoint" in sql:
                error = sqlite3.OperationalError("disk I/O error")
                error.sqlite_errorcode = FSYNC
                raise error
            return real(self, sql, *parameters)

    disk.connections[0].__class__ = Broken
    await store.write([ops.put_outbox(message(2))])
    await until(lambda: store.failed)
    await until(lambda: not store.failed)
    assert [row.id for row in await store.outbox("CP1", "main")] == [1, 2], "it was committed all the same"


async def test_closing_a_store_that_has_failed_makes_one_more_attempt(disk, url):
    async with opened(url) as store:
        await fail(store, disk)
        store.later([ops.put_memory("CP1", b"boot")])
        disk.error = 0
    async with opened(url) as store:
        assert (await store.station("CP1")).memory == b"boot"


async def test_closing_a_store_that_stays_broken_ends_and_says_what_was_lost(disk, url):
    with capture_logs() as logs:
        async with opened(url) as store:
            await fail(store, disk)
            store.later([ops.put_memory("CP1", b"boot")])
    assert logs[-1]["event"] == "closed with changes that could not be written"
    disk.error = 0
    async with opened(url) as store:
        assert (await store.station("CP1")).memory is None


async def test_a_lock_of_somebody_else_that_is_held_too_long_is_a_failure_and_passes(disk, store, path):
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreFailed, match="locked"):
        await store.write([ops.put_outbox(message(1))])
    other.execute("COMMIT")
    other.close()
    await until(lambda: not store.failed)
    await store.write([ops.put_outbox(message(1))])


async def test_one_in_memory_keeps_its_rows_over_a_failure(disk):
    async with opened("sqlite://") as store:
        await store.write([ops.put_outbox(message(1))])
        await fail(store, disk)
        disk.error = 0
        await until(lambda: not store.failed)
        assert [row.id for row in await store.outbox("CP1", "main")] == [1]


async def test_nobody_waits_for_ever_whatever_the_error_is(store, monkeypatch):
    def broken(_):
        raise MemoryError("no memory")

    with monkeypatch.context() as patched:
        patched.setattr(writer, "plan", broken)
        with pytest.raises(StoreFailed, match="no memory"):
            await asyncio.wait_for(store.write([ops.put_outbox(message(1))]), 5)
        assert store.failed
    await until(lambda: not store.failed)
