"""Commits whose outcome is taken note of."""

import asyncio

import pytest
from records_kit import until

from broker.records.writing import written
from broker.store import Store, StoreFailed, ops


async def test_what_follows_is_done_before_whoever_waits_goes_on(store):
    seen = []
    await written(store, [ops.put_memory("CP1", b"x")], seen.append)
    assert seen == [True]


async def test_what_cannot_be_written_is_told_and_raised(store):
    seen = []
    with pytest.raises(StoreFailed):
        await written(store, [ops.put_transaction("CP1", 2**70, b"")], seen.append)
    assert seen == [False]


async def test_a_store_that_is_not_open_is_told_and_raised():
    seen = []
    with pytest.raises(StoreFailed, match="not open"):
        await written(Store("sqlite://"), [ops.put_memory("CP1", b"x")], seen.append)
    assert seen == [False]


async def test_nobody_has_to_wait_for_it_to_be_told(store):
    seen = []
    waiting = asyncio.ensure_future(written(store, [ops.put_memory("CP1", b"x")], seen.append))
    await asyncio.sleep(0)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    await until(lambda: seen == [True])
