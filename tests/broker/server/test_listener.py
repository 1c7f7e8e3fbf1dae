"""What happens before there is a request: limits, deadlines, half handshakes, stopping."""

import asyncio
import socket

import structlog
from door_kit import CP001, LAB, basic, connect, eventually, handshake, hang_up, house, status

STATION = {"identity": "CP001"}


async def test_slowloris_without_a_byte_is_answered_408_and_closed():
    async with house(LAB, stations=[STATION], limits={"header_timeout": 0.05}) as h:
        reader, writer = await asyncio.open_connection("127.0.0.1", h.port)
        assert (await reader.read()).startswith(b"HTTP/1.1 408 ")
        await hang_up(writer)
        assert (h.limits("header_timeout"), h.refused("handshake_timeout")) == (1, 1)


async def test_slowloris_byte_by_byte_is_closed_all_the_same():
    async with house(LAB, stations=[STATION], limits={"header_timeout": 0.1}) as h:
        reader, writer = await asyncio.open_connection("127.0.0.1", h.port)
        answer = asyncio.ensure_future(reader.read())
        for byte in handshake()[:-1]:
            if answer.done():
                break
            writer.write(bytes([byte]))
            await asyncio.sleep(0.005)
        await asyncio.wait([answer])  # the 408, or a reset, since bytes were still on their way
        assert isinstance(answer.exception(), ConnectionError) or answer.result().startswith(b"HTTP/1.1 408 ")
        assert h.limits("header_timeout") == 1
        assert not h.sessions.asked
        await hang_up(writer)


async def test_slowloris_in_the_tls_handshake_is_closed(shared_pki):
    async with house(shared_pki.listener(), limits={"handshake_timeout": 0.1}) as h:
        for sent in (b"", b"\x16\x03\x01\x02\x00\x01"):
            reader, writer = await asyncio.open_connection("127.0.0.1", h.port)
            writer.write(sent)
            assert await reader.read() == b""
            await hang_up(writer)
        await eventually(lambda: h.refused("handshake_timeout") == 2)
        assert h.limits("handshake_timeout") == 2


async def test_slowloris_behind_tls_is_closed(shared_pki):
    async with house(shared_pki.listener(), limits={"header_timeout": 0.1}) as h:
        reader, writer = await asyncio.open_connection(
            "127.0.0.1", h.port, ssl=shared_pki.client(), server_hostname="localhost"
        )
        writer.write(b"GET /ocpp/CP001 HTTP/1.1\r\n")
        assert (await reader.read()).startswith(b"HTTP/1.1 408 ")
        assert h.limits("header_timeout") == 1
        await hang_up(writer)


async def test_the_deadlines_end_with_the_handshake():
    async with house(LAB, stations=[STATION], limits={"header_timeout": 0.3, "handshake_timeout": 0.3}) as h:
        answer = await connect(h.port)
        await asyncio.sleep(0.4)
        assert await answer.echo() == "hello"
        assert h.refused("handshake_timeout") == 0
        await answer.close()


async def test_a_connection_that_says_nothing_and_leaves_is_nothing():
    async with house(LAB) as h:
        with structlog.testing.capture_logs() as logs:
            _, writer = await asyncio.open_connection("127.0.0.1", h.port)
            await eventually(lambda: h.listeners.all[0].connections)
            await hang_up(writer)
            await eventually(lambda: not h.listeners.all[0].connections)
        assert logs == []


async def test_connections_of_one_address_are_limited_and_others_get_in():
    async with house(LAB, stations=[STATION], limits={"connections_per_address": 2}) as h:
        held = [await connect(h.port) for _ in range(2)]
        answer = await connect(h.port, b"")
        assert (answer.status, answer.headers["retry-after"]) == (503, "30")
        await answer.close()
        assert (h.limits("connections_per_address"), h.refused("connections_per_address")) == (1, 1)
        assert await status_from("127.0.0.2", h.port) == 101
        for one in held:
            assert await one.echo() == "hello"
        await held[0].close()
        await eventually(lambda: h.listeners.all[0].connections < 2)
        assert await status(h.port) == 101
        await held[1].close()


async def status_from(address, port):
    """The status of a handshake that comes from another address of the loopback network."""
    sock = socket.create_connection(("127.0.0.1", port), source_address=(address, 0))
    reader, writer = await asyncio.open_connection(sock=sock)
    writer.write(handshake())
    head = await reader.readuntil(b"\r\n")
    await hang_up(writer)
    return int(head.split()[1])


