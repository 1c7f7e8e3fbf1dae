"""Bodies: size, time, and what comes broken."""

import asyncio
from typing import Any

import pytest

from broker.config.operations import Limits
from broker.server.admin import AdminServer, query

PATH = "/api/v1/stations/CP1/calls"
HEAD = b"POST /api/v1/stations/CP1/calls HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer admin-token-0123456789\r\n"


@pytest.fixture
def broker(broker: Any, tmp_path: Any, make_config: Any) -> Any:
    broker.config = make_config(tmp_path, limits=Limits(message_bytes=1024))
    return broker


async def test_a_large_body_is_413_before_it_is_read(raw: Any) -> None:
    answer = await raw(HEAD + b"Content-Type: application/json\r\nContent-Length: 99999999\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 413 ")
    assert b"/api/v1/problems/too-large" in answer


async def test_a_large_chunked_body_is_413(client: Any) -> None:
    async def chunks() -> Any:
        for _ in range(100):
            yield b" " * 1000

    status, body = await client.json("POST", PATH, data=chunks(), headers={"Content-Type": "application/json"})
    assert (status, body["type"]) == (413, "/api/v1/problems/too-large")


async def test_a_body_as_large_as_a_message_is_taken(client: Any, broker: Any) -> None:
    session = broker.sessions.connect("CP1")
    body = {"action": "Any", "payload": {"data": "x" * 1000}, "validate": False}
    assert (await client.json("POST", PATH, json=body))[0] == 200
    assert len(session.calls) == 1


async def test_a_body_that_does_not_come_is_408(raw: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(query, "BODY_SECONDS", 0.05)
    answer = await raw(HEAD + b'Content-Type: application/json\r\nContent-Length: 50\r\n\r\n{"action"')
    assert answer.startswith(b"HTTP/1.1 408 ")
    assert b"/api/v1/problems/request-timeout" in answer


async def test_a_client_that_leaves_in_the_body_harms_nobody(admin: AdminServer, client: Any) -> None:
    _, writer = await asyncio.open_connection("127.0.0.1", admin.port)
    writer.write(HEAD + b"Content-Type: application/json\r\nContent-Length: 50\r\n\r\n{")
    await writer.drain()
    writer.transport.abort()
    assert (await client.json("GET", "/healthz"))[0] == 200


async def test_a_broken_chunk_is_400(raw: Any) -> None:
    answer = await raw(
        HEAD + b"Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n"
    )
    assert answer.split(b" ", 2)[1] == b"400"


async def test_absolute_form_of_the_target(raw: Any, broker: Any) -> None:
    """RFC 9112 3.2.2: a server takes it also from who is no proxy."""
    broker.sessions.connect("a/b")
    target = b"GET http://admin.example/api/v1/stations/a%2Fb HTTP/1.1\r\nHost: admin.example\r\nConnection: close\r\n"
    answer = await raw(target + b"Authorization: Bearer viewer-token-0123456789\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 200 ")
    assert b'"identity":"a/b"' in answer
