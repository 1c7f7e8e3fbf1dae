"""A service that is asked over HTTP."""

import asyncio

import pytest
from aiohttp import web
from pydantic import SecretStr

from plugins.shared.json_service import JsonService, Unavailable


class Server:
    """Notes what is asked, and answers as told."""

    def __init__(self):
        self.url = ""
        self.asked = []
        self.reply = lambda request: web.json_response({"valid": True})

    async def handle(self, request):
        self.asked.append((await request.json(), request.headers.get("Authorization")))
        found = self.reply(request)
        return await found if asyncio.iscoroutine(found) else found


@pytest.fixture
async def server():
    one = Server()
    app = web.Application()
    app.router.add_post("/key", one.handle)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    one.url = f"http://127.0.0.1:{runner.addresses[0][1]}/key"
    yield one
    await runner.cleanup()


@pytest.fixture
async def service(server):
    made = []

    def make(timeout=5.0):
        made.append(JsonService(SecretStr(server.url), {"Authorization": SecretStr("Bearer x")}, timeout=timeout))
        return made[-1]

    yield make
    for one in made:
        await one.close()


async def test_it_is_asked_with_its_headers(server, service):
    one = service()
    for number in range(2):
        assert await one.ask({"number": number}) == {"valid": True}
    assert server.asked == [({"number": 0}, "Bearer x"), ({"number": 1}, "Bearer x")]


async def test_an_answer_may_come_in_several_parts(server, service):
    async def slowly(request):
        response = web.StreamResponse()
        await response.prepare(request)
        for part in (b'{"val', b'id": ', b"true}"):
            await response.write(part)
            await asyncio.sleep(0.01)
        return response

    server.reply = slowly
    assert await service().ask({}) == {"valid": True}


@pytest.mark.parametrize(
    ("reply", "why"),
    [
        ({"status": 500}, "HTTP status 500"),
        ({"status": 302, "headers": {"Location": "/elsewhere"}}, "HTTP status 302"),
        ({"body": b"nonsense"}, "no JSON"),
        ({"body": b"\xff\xfe"}, "no JSON"),
        ({"body": b"[" * 60_000}, "no JSON"),
        ({"body": b" " * 65_537}, "more than 65536 bytes"),
    ],
)
async def test_what_is_no_answer_says_why(server, service, reply, why):
    server.reply = lambda request: web.Response(**reply)
    with pytest.raises(Unavailable, match=why):
        await service().ask({})


async def test_one_that_does_not_answer_in_time_is_unavailable(server, service):
    waits = asyncio.Event()

    async def silent(request):
        await waits.wait()

    server.reply = silent
    with pytest.raises(Unavailable, match="no answer in time"):
        await service(timeout=0.05).ask({})
    waits.set()


async def test_one_that_is_not_there_is_unavailable_without_its_address(unused_tcp_port):
    one = JsonService(SecretStr(f"http://127.0.0.1:{unused_tcp_port}/key"), {}, timeout=5.0)
    with pytest.raises(Unavailable) as error:
        await one.ask({})
    assert "key" not in str(error.value)
    await one.close()
