import asyncio
import errno
from contextlib import asynccontextmanager

import pytest
from chaos_proxy import HALF_OPEN, HANG, LATENCY, MODES, RESET, SLICES, FaultProxy

REQUEST = b"GET /ocpp/%s HTTP/1.1\r\n\r\n"


class Echo:
    """A server that says back what it hears, and keeps the pieces in which it came."""

    def __init__(self):
        self.pieces = []
        self.errors = []
        self.ended = asyncio.Event()

    async def serve(self, reader, writer):
        try:
            while data := await reader.read(65536):
                self.pieces.append(data)
                writer.write(data)
        except OSError as error:
            self.errors.append(error.errno)
        self.ended.set()
        writer.close()


@asynccontextmanager
async def proxied():
    echo = Echo()
    server = await asyncio.start_server(echo.serve, "127.0.0.1", 0)
    proxy = FaultProxy(server.sockets[0].getsockname()[1])
    await proxy.start()
    try:
        yield proxy, echo
    finally:
        await proxy.stop()
        server.close()
        await server.wait_closed()


@asynccontextmanager
async def dialled(proxy, identity="A"):
    """A connection that has sent its request line and got it back, if nothing is in the way."""
    reader, writer = await asyncio.open_connection("127.0.0.1", proxy.port)
    writer.write(REQUEST % identity.encode())
    try:
        yield reader, writer
    finally:
        writer.close()


async def greeted(reader, identity="A"):
    assert await within(reader.readexactly(len(REQUEST % identity.encode()))) == REQUEST % identity.encode()


async def within(awaitable):
    async with asyncio.timeout(5):
        return await awaitable


async def stays_silent(reader):
    """Nothing comes, though there is time enough for it."""
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.1):
            await reader.readexactly(1)


async def test_bytes_pass_in_both_directions():
    async with proxied() as (proxy, _), dialled(proxy) as (reader, writer):
        await greeted(reader)
        writer.write(bytes(range(256)) * 4096)
        assert await within(reader.readexactly(1 << 20)) == bytes(range(256)) * 4096


async def test_the_end_of_one_side_is_the_end_of_the_other():
    async with proxied() as (proxy, echo):
        async with dialled(proxy) as (reader, _):
            await greeted(reader)
        await within(echo.ended.wait())
        assert echo.errors == []
        assert not proxy.pairs


async def test_a_connection_to_nobody_is_reset():
    async with proxied() as (proxy, _):
        closed = await asyncio.start_server(lambda *_: None, "127.0.0.1", 0)
        proxy.target = closed.sockets[0].getsockname()[1]
        closed.close()
        async with dialled(proxy) as (reader, _):
            with pytest.raises(ConnectionResetError):
                await within(reader.readexactly(1))
        assert not proxy.pairs


async def test_identities_are_decoded_and_hit_by_name():
    async with proxied() as (proxy, _), dialled(proxy, "A%2F1") as (reader, _), dialled(proxy, "B") as (other, _):
        await greeted(reader, "A%2F1")
        await greeted(other, "B")
        assert proxy.begin("one", HANG, {"A/1", "C"}) == {"A/1"}
        assert proxy.begin("all", LATENCY) == {"A/1", "B"}


async def test_a_hang_holds_everything_and_loses_nothing():
    async with proxied() as (proxy, echo), dialled(proxy) as (reader, writer):
        await greeted(reader)
        proxy.begin("fault", HANG)
        writer.write(b"held")
        await stays_silent(reader)
        assert echo.pieces == [REQUEST % b"A"]
        proxy.end("fault")
        assert await within(reader.readexactly(4)) == b"held"


async def test_a_hang_takes_connections_that_come_while_it_lasts():
    async with proxied() as (proxy, echo):
        proxy.begin("fault", HANG, {"A"})
        async with dialled(proxy) as (reader, _), dialled(proxy, "B") as (other, _):
            await greeted(other, "B")
            await stays_silent(reader)
            proxy.end("fault")
            await greeted(reader)
        assert sorted(echo.pieces) == [REQUEST % b"A", REQUEST % b"B"]


async def test_a_half_open_connection_swallows_bytes_and_tells_nobody_of_the_end():
    async with proxied() as (proxy, echo), dialled(proxy) as (reader, writer):
        await greeted(reader)
        proxy.begin("fault", HALF_OPEN)
        writer.write(b"lost")
        await stays_silent(reader)
        writer.close()
        await asyncio.sleep(0.05)
        assert not echo.ended.is_set()
        proxy.end("fault")
        await within(echo.ended.wait())
        assert echo.pieces == [REQUEST % b"A"]
        assert echo.errors == [errno.ECONNRESET]


async def test_a_reset_reaches_both_ends():
    async with proxied() as (proxy, echo), dialled(proxy) as (reader, _):
        await greeted(reader)
        proxy.begin("fault", RESET)
        with pytest.raises(ConnectionResetError):
            await within(reader.readexactly(1))
        await within(echo.ended.wait())
        assert echo.errors == [errno.ECONNRESET]
        assert not proxy.pairs


async def test_a_reset_spares_those_that_come_afterwards():
    async with proxied() as (proxy, _):
        proxy.begin("fault", RESET)
        async with dialled(proxy) as (reader, _):
            await greeted(reader)


async def test_slices_are_single_bytes_in_order():
    async with proxied() as (proxy, _), dialled(proxy) as (reader, writer):
        await greeted(reader)
        proxy.begin("fault", SLICES)
        written = []
        pair = next(iter(proxy.pairs))
        transport, pair.server.transport = pair.server.transport, Writes(written)
        pair.server.take(b"sliced" + bytes(4096))
        pair.server.transport = transport
        assert written[:6] == [b"s", b"l", b"i", b"c", b"e", b"d"]
        assert b"".join(written) == b"sliced" + bytes(4096)
        writer.write(b"through")
        assert await within(reader.readexactly(7)) == b"through"


class Writes:
    def __init__(self, written):
        self._written = written

    def write(self, data):
        self._written.append(bytes(data))


async def test_latency_delays_and_keeps_the_order_when_it_ends():
    async with proxied() as (proxy, echo), dialled(proxy) as (reader, writer):
        await greeted(reader)
        proxy.begin("fault", LATENCY, delay=30.0)
        writer.write(b"first ")
        await stays_silent(reader)
        assert echo.pieces == [REQUEST % b"A"]
        proxy.end("fault")
        writer.write(b"second")
        assert await within(reader.readexactly(12)) == b"first second"


async def test_latency_ends_by_itself_for_each_piece():
    async with proxied() as (proxy, _), dialled(proxy) as (reader, writer):
        await greeted(reader)
        proxy.begin("fault", LATENCY, delay=0.02)
        writer.write(b"later")
        assert await within(reader.readexactly(5)) == b"later"


@pytest.mark.parametrize("mode", [mode for mode in MODES if mode != RESET])
async def test_faults_may_overlap_and_the_remaining_one_stays(mode):
    async with proxied() as (proxy, _), dialled(proxy) as (reader, _):
        await greeted(reader)
        proxy.begin("stays", mode)
        proxy.begin("ends", HANG)
        proxy.end("ends")
        pair = next(iter(proxy.pairs))
        assert pair.mode == mode


async def test_stopping_ends_what_is_open():
    async with proxied() as (proxy, _), dialled(proxy) as (reader, _):
        await greeted(reader)
        await proxy.stop()
        with pytest.raises(ConnectionResetError):
            await within(reader.readexactly(1))
