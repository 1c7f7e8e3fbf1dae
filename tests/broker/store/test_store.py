"""The store as a whole, on real files."""

import asyncio
import sqlite3
import subprocess
import sys
import threading

import pytest
from store_kit import message, opened, until

from broker.store import Store, StoreError, StoreFailed, ops

TOO_LARGE = 2**70  # for a column of SQLite


async def test_what_is_written_is_there_when_it_is_opened_again(url):
    async with opened(url) as store:
        await store.write([ops.put_outbox(message(1)), ops.put_transaction("CP1", 3, b"tx")])
    async with opened(url) as store:
        assert await store.outbox("CP1", "main") == [message(1)]
        assert (await store.station("CP1")).transactions == [b"tx"]


async def test_what_was_given_to_later_is_written_by_close(url):
    async with opened(url) as store:
        store.later([ops.put_memory("CP1", b"boot")])
    async with opened(url) as store:
        assert (await store.station("CP1")).memory == b"boot"


async def test_later_is_written_without_a_write_that_takes_it_along(store, path):
    store.later([ops.put_memory("CP1", b"boot")])
    await until(lambda: store.commits == 1)
    with sqlite3.connect(path) as other:
        assert other.execute("SELECT data FROM station_memory").fetchall() == [(b"boot",)]
    other.close()


async def test_the_last_word_on_a_row_is_the_last_that_was_said(store):
    store.later([ops.put_transaction("CP1", 1, b"first")])
    written = store.write([ops.put_transaction("CP1", 1, b"second")])
    store.later([ops.put_transaction("CP1", 1, b"third")])
    await written
    assert (await store.station("CP1")).transactions == [b"third"]


async def test_writes_that_are_queued_together_are_committed_together(store):
    before = store.commits
    await asyncio.gather(*(store.write([ops.put_outbox(message(number))]) for number in range(1, 1001)))
    assert store.commits - before <= 3
    assert len(await store.outbox("CP1", "main", limit=2000)) == 1000


async def test_a_write_that_cannot_be_made_does_not_take_the_others_with_it(store):
    good = store.write([ops.put_outbox(message(1))])
    bad = store.write([ops.put_memory("CP1", b"boot"), ops.put_transaction("CP1", TOO_LARGE, b"")])
    also_good = store.write([ops.put_outbox(message(2))])
    await asyncio.gather(good, also_good)
    with pytest.raises(StoreFailed, match="too large"):
        await bad
    assert store.failed == ""
    assert [row.id for row in await store.outbox("CP1", "main")] == [1, 2]
    assert (await store.station("CP1")).memory is None, "all or none"


async def test_a_change_for_later_that_cannot_be_made_does_not_take_the_others_with_it(store):
    store.later([ops.put_memory("CP1", b"boot"), ops.put_id("CP1", "profile", "main", 2**63, 1), ops.drop_outbox(9)])
    assert (await store.station("CP1")).memory == b"boot"
    assert store.dropped == 1
    assert store.failed == ""


async def test_numbers_grow_over_restarts(url):
    async with opened(url) as store:
        first = [store.new_id() for _ in range(20_000)]
        await store.write([ops.put_outbox(message(first[-1]))])
        await store.write([ops.drop_outbox(first[-1])])
    async with opened(url) as store:
        assert store.new_id() == first[-1] + 1
    assert first == list(range(1, 20_001))


async def test_numbers_of_rows_that_are_gone_are_not_given_out_again_after_a_kill(url, path, tmp_path):
    async with opened(url) as store:
        number = [store.new_id() for _ in range(100)][-1]
        await store.write([ops.put_outbox(message(number))])
        await store.write([ops.drop_outbox(number)])
        for part in ("", "-wal"):
            (tmp_path / f"copy.db{part}").write_bytes((tmp_path / f"switchboard.db{part}").read_bytes())
    async with opened(f"sqlite:///{tmp_path / 'copy.db'}") as store:
        assert store.new_id() > number


async def test_one_in_memory_works_the_same(tmp_path):
    async with opened("sqlite://") as store:
        await asyncio.gather(*(store.write([ops.put_outbox(message(number))]) for number in range(1, 51)))
        store.later([ops.drop_outbox(1)])
        assert [row.id for row in await store.outbox("CP1", "main", limit=2)] == [2, 3]
        with pytest.raises(StoreFailed):
            await store.write([ops.put_transaction("CP1", TOO_LARGE, b"")])
        await store.write([ops.put_outbox(message(99))])
        assert await store.size() > 0
    assert list(tmp_path.iterdir()) == []


async def test_a_second_broker_on_the_same_file_is_refused(url, store):
    with pytest.raises(StoreError, match="held by another broker"):
        await Store(url).open()
    await store.write([ops.put_memory("CP1", b"still fine")])


async def test_it_can_be_opened_again_after_it_was_refused(url, path):
    path.write_bytes(b"no database at all, but long enough to look into" * 100)
    with pytest.raises(StoreError, match="damaged"):
        await Store(url).open()
    path.unlink()
    async with opened(url) as store:
        await store.write([ops.put_memory("CP1", b"x")])


async def test_the_loop_turns_while_the_writer_waits_for_a_lock(store, path):
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    written = store.write([ops.put_memory("CP1", b"x")])
    turns = 0
    for _ in range(200):
        await asyncio.sleep(0)
        turns += 1
    assert not written.done()
    other.execute("COMMIT")
    other.close()
    await written
    assert turns == 200


async def test_reads_do_not_wait_for_a_stuck_writer(store, path):
    await store.write([ops.put_outbox(message(1))])
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    written = store.write([ops.put_memory("CP1", b"x")])
    assert [row.id for row in await store.outbox("CP1", "main")] == [1]
    assert not written.done()
    other.execute("COMMIT")
    other.close()
    await written


async def test_a_cancelled_write_is_committed_all_the_same(store):
    written = store.write([ops.put_outbox(message(1))])
    written.cancel()
    await store.write([ops.put_outbox(message(2))])
    assert [row.id for row in await store.outbox("CP1", "main")] == [1, 2]


async def test_before_it_is_open_and_after_it_is_closed_it_says_so(url):
    store = Store(url)
    for _ in range(2):
        assert store.failed == "the store is not open"
        with pytest.raises(StoreFailed, match="not open"):
            await store.write([ops.put_memory("CP1", b"x")])
        with pytest.raises(StoreFailed, match="not open"):
            await store.outboxes()
        await store.open()
        assert store.failed == ""
        await store.close()
        await store.close()


async def test_no_thread_is_left_when_it_is_closed(url):
    before = {thread for thread in threading.enumerate() if thread.name.startswith("store-")}
    async with opened(url) as store:
        await store.outboxes()
        assert {thread.name for thread in threading.enumerate()} >= {"store-writer", "store-reader"}
    await until(lambda: {t for t in threading.enumerate() if t.name.startswith("store-")} == before)


def test_importing_it_costs_no_sqlalchemy():
    code = "import sys, broker.store; print([m for m in ('sqlalchemy', 'alembic') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


async def test_a_row_that_may_have_been_committed_after_all_can_be_put_again(store):
    await store.write([ops.put_outbox(message(1))])
    await store.write([ops.put_outbox(message(1))])
    assert [row.id for row in await store.outbox("CP1", "main")] == [1]
