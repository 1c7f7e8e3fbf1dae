"""Reading: in order, in one task, and never held up by a handler that waits."""

import asyncio

import pytest
from aiohttp import WSMsgType
from reader_kit import rig
from socket_kit import WAIT, tasks_named, until
from structlog.testing import capture_logs

# --- in one task ------------------------------------------------------------------------------------------------------


async def test_frames_are_taken_in_order_by_one_task():
    async with rig() as r:
        frames = [str(n) for n in range(500)]
        await r.send(*frames)
        await r.saw(*frames)
        assert len(set(r.tasks)) == 1


async def test_work_that_never_waits_is_done_before_the_next_frame_and_in_the_same_task():
    async with rig() as r:
        done = []

        async def work(text):
            done.append((text, list(r.seen), asyncio.current_task()))

        r.on = work
        await r.send("a", "b", "c")
        await until(lambda: len(done) == 3)
        assert [row[:2] for row in done] == [("a", ["a"]), ("b", ["a", "b"]), ("c", ["a", "b", "c"])]
        assert {row[2] for row in done} == set(r.tasks)
        assert len(set(r.tasks)) == 1


async def test_binary_frames_are_frames_too():
    async with rig() as r:
        await r.client.send_bytes(b"\x00\xff")
        await r.saw(b"\x00\xff")


async def test_pings_are_answered_and_any_sign_of_life_forgives_the_missed_ones():
    async with rig() as r:
        for send in (r.client.ping, r.client.pong, lambda: r.client.send_str("x")):
            r.socket.pings, r.socket.last_heard = 2, 0.0
            await send()
            await until(lambda: r.socket.last_heard > 0)
            assert r.socket.pings == 0
        message = await r.client.receive(timeout=WAIT)
        assert message.type is WSMsgType.PONG


# --- the socket is handed over ----------------------------------------------------------------------------------------


async def test_while_a_handler_waits_the_next_frames_are_taken_and_pings_answered():
    async with rig() as r:
        gate = asyncio.get_running_loop().create_future()
        done = []

        async def work():
            done.append(await gate)

        r.on = lambda text: work() if text == "slow" else None
        await r.send("slow", "1", "2")
        await r.client.ping(b"alive?")
        message = await r.client.receive(timeout=WAIT)
        assert (message.type, bytes(message.data)) == (WSMsgType.PONG, b"alive?")
        await r.saw("slow", "1", "2")
        assert not done
        gate.set_result("released")
        await until(lambda: done)
        assert done == ["released"]


async def test_a_handler_may_wait_for_a_frame_that_comes_later():
    """A plugin that calls the station while it handles the station's call: a plain read loop deadlocks here."""
    async with rig() as r:
        replies = {}
        done = []

        async def ask(text):
            replies[text] = asyncio.get_running_loop().create_future()
            done.append((text, await replies[text]))

        def on(text):
            if text.startswith("call"):
                return ask(text)
            replies[text.removeprefix("reply to ")].set_result(text)
            return None

        r.on = on
        await r.send("call 1", "call 2", "reply to call 2", "call 3", "reply to call 1", "reply to call 3")
        await until(lambda: len(done) == 3)
        assert [text for text, _ in done] == ["call 2", "call 1", "call 3"]


async def test_work_goes_on_in_the_task_that_began_it_through_many_waits():
    async with rig() as r:
        where = []

        async def work():
            for _ in range(5):
                where.append(asyncio.current_task())
                await asyncio.sleep(0)

        r.on = lambda text: work()
        await r.send("a")
        await until(lambda: len(where) == 5)
        assert len(set(where)) == 1
        assert where[0] is r.tasks[0]


async def test_a_time_limit_that_began_before_the_wait_ends_the_work_and_nothing_else():
    async with rig() as r:
        outcomes = []

        async def work():
            try:
                async with asyncio.timeout(0.05):
                    await asyncio.Event().wait()
            except TimeoutError:
                outcomes.append("too slow")

        r.on = lambda text: work() if text == "slow" else outcomes.append(text)
        await r.send("slow", "quick")
        await until(lambda: len(outcomes) == 2)
        assert outcomes == ["quick", "too slow"]
        await r.send("more")
        await until(lambda: outcomes[2:] == ["more"])


