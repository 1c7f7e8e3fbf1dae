import asyncio

import pytest

from broker.hooks import Resume, step


async def add(a: int, b: int) -> int:
    return a + b


async def add_later(a: int, b: int) -> int:
    await asyncio.sleep(0)
    waiter = asyncio.get_running_loop().create_future()
    asyncio.get_running_loop().call_soon(waiter.set_result, b)
    return a + await waiter


async def both(coro):
    done, value = step(coro)
    return value if done else await Resume(coro, value)


async def test_a_coroutine_that_never_waits_is_done_in_one_step():
    assert step(add(1, 2)) == (True, 3)


async def test_a_coroutine_that_waits_goes_on_where_it_stopped():
    coro = add_later(1, 2)
    done, value = step(coro)
    assert not done
    assert await Resume(coro, value) == 3


async def test_it_runs_in_the_task_that_stepped_it():
    async def who():
        before = asyncio.current_task()
        await asyncio.sleep(0)
        return before, asyncio.current_task()

    assert await both(who()) == (asyncio.current_task(), asyncio.current_task())


async def test_what_it_raises_before_and_after_waiting_comes_through():
    async def early():
        raise KeyError("early")

    async def late():
        await asyncio.sleep(0)
        raise KeyError("late")

    with pytest.raises(KeyError, match="early"):
        step(early())
    with pytest.raises(KeyError, match="late"):
        await both(late())


async def test_a_cancellation_reaches_the_coroutine_and_its_clean_up_runs():
    cleaned = []

    async def forever():
        try:
            await asyncio.Event().wait()
        finally:
            cleaned.append(True)

    task = asyncio.create_task(both(forever()))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert cleaned == [True]


async def test_a_coroutine_may_catch_what_is_thrown_in_and_go_on():
    async def stubborn():
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            await asyncio.sleep(0)
            return "finished"

    task = asyncio.create_task(both(stubborn()))
    await asyncio.sleep(0)
    task.cancel()
    assert await task == "finished"


async def test_a_timeout_inside_the_coroutine_still_works():
    async def impatient():
        async with asyncio.timeout(0.001):
            await asyncio.Event().wait()

    with pytest.raises(TimeoutError):
        await both(impatient())


def test_closing_the_awaitable_closes_the_coroutine():
    cleaned = []

    class Waiting:
        def __await__(self):
            yield "waiting"

    async def waits():
        try:
            await Waiting()
        finally:
            cleaned.append(True)

    coro = waits()
    done, value = step(coro)
    rest = Resume(coro, value).__await__()
    assert (done, next(rest)) == (False, "waiting")
    rest.close()
    assert cleaned == [True]
