"""What aiohttp's parser refuses, and what may be logged of it."""

import asyncio

import pytest
import structlog
from door_kit import LAB, connect, handshake, hang_up, house, status

SECRET = "Q1AwMDE6Y2FuYXJ5LWNhbmFyeQ=="


@pytest.mark.parametrize(
    "data",
    [
        b"GET /ocpp/CP001 HTTP/1.1\r\nHost: x\r\nAuthorization: Basic \x01" + SECRET.encode() + b"\r\n\r\n",
        b"GET /ocpp/CP001 HTTP/1.1\r\nHost: x\r\nAuthorization: Basic " + SECRET.encode() + b"\r\nbad line\r\n\r\n",
        b"GET /ocpp/CP001 HTTP/1.1\r\nHost: x\r\nAuthorization: x\r\n " + SECRET.encode() + b"\x01\r\n\r\n",
        b"GET /ocpp/CP 1?password=" + SECRET.encode() + b" HTTP/1.1\r\nHost: x\r\n\r\n",
    ],
)
async def test_a_header_is_never_logged_since_it_may_be_a_credential(data):
    async with house(LAB) as h:
        with structlog.testing.capture_logs() as logs:
            assert await status(h.port, data) == 400
        (line,) = logs
        assert line["reason"] == "not_websocket"
        assert line["detail"].startswith("HTTP parse error: ")
        assert "Q1Aw" not in str(logs)


async def test_headers_in_two_packets_do_not_leak_either():
    async with house(LAB) as h:
        with structlog.testing.capture_logs() as logs:
            reader, writer = await asyncio.open_connection("127.0.0.1", h.port)
            writer.write(b"GET /ocpp/CP001 HTTP/1.1\r\nHost: x\r\nAuthorization: Basic Q1Aw")
            await asyncio.sleep(0.02)
            writer.write(SECRET[4:].encode() + b"\x01\r\n\r\n")
            assert b" 400 " in await reader.readline()
            await hang_up(writer)
        assert SECRET[4:] not in str(logs)
        assert len(logs) == 1


async def test_tls_on_a_plain_listener_is_said():
    async with house(LAB) as h:
        with structlog.testing.capture_logs() as logs:
            answer = await connect(h.port, b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03")
            assert answer.status == 400
            await answer.close()
        assert "HTTPS" in logs[0]["detail"]


async def test_garbage_is_400_and_the_log_line_stays_short():
    async with house(LAB) as h:
        with structlog.testing.capture_logs() as logs:
            assert await status(h.port, b"\x00" * 2000 + b"\r\n\r\n") == 400
            assert await status(h.port, handshake(first="X" * 3000)) == 400
        assert all(len(line["detail"]) <= 200 for line in logs)
        assert h.refused("not_websocket") == 2
