"""Connections that are no HTTP, come late, or are too many."""

import asyncio
import json
from typing import Any

import pytest

from broker.config.operations import Limits
from broker.server.admin import AdminServer, connection

GARBAGE = [
    b"garbage\r\n\r\n",
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    b"GET / HTTP/9.9\r\n\r\n",
    b"GET /\x00 HTTP/1.1\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: a\r\nBad Header: x\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: a\r\nX: " + b"x" * 20_000 + b"\r\n\r\n",
    b"POST /api/v1/reload HTTP/1.1\r\nHost: a\r\nContent-Length: nonsense\r\n\r\n",
    b"POST /api/v1/reload HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
]


@pytest.mark.parametrize("data", GARBAGE, ids=lambda data: repr(data[:30]))
async def test_what_is_no_http_is_400_as_a_problem(raw: Any, client: Any, data: bytes) -> None:
    head, _, body = (await raw(data)).partition(b"\r\n\r\n")
    assert head.split(b" ", 2)[1] == b"400"
    assert b"application/problem+json" in head
    assert json.loads(body)["type"] == "/api/v1/problems/bad-request"
    assert (await client.json("GET", "/healthz"))[0] == 200


async def test_a_request_that_does_not_come_is_not_waited_for(broker: Any, tmp_path: Any, make_config: Any) -> None:
    broker.config = make_config(tmp_path, limits=Limits(header_timeout=0.05))
    admin = AdminServer(broker)
    await admin.start()
    try:
        reader, writer = await asyncio.open_connection("127.0.0.1", admin.port)
        writer.write(b"GET /healthz HTTP/1.1\r\nHost:")
        async with asyncio.timeout(10):
            assert await reader.read() == b""
        writer.close()
    finally:
        await admin.stop()


async def test_more_connections_than_allowed_are_closed(
    admin: AdminServer, client: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "MAX_CONNECTIONS", 1)
    _, first = await asyncio.open_connection("127.0.0.1", admin.port)
    await asyncio.sleep(0)
    reader, second = await asyncio.open_connection("127.0.0.1", admin.port)
    async with asyncio.timeout(10):
        assert await reader.read() == b""
    for writer in (first, second):
        writer.close()


async def test_pipelined_requests_are_answered_in_order(raw: Any) -> None:
    one = b"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n"
    answer = await raw(one + b"GET /nothing HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
    assert [part.split(b" ", 1)[0] for part in answer.split(b"HTTP/1.1 ")[1:]] == [b"200", b"404"]