async def test_the_limit_counts_connections_that_are_not_through_with_tls(shared_pki):
    async with house(shared_pki.listener([2]), stations=[CP001], limits={"connections_per_address": 1}) as h:
        _, idle = await asyncio.open_connection("127.0.0.1", h.port)
        reader, writer = await asyncio.open_connection("127.0.0.1", h.port)
        assert await reader.read() == b""
        await hang_up(writer)
        assert h.refused("connections_per_address") == 1
        await hang_up(idle)
        await eventually(lambda: h.refused("tls") == 1)
        auth = basic("CP001", "a-good-password-1")
        assert await status(h.port, handshake(auth=auth), tls=shared_pki.client(), name="localhost") == 101


async def test_every_way_out_gives_the_address_its_place_back(shared_pki):
    limits = {"connections_per_address": 1, "header_timeout": 0.05, "handshake_timeout": 0.2}
    secure = shared_pki.listener()
    async with house(LAB, secure, stations=[CP001], limits=limits) as h:
        plain, tls = h.listeners.ports["lab"], h.listeners.ports["secure"]
        addresses = h.listeners._addresses
        for port, data in [
            (plain, handshake("/nowhere")), (plain, b"nonsense\r\n\r\n"), (plain, b""), (plain, b"GET /x"),
            (tls, handshake()), (tls, b"\x16\x03\x01\x02\x00\x01"), (tls, b""), (plain, handshake()),
        ]:  # fmt: skip
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(data)
            await reader.read()
            await hang_up(writer)
            await eventually(lambda: not len(addresses))
        _, writer = await asyncio.open_connection("127.0.0.1", plain)
        writer.transport.abort()
        await eventually(lambda: not len(addresses))
        assert h.refused("connections_per_address") == 0


async def test_half_a_handshake_and_gone_hurts_nobody():
    async with house(LAB, stations=[STATION]) as h:
        other = await connect(h.port)
        for cut in (1, 20, 60, len(handshake()) - 1):
            _, writer = await asyncio.open_connection("127.0.0.1", h.port)
            writer.write(handshake()[:cut])
            await writer.drain()
            await hang_up(writer)
        await eventually(lambda: h.listeners.all[0].connections == 1)
        assert await other.echo() == "hello"
        await other.close()


async def test_oversize_headers_and_lines_are_400():
    async with house(LAB, stations=[STATION]) as h:
        assert await status(h.port, handshake("/ocpp/" + "x" * 10_000)) == 400
        assert await status(h.port, handshake(extra=["X-Long: " + "x" * 10_000])) == 400
        assert await status(h.port, handshake(extra=[f"X-{n}: 1" for n in range(200)])) == 400
        assert h.refused("not_websocket") == 3


async def test_a_request_body_is_not_waited_for():
    async with house(LAB) as h:
        data = handshake(first="POST / HTTP/1.1", without=["Upgrade"], extra=["Content-Length: 1000000"])
        answer = await connect(h.port, data)
        assert answer.status == 426
        await answer.reader.read()
        await answer.close()


async def test_only_the_first_request_of_a_connection_is_answered():
    async with house(LAB, stations=[STATION]) as h:
        answer = await connect(h.port, handshake("/nowhere") + handshake())
        assert answer.status == 404
        assert b"101" not in await answer.reader.read()
        await answer.close()
        assert not h.sessions.served


async def test_stop_accepting_keeps_sessions_and_frees_the_port():
    async with house(LAB, stations=[STATION]) as h:
        answer = await connect(h.port)
        h.listeners.stop_accepting()
        with socket.socket() as again:
            again.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            again.bind(("127.0.0.1", h.port))
        assert await answer.echo() == "hello"
        await answer.close()


async def test_close_ends_handshakes_and_sessions(shared_pki):
    async with house(LAB, shared_pki.listener(), stations=[STATION]) as h:
        answer = await connect(h.listeners.ports["lab"])
        reader, writer = await asyncio.open_connection("127.0.0.1", h.listeners.ports["secure"])
        await eventually(lambda: len(h.listeners._addresses) and h.listeners._addresses.held("127.0.0.1") == 2)
        await h.listeners.close(0.05)
        assert await reader.read() == b""
        frame = await answer.frame()
        assert frame is None or frame[0] == 0x88
        await hang_up(writer)
        await answer.close()


async def test_a_storm_of_connections_is_served(shared_pki):
    async with house(shared_pki.listener([2]), stations=[CP001]) as h:
        data, client = handshake(auth=basic("CP001", "a-good-password-1")), shared_pki.client()
        codes = await asyncio.gather(*(status(h.port, data, tls=client, name="localhost") for _ in range(100)))
        assert codes == [101] * 100


async def test_ipv6():
    async with house({**LAB, "bind": "[::1]:0"}, stations=[STATION]) as h:
        assert await status(h.port, host="::1") == 101
        assert h.sessions.served[0].remote == "::1"


async def test_tls_buffers_are_small_on_asyncio(shared_pki):
    async with house(shared_pki.listener()):
        assert asyncio.sslproto.SSLProtocol.max_size == 32 * 1024
