import asyncio
import json
from contextlib import asynccontextmanager

import pytest
from aiohttp import ClientSession, web
from chaos_messaging import End, Gone, Refused


@asynccontextmanager
async def connected(answer, overlaps):
    """Our end, and the bare socket at the other one."""
    other = asyncio.get_running_loop().create_future()
    over = asyncio.Event()

    async def serve(request):
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        other.set_result(socket)
        await over.wait()
        return socket

    app = web.Application()
    app.router.add_get("/", serve)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    async with ClientSession() as client, client.ws_connect(f"http://127.0.0.1:{runner.addresses[0][1]}") as socket:
        end = End(socket, answer, overlaps.append)
        running = asyncio.create_task(end.run())
        yield end, await other, running
        over.set()
        await socket.close()
        await running
    await runner.cleanup()


async def never(action, payload):
    await asyncio.Event().wait()


async def echo(action, payload):
    await asyncio.sleep(0)
    if action == "No":
        raise Refused("NotImplemented")
    return {"of": action}


async def test_a_call_gets_its_result():
    async with connected(echo, []) as (end, other, _):
        calling = asyncio.create_task(end.call("Heartbeat", {}, 5))
        assert json.loads((await other.receive()).data) == [2, "1", "Heartbeat", {}]
        await other.send_str('[3,"of another call",{"a":0}]')
        await other.send_str('[3,"1",{"a":1}]')
        assert await calling == {"a": 1}


async def test_a_call_that_is_refused_says_why():
    async with connected(echo, []) as (end, other, _):
        calling = asyncio.create_task(end.call("Heartbeat", {}, 5))
        await other.receive()
        await other.send_str('[4,"1","InternalError","",{}]')
        with pytest.raises(Refused, match="InternalError"):
            await calling


async def test_a_call_without_an_answer_ends_in_time():
    async with connected(echo, []) as (end, _, _):
        with pytest.raises(Gone, match="no answer"):
            await end.call("Heartbeat", {}, 0.01)


async def test_a_call_ends_with_the_connection():
    async with connected(echo, []) as (end, other, running):
        calling = asyncio.create_task(end.call("Heartbeat", {}, 5))
        await other.receive()
        await other.close()
        with pytest.raises(Gone, match="closed"):
            await calling
        await running


async def test_calls_are_answered_and_refused():
    async with connected(echo, []) as (_, other, _):
        await other.send_str('[2,"a","Yes",{}]')
        assert json.loads((await other.receive()).data) == [3, "a", {"of": "Yes"}]
        await other.send_str('[2,"b","No",{}]')
        assert json.loads((await other.receive()).data) == [4, "b", "NotImplemented", "", {}]


async def test_one_call_after_the_other_is_no_overlap():
    overlaps = []
    async with connected(echo, overlaps) as (_, other, _):
        for number in range(5):
            await other.send_str(f'[2,"{number}","Yes",{{}}]')
            await other.receive()
    assert overlaps == []


async def test_a_call_while_another_is_open_is_an_overlap():
    overlaps = []
    async with connected(never, overlaps) as (_, other, _):
        await other.send_str('[2,"1","First",{}]')
        await other.send_str('[2,"2","Second",{}]')
        async with asyncio.timeout(5):
            while not overlaps:
                await asyncio.sleep(0.01)
    assert overlaps == ["Second"]
