"""Callers that are no leg."""

import asyncio

import pytest

from broker.hooks import Direction
from broker.hooks.call_errors import CallTimeout, NotConnected
from broker.ocpp import Call, Reply, Version
from broker.session.callers import Caller

CALL = Call.of("ClearCache", {}, version=Version.V16, origin="api")


async def test_the_reply_becomes_the_result():
    caller = Caller("api", 5.0)
    reply = Reply.result({"status": "Accepted"})
    assert caller.answer(CALL, reply) is True
    assert await caller.future is reply
    assert (caller.name, caller.timeout, caller.direction) == ("api", 5.0, Direction.TO_STATION)


async def test_a_second_reply_is_nobodys():
    caller = Caller("api")
    assert caller.answer(CALL, Reply.result({"n": 1})) is True
    assert caller.answer(CALL, Reply.result({"n": 2})) is False
    assert (await caller.future).payload == {"n": 1}


async def test_a_failure_is_raised_and_the_first_one_counts():
    caller = Caller("api")
    caller.fail(CallTimeout("too late"))
    caller.fail(NotConnected("gone"))
    assert caller.answer(CALL, Reply.result({})) is False
    with pytest.raises(CallTimeout, match="too late"):
        await caller.future


async def test_a_failure_after_the_reply_changes_nothing():
    caller = Caller("api")
    caller.answer(CALL, Reply.result({"n": 1}))
    caller.fail(NotConnected("gone"))
    assert (await caller.future).payload == {"n": 1}


async def test_neither_reply_nor_failure_hurts_a_caller_that_was_cancelled():
    caller = Caller("api")
    caller.future.cancel()
    assert caller.answer(CALL, Reply.result({})) is False
    caller.fail(NotConnected("gone"))
    assert caller.future.cancelled()


async def test_a_failure_that_nobody_waits_for_is_not_reported_as_forgotten():
    reported = []
    asyncio.get_running_loop().set_exception_handler(lambda loop, context: reported.append(context))
    caller = Caller("api")
    caller.fail(NotConnected("gone"))
    del caller
    await asyncio.sleep(0)
    assert reported == []