async def test_many_handlers_may_wait_at_once_and_leave_no_task_behind():
    async with rig() as r:
        release = asyncio.Event()
        done = []

        async def work(text):
            await release.wait()
            done.append(text)

        r.on = work
        frames = [str(n) for n in range(100)]
        await r.send(*frames)
        await r.saw(*frames)
        assert len(tasks_named("read test")) == 101
        assert len(set(r.tasks)) == 100, "each that waits keeps the task it was read in"
        release.set()
        await until(lambda: len(done) == 100)
        assert sorted(done, key=int) == frames
        await until(lambda: len(tasks_named("read test")) == 1)


async def test_a_future_that_several_handlers_wait_for_serves_them_all():
    async with rig() as r:
        shared = asyncio.get_running_loop().create_future()
        done = []

        async def work(text):
            done.append((text, await shared))

        r.on = work
        await r.send("a", "b", "c")
        await r.saw("a", "b", "c")
        shared.set_result(1)
        await until(lambda: len(done) == 3)
        assert done == [("a", 1), ("b", 1), ("c", 1)]


async def test_a_future_that_is_done_by_the_time_it_is_waited_for_loses_nothing():
    async with rig() as r:
        done = []

        async def work(text):
            future = asyncio.get_running_loop().create_future()
            asyncio.get_running_loop().call_soon(future.set_result, text)
            done.append(await future)

        r.on = work
        await r.send(*map(str, range(50)))
        await until(lambda: len(done) == 50)
        assert done == [str(n) for n in range(50)]


# --- what fails -------------------------------------------------------------------------------------------------------


class Broken(Exception):
    """What a handler raises in these tests."""


def fails_at_once(r):
    raise Broken


async def fails_before_waiting(r):
    raise Broken


async def fails_after_waiting(r):
    await asyncio.sleep(0)
    raise Broken


async def fails_in_what_it_waits_for(r):
    future = asyncio.get_running_loop().create_future()
    asyncio.get_running_loop().call_soon(future.set_exception, Broken())
    await future


@pytest.mark.parametrize(
    "failing", [fails_at_once, fails_before_waiting, fails_after_waiting, fails_in_what_it_waits_for]
)
async def test_a_frame_that_fails_is_logged_and_the_next_ones_are_taken(failing):
    async with rig() as r:
        r.on = lambda text: failing(r) if text == "bad" else None
        with capture_logs() as logs:
            await r.send("bad", "good", "bad", "good")
            await r.saw("bad", "good", "bad", "good")
            await until(lambda: len(logs) == 2)
        assert [(log["event"], log["log_level"], log["reader"]) for log in logs] == [
            ("frame failed", "error", "read test")
        ] * 2
        assert r.ends == []


async def cancels_before_waiting(r):
    raise asyncio.CancelledError


async def cancels_after_waiting(r):
    await asyncio.sleep(0)
    raise asyncio.CancelledError


async def waits_for_what_is_cancelled(r):
    future = asyncio.get_running_loop().create_future()
    future.cancel()
    await future


@pytest.mark.parametrize("failing", [cancels_before_waiting, cancels_after_waiting, waits_for_what_is_cancelled])
async def test_a_cancellation_of_the_works_own_does_not_end_the_reading(failing):
    """Nobody cancels the reader; a handler that awaits a task which was cancelled raises this by itself."""
    async with rig() as r:
        r.on = lambda text: failing(r) if text == "bad" else None
        await r.send("bad", "good", "bad", "good")
        await r.saw("bad", "good", "bad", "good")
        assert r.ends == []


async def test_cancelling_the_task_that_waits_cancels_the_work_and_not_the_reading():
    async with rig() as r:
        told = []

        async def work():
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                told.append("cancelled")
                raise

        r.on = lambda text: work() if text == "slow" else None
        await r.send("slow", "1")
        await r.saw("slow", "1")
        r.tasks[0].cancel()
        await until(lambda: told)
        await r.send("2")
        await r.saw("slow", "1", "2")
        assert r.ends == []
