"""GET /api/v1/events."""

import asyncio
import json
from typing import Any

import aiohttp
import pytest

from broker.server.admin import hub


class Stream:
    """Reads server-sent events one by one."""

    def __init__(self, response: aiohttp.ClientResponse) -> None:
        self.content = response.content

    async def block(self) -> list[str]:
        lines: list[str] = []
        async with asyncio.timeout(10):
            while (line := (await self.content.readline()).decode()) not in ("\n", ""):
                lines.append(line.rstrip("\n"))
        return lines

    async def event(self) -> dict[str, Any]:
        while True:
            lines = await self.block()
            assert lines, "the stream has ended"
            if not lines[0].startswith(":"):
                assert [line.partition(":")[0] for line in lines] == ["id", "event", "data"]
                value: dict[str, Any] = json.loads(lines[2].removeprefix("data: "))
                return value


async def test_messages_come_as_they_pass(client: Any, broker: Any) -> None:
    async with client.ask("GET", "/api/v1/events", "viewer") as response:
        stream = Stream(response)
        assert response.headers["Content-Type"] == "text/event-stream"
        assert await stream.block() == [": watching"]
        broker.plugins.passes("CP1", "Heartbeat", b'{ "a":\n1.50 }', peer="main")
        event = await stream.event()
        assert event == {
            "kind": "call",
            "at": 1.5,
            "identity": "CP1",
            "version": "ocpp1.6",
            "direction": "from_station",
            "peer": "main",
            "action": "Heartbeat",
            "message_id": "7",
            "outcome": "",
            "payload": {"a": 1.5},
        }


async def test_filters(client: Any, broker: Any) -> None:
    """By identity and action, both exact; an identity may hold anything."""
    path = "/api/v1/events?identity=a%2Fb%20%26c&action=Heartbeat"
    async with client.ask("GET", path) as response:
        stream = Stream(response)
        await stream.block()
        broker.plugins.passes("other", "Heartbeat")
        broker.plugins.passes("a/b &c", "BootNotification")
        broker.plugins.passes("a/b &c", "Heartbeat", message_id="9")
        assert (await stream.event())["message_id"] == "9"


@pytest.mark.parametrize("query", ["identiy=CP1", "identity=", "identity=A&identity=B", "x=1"])
async def test_a_wrong_filter_is_400(client: Any, broker: Any, query: str) -> None:
    status, body = await client.json("GET", f"/api/v1/events?{query}")
    assert (status, body["type"]) == (400, "/api/v1/problems/bad-request")
    assert broker.plugins.observers == []


async def test_nobody_watching_costs_nothing(client: Any, broker: Any) -> None:
    """One observer however many clients; none after the last has gone."""
    assert broker.plugins.observers == []
    async with client.ask("GET", "/api/v1/events") as one, client.ask("GET", "/api/v1/events") as two:
        await Stream(one).block()
        await Stream(two).block()
        assert len(broker.plugins.observers) == 1
    async with asyncio.timeout(10):
        while broker.plugins.observers:
            await asyncio.sleep(0.01)


async def test_a_silent_stream_has_heartbeats(client: Any) -> None:
    async with client.ask("GET", "/api/v1/events") as response:
        stream = Stream(response)
        assert [await stream.block() for _ in range(3)] == [[": watching"], [": heartbeat"], [": heartbeat"]]


async def test_a_slow_client_is_let_go(admin: Any, client: Any, broker: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """It never holds more than its share of memory, and the others notice nothing."""
    monkeypatch.setattr(hub, "MAX_BYTES", 200_000)
    reader, writer = await asyncio.open_connection("127.0.0.1", admin.port, limit=1024)
    writer.write(b"GET /api/v1/events HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer viewer-token-0123456789\r\n\r\n")
    await reader.readuntil(b": watching\n\n")
    writer.transport.pause_reading()  # type: ignore[attr-defined]
    async with client.ask("GET", "/api/v1/events?action=Heartbeat") as response:
        stream = Stream(response)
        await stream.block()
        async with asyncio.timeout(20):
            while len(admin._hub._clients) > 1:
                broker.plugins.passes("CP1", "DataTransfer", b'{"data":"%b"}' % (b"x" * 50_000))
                await asyncio.sleep(0)
        broker.plugins.passes("CP1", "Heartbeat")
        assert (await stream.event())["action"] == "Heartbeat"
    writer.transport.abort()


async def test_too_many_streams(client: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hub, "MAX_CLIENTS", 1)
    async with client.ask("GET", "/api/v1/events") as response:
        await Stream(response).block()
        async with client.ask("GET", "/api/v1/events") as second:
            assert (second.status, second.headers["Retry-After"]) == (503, "30")


async def test_a_stream_ends_when_the_listener_stops(client: Any, admin: Any, broker: Any) -> None:
    async with client.ask("GET", "/api/v1/events") as response:
        await Stream(response).block()
        await admin.stop()
        async with asyncio.timeout(10):
            await response.read()
    assert broker.plugins.observers == []


async def test_a_stream_follows_the_plugins_of_a_reload(client: Any, broker: Any) -> None:
    async with client.ask("GET", "/api/v1/events") as response:
        stream = Stream(response)
        await stream.block()
        old, broker.plugins = broker.plugins, type(broker.plugins)()
        async with asyncio.timeout(10):
            while not broker.plugins.observers:
                await asyncio.sleep(0.01)
        assert old.observers == []
        broker.plugins.passes("CP1", "Heartbeat")
        assert (await stream.event())["action"] == "Heartbeat"


async def test_secrets_are_masked_in_the_stream(client: Any, broker: Any) -> None:
    async with client.ask("GET", "/api/v1/events") as response:
        stream = Stream(response)
        await stream.block()
        broker.plugins.passes("CP1", "ChangeConfiguration", b'{"key":"AuthorizationKey","value":"70617373"}')
        assert (await stream.event())["payload"] == {"key": "AuthorizationKey", "value": "**********"}
