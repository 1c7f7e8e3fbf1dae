"""What every answer of the admin listener has in common."""

import logging
from typing import Any

import pytest
from aiohttp import web
from backends_kit import BODIES, path_of

from broker.records import Registration
from broker.server.admin.operations import OPERATIONS
from broker.server.admin.problems import KINDS
from broker.store import StoreFailed


async def test_unknown_path_is_a_problem(client: Any) -> None:
    """aiohttp's own 404 is a problem detail as well."""
    for path in ("/", "/nothing", "/api/v1", "/api/v1/stations/", "/api/v1/stations/a/b/c", "/api/v2/stations"):
        status, body = await client.json("GET", path)
        assert (status, body["type"], body["status"]) == (404, "/api/v1/problems/not-found", 404)


async def test_wrong_method_names_the_right_ones(client: Any) -> None:
    async with client.ask("DELETE", "/api/v1/stations") as response:
        assert response.status == 405
        assert response.headers["Allow"] == "GET,HEAD"
        assert (await response.json(content_type=None))["type"] == "/api/v1/problems/method-not-allowed"


async def test_every_answer_forbids_caching_and_sniffing(client: Any) -> None:
    for path in ("/healthz", "/api/v1/stations", "/nothing", "/metrics"):
        async with client.ask("GET", path) as response:
            assert response.headers["Cache-Control"] == "no-store"
            assert response.headers["X-Content-Type-Options"] == "nosniff"
            assert response.headers["Server"] == "Switchboard"


async def test_an_unexpected_failure_tells_only_an_id(
    client: Any, broker: Any, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    """500 without details; the log has the whole under the same id."""

    def fail() -> list[Any]:
        raise RuntimeError("the inside of the broker")

    broker.sessions.stations = fail
    with caplog.at_level(logging.DEBUG):
        status, body = await client.json("GET", "/api/v1/stations")
    assert status == 500
    assert set(body) == {"type", "title", "status", "detail", "instance"}
    assert "inside" not in str(body)
    logged = capsys.readouterr().out + capsys.readouterr().err + caplog.text
    assert body["instance"].removeprefix("urn:uuid:") in logged
    assert "the inside of the broker" in logged


async def test_a_store_that_fails_is_told_by_every_operation_that_needs_it(client: Any, broker: Any) -> None:
    """503 with Retry-After, and nothing of the disk's own words."""
    broker.sessions.registered = ["CP1"]
    broker.sessions.deliveries.fault = broker.files.fault = StoreFailed("/var/lib/secret-path is full")
    await broker.records.registrations.put(Registration(identity="CP1", created_at=1.0, updated_at=1.0))
    await broker.store.close()
    failed = {"operate"}  # needs a station: test_admin_operate
    for operation in OPERATIONS:
        if operation.media_type == "application/json" and operation.name not in ("callStation", "operate"):
            body = BODIES.get(operation.body)
            async with client.ask(operation.method, path_of(operation.path), json=body) as response:
                if response.status != 200:
                    failed.add(operation.name)
                    assert (operation.name, response.status, response.headers.get("Retry-After")) == (
                        operation.name, 503, "1",
                    )  # fmt: skip
                    assert "secret-path" not in await response.text()
    assert failed == {operation.name for operation in OPERATIONS if "store-failed" in operation.problems}


async def test_head_is_answered_without_a_body(client: Any) -> None:
    async with client.ask("HEAD", "/api/v1/stations") as response:
        assert response.status == 200
        assert await response.read() == b""


async def test_an_event_stream_has_no_head(client: Any) -> None:
    """A HEAD would wait for ever for the end of the stream."""
    async with client.ask("HEAD", "/api/v1/events") as response:
        assert response.status == 405


async def test_unknown_expectation_is_refused(raw: Any) -> None:
    answer = await raw(b"GET /healthz HTTP/1.1\r\nHost: a\r\nExpect: wonders\r\nConnection: close\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 417 ")
    assert b"application/problem+json" in answer


async def test_unknown_expectation_on_an_unknown_path_is_a_problem_too(raw: Any) -> None:
    answer = await raw(b"GET /nothing HTTP/1.1\r\nHost: a\r\nExpect: wonders\r\nConnection: close\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 417 ")
    assert b"application/problem+json" in answer


async def test_continue_is_sent_where_it_is_asked_for(client: Any, broker: Any) -> None:
    broker.sessions.connect("CP1")
    body = {"action": "ClearCache", "payload": {}}
    status, answer = await client.json("POST", "/api/v1/stations/CP1/calls", json=body, expect100=True)
    assert (status, answer) == (200, {"result": {"status": "Accepted"}})


async def test_plugin_routes_need_a_token_and_may_fail(client: Any, broker: Any, admin: Any) -> None:
    """Routes of plugins stand behind the same tokens; their faults are cut like ours."""

    async def show(request: web.Request) -> web.Response:
        return web.Response(text=request.match_info["what"])

    async def fail(request: web.Request) -> web.Response:
        raise KeyError("plugin's inside")

    async def refuse(request: web.Request) -> web.Response:
        raise web.HTTPConflict(text="plugin's text")

    async def move(request: web.Request) -> web.Response:
        raise web.HTTPFound("/healthz")

    class View(web.View):
        async def get(self) -> web.Response:
            return web.Response(text="view")

    broker.plugins.rows = {
        "mine": [
            web.get("/show/{what}", show),
            web.post("/do", fail),
            web.get("/refuse", refuse),
            web.get("/move", move),
            web.view("/view", View),
            web.get("relative", show),
            "no route",
            web.get("/show/{what}", show),
        ]
    }
    admin.swap(await admin.prepare(broker.config, broker.plugins))
    assert (await client.json("GET", "/plugins/mine/show/it", None))[0] == 401
    async with client.ask("GET", "/plugins/mine/show/it", "viewer") as response:
        assert (response.status, await response.text()) == (200, "it")
    assert (await client.json("POST", "/plugins/mine/do", "viewer"))[0] == 403
    status, body = await client.json("POST", "/plugins/mine/do", "operator")
    assert (status, "inside" in str(body)) == (500, False)
    status, body = await client.json("GET", "/plugins/mine/refuse")
    assert (status, body) == (409, {"type": "about:blank", "title": "Conflict", "status": 409})
    async with client.ask("GET", "/plugins/mine/move", allow_redirects=False) as response:
        assert (response.status, response.headers["Location"]) == (302, "/healthz")
    async with client.ask("GET", "/plugins/mine/view") as response:
        assert await response.text() == "view"


async def test_every_guarded_operation_refuses_without_a_token(client: Any) -> None:
    for operation in OPERATIONS:
        if operation.role is not None:
            status, body = await client.json(operation.method, path_of(operation.path), None)
            assert (status, body["type"]) == (401, "/api/v1/problems/unauthorized")


async def test_every_problem_kind_can_be_looked_up(client: Any) -> None:
    for name, kind in KINDS.items():
        status, body = await client.json("GET", f"/api/v1/problems/{name}", None)
        assert (status, body["title"], body["status"]) == (200, kind.title, kind.status)
    assert (await client.json("GET", "/api/v1/problems/nonsense", None))[0] == 404
