"""Security events over HTTP, to a real server."""

import asyncio
import logging
from contextlib import asynccontextmanager

import pytest
from aiohttp import web

from plugins.shared.outlet_config import WebhookConfig
from plugins.shared.webhook import Webhook

EVENT = {
    "identity": "CP001",
    "type": "InvalidTLSVersion",
    "timestamp": "2026-01-01T00:00:00Z",
    "receivedAt": "2026-01-01T00:00:01.000Z",
    "critical": False,
    "techInfo": "TLS 1.0",
}


@asynccontextmanager
async def server(*answers):
    """Answers with these statuses, or what these functions make of the request, then 204; yields (url, requests)."""
    waiting, seen = list(answers), []

    async def handle(request):
        seen.append((request.method, request.path, dict(request.headers), await request.json()))
        answer = waiting.pop(0) if waiting else 204
        return await answer(request) if callable(answer) else web.Response(status=answer)

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", handle)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/hook", seen
    finally:
        await runner.cleanup()


async def deliver(config, *events):
    """The outcomes of these events, one after another."""
    counted = []
    webhook = Webhook(
        WebhookConfig.model_validate(config),
        spawn=lambda coro: asyncio.create_task(coro),
        count=counted.append,
        log=logging.getLogger("test.webhook"),
        pause=lambda attempt: 0.0,
    )
    for event in events:
        webhook.offer(event)
    await webhook.finish(10)
    return counted


async def test_an_event_is_a_post_with_a_json_body_and_the_configured_headers():
    async with server() as (url, seen):
        assert await deliver({"url": url, "headers": {"Authorization": "Bearer abc"}}, EVENT) == ["delivered"]
        ((method, path, headers, body),) = seen
        assert (method, path, body) == ("POST", "/hook", EVENT)
        assert headers["Authorization"] == "Bearer abc"
        assert headers["Content-Type"].startswith("application/json")


async def test_only_the_named_events_are_sent():
    async with server() as (url, seen):
        other = {**EVENT, "type": "StartupOfTheDevice"}
        assert await deliver({"url": url, "events": ["StartupOfTheDevice"]}, EVENT, other, EVENT) == ["delivered"]
        assert [body["type"] for *_, body in seen] == ["StartupOfTheDevice"]


@pytest.mark.parametrize("status", [500, 503, 429, 408, 425])
async def test_a_server_in_trouble_is_tried_again(status):
    async with server(status, status) as (url, seen):
        assert await deliver({"url": url}, EVENT) == ["delivered"]
        assert len(seen) == 3


@pytest.mark.parametrize("status", [400, 401, 404, 410])
async def test_a_server_that_says_no_is_not_asked_again(status):
    async with server(status) as (url, seen):
        assert await deliver({"url": url}, EVENT) == ["refused"]
        assert len(seen) == 1


async def test_a_redirect_is_not_followed():
    async def elsewhere(request):
        return web.Response(status=307, headers={"Location": "/elsewhere"})

    async with server(elsewhere) as (url, seen):
        assert await deliver({"url": url}, EVENT) == ["refused"]
        assert [path for _, path, *_ in seen] == ["/hook"]


async def test_nobody_there_is_tried_so_many_times():
    async with server() as (url, seen):
        pass
    assert await deliver({"url": url, "attempts": 3}, EVENT) == ["failed"]
    assert not seen


async def test_a_server_that_does_not_answer_has_its_time():
    async def never(request):
        await asyncio.sleep(10)

    async with server(never) as (url, seen):
        assert await deliver({"url": url, "timeout": 0.1, "attempts": 2}, EVENT) == ["delivered"]
        assert len(seen) == 2


async def test_cookies_are_not_kept():
    async def cookie(request):
        response = web.Response(status=204)
        response.set_cookie("session", "1")
        return response

    async with server(cookie) as (url, seen):
        await deliver({"url": url.replace("127.0.0.1", "localhost")}, EVENT, EVENT)
        assert ["Cookie" in headers for _, _, headers, _ in seen] == [False, False]


async def test_neither_address_nor_headers_are_logged(caplog):
    caplog.set_level(logging.DEBUG)
    async with server(403) as (url, _):
        await deliver({"url": f"{url}?secret=canary", "headers": {"X-Key": "canary"}}, EVENT)
    await deliver({"url": "http://canary.invalid:1/", "attempts": 1}, EVENT)
    assert "canary" not in caplog.text
    assert "403" in caplog.text
