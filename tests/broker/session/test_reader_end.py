"""When there is no more to read, or nothing may be read for now."""

import asyncio

import pytest
from aiohttp import WSMsgType
from reader_kit import rig
from socket_kit import WAIT, transport_of, until

from broker.session.reader import why_closed

# --- the end ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("code", [1000, 1001, 3000])
async def test_the_end_is_told_with_the_peers_close_code(code):
    async with rig() as r:
        await r.send("last")
        await r.client.close(code=code)
        await until(lambda: r.ends)
        assert (r.seen, r.ends) == (["last"], [code])


async def test_a_lost_connection_is_1006():
    async with rig() as r:
        await r.send("last")
        await r.saw("last")
        transport_of(r.client).abort()
        await until(lambda: r.ends)
        assert why_closed(r.ends[0]) == "lost"


async def test_a_message_above_the_limit_is_1009_and_bad_utf8_1007():
    async with rig(max_message=1024) as r:
        await r.send("x" * 4096)
        await until(lambda: r.ends)
        assert (r.ends, r.seen) == ([1009], [])
    async with rig() as r:
        await r.client._writer.send_frame(b"\xff", WSMsgType.TEXT)
        await until(lambda: r.ends)
        assert (r.ends, r.seen) == ([1007], [])


async def test_our_own_close_ends_the_reading_too():
    async with rig() as r:
        closing = asyncio.ensure_future(r.socket.close(1008, "flooding"))
        message = await r.client.receive(timeout=WAIT)
        assert message.data == 1008
        await closing
        await until(lambda: r.ends)


async def test_the_end_is_told_while_a_handler_still_waits_and_its_work_is_finished():
    async with rig() as r:
        gate = asyncio.get_running_loop().create_future()
        done = []

        async def work():
            done.append(await gate)

        r.on = lambda text: work() if text == "slow" else None
        await r.send("slow", "1")
        await r.saw("slow", "1")
        await r.client.close()
        await until(lambda: r.ends)
        assert not done
        gate.set_result("late")
        await until(lambda: done)
        assert r.ends == [1000]


async def test_frames_before_the_close_are_taken_before_the_end_is_told():
    async with rig(start=False) as r:
        r.on = lambda text: r.ends.append(text)
        await r.send("1", "2")
        closing = asyncio.ensure_future(r.client.close())
        await asyncio.sleep(0.02)
        r.reader.start()
        await closing
        await until(lambda: len(r.ends) == 3)
        assert r.ends == ["1", "2", 1000]
        del r.ends[:2]


# --- back-pressure ----------------------------------------------------------------------------------------------------


async def test_nothing_is_taken_while_the_gate_is_closed_and_nothing_is_lost():
    async with rig(start=False) as r:
        loop = asyncio.get_running_loop()
        first = r.gate = loop.create_future()
        r.reader.start()
        await r.send("1", "2")
        await asyncio.sleep(0.02)
        assert r.seen == []
        second = r.gate = loop.create_future()
        first.set_result(None)
        await asyncio.sleep(0.02)
        assert r.seen == [], "a gate that is closed again holds as well"
        r.gate = None
        second.set_result(None)
        await r.saw("1", "2")


async def test_a_gate_that_closes_while_a_handler_waits_holds_its_successor():
    async with rig() as r:
        loop = asyncio.get_running_loop()
        gate, waiting = loop.create_future(), loop.create_future()

        async def work():
            r.gate = gate
            await waiting

        r.on = lambda text: work() if text == "slow" else None
        await r.send("slow", "1")
        await asyncio.sleep(0.02)
        assert r.seen == ["slow"]
        r.gate = None
        gate.set_result(None)
        await r.saw("slow", "1")
        waiting.set_result(None)


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        (1000, "closed"),
        (1001, "closed"),
        (1005, "closed"),
        (1002, "protocol_error"),
        (1007, "bad_utf8"),
        (1009, "too_big"),
        (1006, "lost"),
        (1011, "lost"),
        (4000, "lost"),
        (0, "lost"),
        (None, "lost"),
    ],
)
def test_a_close_code_is_one_of_few_reasons(code, reason):
    assert why_closed(code) == reason
