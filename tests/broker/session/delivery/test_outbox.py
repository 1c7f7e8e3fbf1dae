"""The queue in front of one upstream: what is at hand of it, and how it follows the disk."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st
from outbox_kit import row, turns

from broker.session.delivery.outbox import Backlog, Outbox
from broker.store import OutboxSummary, Store, StoreFailed, ops


def nothing():
    """Nobody is called."""


@pytest.fixture
async def store():
    one = Store("sqlite://")
    await one.open()
    yield one
    await one.close()


def box_of(store=None, backlog=None, summary=None):
    return Outbox("CP", "main", store, backlog or Backlog(), summary)


async def enter(box, store, *rows):
    for one in rows:
        box.expect(1)
        await store.write([ops.put_outbox(one)])
        box.committed(one)


async def take(box, store=None):
    """Deliver the head; None where there is none."""
    loaded = asyncio.Event()
    head = box.head(loaded.set)
    if head is None and box.depth:
        await asyncio.wait_for(loaded.wait(), 5)
        head = box.head(nothing)
    if head is not None:
        if store is not None:
            await store.write([ops.drop_outbox(head.id)])
        box.done(head)
    return head


async def drained(box, store=None):
    numbers = []
    while (head := await take(box, store)) is not None:
        numbers.append(head.id)
    return numbers


def test_a_row_that_is_being_written_is_not_there_yet_and_not_nothing():
    box = box_of()
    assert box.empty
    box.expect(1)
    assert not box.empty
    assert box.head(nothing) is None
    box.failed(1)
    assert box.empty


def test_depth_bytes_and_age_follow_what_enters_and_leaves():
    backlog = Backlog()
    box = box_of(backlog=backlog)
    for number in (1, 2):
        box.expect(1)
        box.committed(row(number, payload=b"12345"))
    assert (box.depth, box.bytes, backlog.bytes, box.oldest) == (2, 10, 10, 1001.0)
    assert box.age > 0
    box.done(box.head(nothing))
    assert (box.depth, box.bytes, backlog.bytes, box.oldest) == (1, 5, 5, 1002.0)
    box.done(box.head(nothing))
    assert (box.depth, box.bytes, backlog.bytes, box.oldest, box.age) == (0, 0, 0, 0.0, 0.0)


async def test_what_nobody_keeps_on_disk_is_all_at_hand():
    box = box_of()
    for number in range(1, 101):
        box.expect(1)
        box.committed(row(number))
    assert await drained(box) == list(range(1, 101))
    assert box.empty


async def test_a_long_queue_is_read_from_the_disk_bit_by_bit_and_in_order(store):
    box = box_of(store)
    await enter(box, store, *(row(number) for number in range(1, 101)))
    assert len(box._window) == 32
    assert await drained(box, store) == list(range(1, 101))
    assert box.empty


async def test_after_a_restart_it_goes_on_where_it_was(store):
    await enter(box_of(store), store, row(1), row(2))
    summary = (await store.outboxes())[0]
    box = box_of(store, summary=summary)
    assert (box.depth, box.bytes, box.oldest) == (2, 4, 1001.0)
    await enter(box, store, row(3))
    assert await drained(box, store) == [1, 2, 3]


async def test_rows_that_come_while_the_disk_is_read_are_not_lost(store):
    await enter(box_of(store), store, row(1))
    box = box_of(store, summary=(await store.outboxes())[0])
    loaded = asyncio.Event()
    assert box.head(loaded.set) is None
    assert box.head(loaded.set) is None, "it is being read already"
    await enter(box, store, row(2), row(3))
    await loaded.wait()
    assert box.depth == 3
    assert await drained(box, store) == [1, 2, 3]


async def test_a_queue_that_is_shorter_than_was_thought_is_believed(store):
    backlog = Backlog()
    backlog.bytes = 50
    box = box_of(store, backlog, OutboxSummary("CP", "main", 5, 50, 1000.0, 1))
    await store.write([ops.put_outbox(row(4))])
    assert await drained(box, store) == [4]
    assert (box.depth, box.bytes, backlog.bytes, box.oldest) == (0, 0, 0, 0.0)


async def test_a_row_that_comes_while_an_emptied_queue_is_read_is_not_forgotten(store, monkeypatch):
    box = box_of(store, summary=OutboxSummary("CP", "main", 1, 2, 1000.0, 1))
    gate, loaded = asyncio.Event(), asyncio.Event()

    async def slow(*_, **__):
        await gate.wait()
        return []

    with monkeypatch.context() as patched:
        patched.setattr(store, "outbox", slow)
        box.head(loaded.set)
        await asyncio.sleep(0)
        await enter(box, store, row(7))
        gate.set()
        await loaded.wait()
    assert not box.empty
    assert await drained(box, store) == [7]
    assert box.empty


async def test_a_row_whose_first_commit_failed_is_delivered_though_later_ones_were_read_before(store):
    box = box_of(store)
    await enter(box, store, *(row(number) for number in range(10, 60)))
    await enter(box, store, row(5))
    assert sorted(await drained(box, store)) == [5, *range(10, 60)]


async def test_a_row_that_comes_late_does_not_step_before_the_head_which_may_be_on_its_way(store):
    box = box_of(store)
    await enter(box, store, row(10), row(11))
    head = box.head(nothing)
    await enter(box, store, row(5))
    await store.write([ops.drop_outbox(head.id)])
    box.done(head)
    assert await drained(box, store) == [5, 11]
    assert box.empty


async def test_a_store_that_cannot_be_read_is_asked_again_later(store, monkeypatch, caplog):
    await enter(box_of(store), store, row(1))
    box = box_of(store, summary=(await store.outboxes())[0])

    async def broken(*_, **__):
        raise StoreFailed("disk I/O error")

    with monkeypatch.context() as patched:
        patched.setattr(store, "outbox", broken)
        box.head(nothing)
        await turns(lambda: not box._loading)
    assert not caplog.records
    assert await drained(box, store) == [1]


async def test_what_the_operator_took_away_is_not_delivered(store):
    box = box_of(store)
    await enter(box, store, row(1), row(2))
    box.retry_at, box.error = 1e9, "no"
    await store.write([ops.bury_all("CP", "main", "dropped", 1.0)])
    box.reset(None)
    assert (box.empty, box.bytes, box.oldest, box.retry_at, box.error) == (True, 0, 0.0, 0.0, "")
    assert await take(box, store) is None
    await enter(box, store, row(3))
    assert await drained(box, store) == [3]


async def test_what_was_read_before_the_operator_took_it_away_is_not_believed(store, monkeypatch):
    box = box_of(store, summary=OutboxSummary("CP", "main", 1, 2, 1000.0, 1))
    gate, loaded = asyncio.Event(), asyncio.Event()

    async def slow(*_, **__):
        await gate.wait()
        return [row(1)]

    with monkeypatch.context() as patched:
        patched.setattr(store, "outbox", slow)
        box.head(loaded.set)
        await asyncio.sleep(0)
        box.reset(None)
        gate.set()
        await loaded.wait()
    assert box.empty
    assert box.head(nothing) is None


async def test_a_dead_letter_that_was_revived_is_at_the_end(store):
    box = box_of(store)
    await enter(box, store, row(1), row(2))
    await store.write([ops.bury(1, "refused", 1.0)])
    box.done(box.head(nothing))
    await store.write([ops.revive(1, 9)])
    box.reset((await store.outboxes())[0])
    assert await drained(box, store) == [2, 9]
    assert box.empty


def test_only_the_head_is_done_and_its_attempts_are_kept():
    box = box_of()
    for number in (1, 2):
        box.expect(1)
        box.committed(row(number))
    box.done(row(2))
    assert box.depth == 2
    box.tried(row(1), 2, "InternalError")
    assert (box.head(nothing).attempts, box.head(nothing).error) == (2, "InternalError")
    box.error, box.retry_at = "InternalError", 5.0
    box.done(row(1))
    assert (box.depth, box.error, box.retry_at) == (1, "", 0.0)


@given(st.lists(st.sampled_from(["enter", "late", "take", "restart"]), max_size=60))
def test_whatever_happens_everything_comes_out_once(steps):
    async def run():
        store = Store("sqlite://")
        await store.open()
        box, put, got, late = box_of(store), [], [], []
        for number, step in enumerate(steps, start=1):
            if step == "enter":
                put.append(number)
                await enter(box, store, row(number))
            elif step == "late":  # it is written after all with the next one
                late.append(number)
            elif step == "restart":
                found = await store.outboxes()
                box = box_of(store, summary=found[0] if found else None)
            elif (head := await take(box, store)) is not None:
                got.append(head.id)
            if late and step == "enter":
                put.append(late[0])
                await enter(box, store, row(late.pop(0)))
        got += await drained(box, store)
        await store.close()
        assert sorted(got) == sorted(put)
        assert box.empty
        assert box.bytes == 0

    asyncio.run(run())


async def test_it_says_whether_a_message_of_a_transaction_may_wait(store):
    box = box_of(store)
    await enter(box, store, row(1, ref=5))
    assert box.may_hold(5)
    assert not box.may_hold(6)
    box.expect(1)
    assert box.may_hold(6), "what is being committed may be anybody's"
