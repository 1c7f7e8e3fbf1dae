"""A connection of the file endpoint: its deadlines, and how far its bytes have got."""

import asyncio
import socket
import struct

import pytest
from aiohttp import web
from endpoint_kit import endpoint, hang_up, until

from broker.server.files.connection import CHUNK, Connection, Server

LIMIT = 0.1


class Place:
    """A server whose handler writes `count` bytes and waits for them to arrive."""

    def __init__(self, count, timeout=5.0):
        self.count, self.timeout = count, timeout
        self.arrived = None
        self.server = Server(self.handle)

    async def handle(self, request):
        response = web.StreamResponse()
        response.content_length = self.count
        await response.prepare(request)
        request.protocol.request_arrived()
        await response.write(bytes(self.count))
        try:
            self.arrived = await request.protocol.arrived(self.timeout)
        except TimeoutError:
            self.arrived = "late"
        return response

    async def __aenter__(self):
        loop = asyncio.get_running_loop()
        make = lambda: Connection(self.server, header_timeout=5.0, on_lost=lambda: None)  # noqa: E731
        self.listening = await loop.create_server(make, "127.0.0.1", 0)
        self.sock = socket.socket()
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        self.sock.setblocking(False)
        await loop.sock_connect(self.sock, self.listening.sockets[0].getsockname())
        await loop.sock_sendall(self.sock, b"GET / HTTP/1.1\r\nHost: h\r\n\r\n")
        return self

    async def __aexit__(self, *_):
        self.sock.close()
        self.listening.close()
        await self.server.shutdown(1.0)

    async def read(self, count=None):
        """So many bytes, or all to the end of the connection or of what there is."""
        found = 0
        while count is None or found < count:
            data = await asyncio.get_running_loop().sock_recv(self.sock, min(65536, (count or 10**9) - found))
            if not data:
                break
            found += len(data)


async def test_what_was_read_has_arrived():
    async with Place(100_000) as place:
        await place.read(100_000)
        await until(lambda: place.arrived is True)


async def test_what_waits_in_a_buffer_has_not():
    async with Place(50_000) as place:
        await asyncio.sleep(0.2)
        assert place.arrived is None
        await place.read(50_000)
        await until(lambda: place.arrived is True)


async def test_a_connection_that_is_killed_has_not_got_the_rest():
    async with Place(50_000) as place:
        await place.read(500)
        place.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        place.sock.close()
        await until(lambda: place.arrived is not None)
        assert place.arrived is False


async def test_nor_has_one_that_says_goodbye_too_early():
    async with Place(50_000) as place:
        await place.read(500)
        place.sock.shutdown(socket.SHUT_WR)
        await until(lambda: place.arrived is not None)
        assert place.arrived is False


async def test_one_that_says_goodbye_with_everything_has_got_it():
    async with Place(1000) as place:
        await place.read(1000)
        place.sock.shutdown(socket.SHUT_WR)
        await until(lambda: place.arrived is not None)
        assert place.arrived is True


@pytest.mark.parametrize(("unread", "arrived"), [(0, True), (1, False), (None, False)])
async def test_a_connection_that_ended_between_two_looks(unread, arrived):
    """Its last bytes count if the station had taken them when it said goodbye."""
    connection = Connection(Place(0).server, header_timeout=5.0, on_lost=lambda: None)
    connection.unread_at_end = unread
    assert await connection.arrived(5.0) is arrived


async def test_no_progress_is_too_late():
    async with Place(50_000, timeout=LIMIT) as place:
        await until(lambda: place.arrived == "late")


async def test_slow_progress_is_waited_for():
    """The deadline is for a chunk, not for all that the system has in its buffers."""
    async with Place(CHUNK * 8, timeout=0.5) as place:
        for _ in range(8):
            await place.read(CHUNK)
            await asyncio.sleep(0.1)
        await until(lambda: place.arrived is not None)
        assert place.arrived is True


async def test_a_byte_now_and_then_is_no_progress():
    async with Place(CHUNK * 8, timeout=0.3) as place:
        async with asyncio.timeout(10):
            while place.arrived is None:
                await place.read(2000)
                await asyncio.sleep(0.05)
        assert place.arrived == "late"


@pytest.mark.parametrize("sent", [b"", b"GET / HTTP/1.1\r\nHost:"])
async def test_a_request_that_does_not_come_is_not_waited_for(tmp_path, firmware, sent):
    async with endpoint(tmp_path, limits={"header_timeout": LIMIT}) as one:
        reader, writer = await one.connect()
        writer.write(sent)
        assert await reader.read() == b""


async def test_the_deadline_ends_with_the_request(tmp_path, firmware):
    async with endpoint(tmp_path, limits={"header_timeout": LIMIT}) as one:
        reader, writer = await one.connect()
        url = one.expect()
        writer.write(f"PUT /{url[-40:]} HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\n".encode())
        await asyncio.sleep(LIMIT * 3)
        writer.write(b"hello")
        assert await reader.readline() == b"HTTP/1.1 200 OK\r\n"
        await hang_up(writer)
