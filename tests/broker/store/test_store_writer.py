"""The thread that writes: groups, and the order of things around a failure."""

import asyncio
import sqlite3
import threading

import pytest
from store_kit import message, until

from broker.store import ops, writer
from broker.store.database import Database
from broker.store.writer import Writer


class Told:
    """What a writer reports."""

    def __init__(self):
        self.settled = []
        self.turned = []

    def on_settled(self, items, why, lost):
        self.settled.append(([[op.params[-1] for op in changes] for changes, _ in items], bool(why), lost))

    def on_turned(self, failed, distrust):
        self.turned.append((bool(failed), distrust))


@pytest.fixture
async def told():
    return Told()


@pytest.fixture
async def running(url, told, disk):
    database = Database(url)
    one = Writer(database, database.open(), told.on_settled, told.on_turned)
    yield one
    disk.error = 0
    one.resume()
    await one.stop()
    database.release()


def put(data):
    return ((ops.put_memory("CP1", data),), None)


async def test_what_is_queued_while_it_commits_is_one_group(running, told, path):
    other = sqlite3.connect(path, isolation_level=None, timeout=5)
    other.execute("BEGIN IMMEDIATE")
    running.put(put(b"0"))
    await asyncio.sleep(0.01)
    for number in range(1, 11):
        running.put(put(b"%d" % number))
    other.execute("COMMIT")
    other.close()
    await until(lambda: sum(len(items) for items, _, _ in told.settled) == 11)
    assert len(told.settled) <= 2
    assert running.commits == len(told.settled)


async def test_an_empty_group_is_told_of_in_its_turn_and_commits_nothing(running, told):
    running.put(((), None))
    await until(lambda: told.settled)
    assert told.settled == [([[]], False, False)]
    assert running.commits == 0


async def test_what_was_put_before_the_failure_was_known_goes_back(running, told, disk):
    disk.breaks(sqlite3.SQLITE_FULL)
    running.put(put(b"1"))
    await until(lambda: told.turned == [(True, False)])
    disk.error = 0
    running.put(put(b"2"))  # by one who has not heard of it
    await until(lambda: told.turned == [(True, False), (False, False)])
    running.put(put(b"3"))
    await until(lambda: len(told.settled) == 3)
    assert told.settled == [([[b"1"]], True, True), ([[b"2"]], True, True), ([[b"3"]], True, True)]
    running.resume()
    running.put(put(b"4"))
    await until(lambda: len(told.settled) == 4)
    assert told.settled[3] == ([[b"4"]], False, False)
    assert told.turned == [(True, False), (False, False)], "what goes back is no new failure"


async def test_what_stands_before_and_behind_the_resumption_is_told_apart(running, told, disk):
    disk.breaks(sqlite3.SQLITE_FULL)
    running.put(put(b"1"))
    await until(lambda: told.turned)
    disk.error = 0
    await until(lambda: len(told.turned) == 2)
    running.put(put(b"2"))
    running.resume()
    running.put(put(b"3"))
    await until(lambda: len(told.settled) == 3)
    assert told.settled[1:] == [([[b"2"]], True, True), ([[b"3"]], False, False)]


async def test_after_an_error_of_the_medium_nobody_is_to_trust_the_old_connections(running, told, disk):
    disk.breaks(sqlite3.SQLITE_IOERR_FSYNC)
    running.put(put(b"1"))
    await until(lambda: told.turned)
    assert told.turned == [(True, True)]


async def test_the_probe_leaves_nothing_behind(running, told, disk, path):
    disk.breaks(sqlite3.SQLITE_FULL)
    running.put(put(b"1"))
    await until(lambda: told.turned)
    disk.error = 0
    await until(lambda: len(told.turned) == 2)
    with sqlite3.connect(path) as other:
        assert other.execute("SELECT count(*) FROM probe").fetchone() == (0,)
    other.close()


async def test_a_refused_change_is_told_alone(running, told):
    too_large = ops.put_transaction("CP1", 2**70, b"")  # for a column of SQLite
    for changes in ((ops.put_outbox(message(1)),), (too_large,), (ops.put_memory("CP1", b"x"),)):
        running.put((changes, None))
    await until(lambda: sum(len(items) for items, _, _ in told.settled) == 3)
    assert sorted(why for _, why, _ in told.settled if why) == [True]
    assert not any(lost for _, _, lost in told.settled)


async def test_the_log_is_moved_into_the_database_now_and_then(running, told, path, monkeypatch):
    monkeypatch.setattr(writer, "_CHECKPOINT_COMMITS", 20)
    sizes = []
    for number in range(100):
        running.put(put(bytes(5000)))
        await until(lambda done=number + 1: len(told.settled) == done)
        sizes.append(path.with_name(path.name + "-wal").stat().st_size)
    assert max(sizes) == sizes[30], "it is used again from its beginning and grows no more"
    with sqlite3.connect(f"file:{path}?immutable=1", uri=True) as other:
        assert other.execute("SELECT count(*) FROM station_memory").fetchone() == (1,), "without the log"
    other.close()


async def test_it_ends_with_the_loop_that_nobody_closed_it_on(url, disk):
    database = Database(url)
    told = Told()
    loop = asyncio.new_event_loop()

    async def begin():
        return Writer(database, database.open(), told.on_settled, told.on_turned)

    one = await asyncio.to_thread(loop.run_until_complete, begin())
    loop.close()
    one.put(put(b"1"))
    await until(lambda: not any(thread.name == "store-writer" for thread in threading.enumerate()))
    database.release()
