"""The sockets of the file endpoint: TLS, limits of connections, stopping."""

import asyncio
import socket
import ssl

import pytest
from endpoint_kit import endpoint, hang_up, target, until
from structlog.testing import capture_logs

from broker.config.files import Files
from broker.config.operations import Limits
from broker.server.files import listening
from broker.server.files.listening import Listening

CONTENT = bytes(range(256)) * 12_000


def tls(pki):
    """The section `tls`, and a client's context."""
    pair = pki.listener()["tls"]["certificates"]
    return {"tls": {"certificates": pair}}, pki.client()


@pytest.fixture
def secure(files_pki):
    return tls(files_pki)


async def test_files_over_tls_both_ways(tmp_path, firmware, secure):
    settings, context = secure
    async with endpoint(tmp_path, client_tls=context, url=None, **settings) as one:
        assert one.files.url == f"https://127.0.0.1:{one.files.port}"
        url = one.offer().replace("127.0.0.1", "localhost")
        assert await one.fetch(url, Range="bytes=1000-") == (206, CONTENT[1000:])
        assert await one.fetch(url) == (200, CONTENT)
        await until(lambda: one.done)
        upload = one.expect().replace("127.0.0.1", "localhost")
        assert await one.bring(upload, CONTENT[:500_000]) == 200
        assert list(one.stored().values()) == [CONTENT[:500_000]]
        assert set(one.files.expiries()) == {
            f"files:certificate_{n + 1}" for n in range(len(settings["tls"]["certificates"]))
        }


async def test_a_station_that_is_killed_under_tls(tmp_path, firmware, secure):
    settings, context = secure
    async with endpoint(tmp_path, client_tls=context, **settings) as one:
        url = one.offer()
        reader, writer = await one.connect(ssl=context, server_hostname="localhost", limit=64 * 1024)
        writer.write(f"GET {target(url)} HTTP/1.1\r\nHost: h\r\n\r\n".encode())
        await reader.readuntil(b"\r\n\r\n")
        begun = await reader.readexactly(1000)
        await hang_up(writer)
        await until(lambda: one.ended("interrupted", "firmware"))
        rest = await one.fetch(url.replace("127.0.0.1", "localhost"), Range="bytes=1000-")
        assert (rest[0], begun + rest[1]) == (206, CONTENT)


async def test_a_handshake_that_fails_is_told_once(tmp_path, firmware, secure):
    settings, _ = secure
    async with endpoint(tmp_path, **settings) as one:
        with capture_logs() as logs:
            for _ in range(3):
                reader, writer = await one.connect()
                writer.write(b"GET / HTTP/1.1\r\nHost: h\r\n\r\n")
                await reader.read()
                await hang_up(writer)
            await until(lambda: logs)
        assert {row["event"] for row in logs} == {"file connection refused"}
        assert len(logs) == 1


async def test_a_handshake_that_does_not_come(tmp_path, firmware, secure):
    settings, _ = secure
    async with endpoint(tmp_path, limits={"handshake_timeout": 0.1}, **settings) as one:
        reader, _ = await one.connect()
        with pytest.raises((ConnectionResetError, asyncio.IncompleteReadError)):
            await reader.readexactly(1)


async def test_an_older_tls_is_refused(tmp_path, firmware, secure):
    settings, context = secure
    section = {"tls": {**settings["tls"], "minimum_version": "1.3"}}
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    async with endpoint(tmp_path, **section) as one:
        with pytest.raises((ssl.SSLError, ConnectionResetError)):
            await one.connect(ssl=context, server_hostname="localhost")


async def is_closed(reader):
    try:
        return await reader.read() == b""
    except ConnectionResetError:
        return True


async def test_connections_of_one_address_are_limited(tmp_path, firmware):
    async with endpoint(tmp_path, limits={"connections_per_address": 2}) as one:
        held = [await one.connect() for _ in range(2)]
        await until(lambda: one.files._listening.connections == 2)
        reader, _ = await one.connect()
        assert await is_closed(reader)
        await hang_up(held[0][1])
        await until(lambda: one.files._listening.connections == 1)
        assert (await one.fetch(one.offer()))[0] == 200


async def test_all_connections_are_limited(tmp_path, firmware, monkeypatch):
    monkeypatch.setattr(listening, "MAX_CONNECTIONS", 1)
    async with endpoint(tmp_path) as one:
        held = await one.connect()
        await until(lambda: one.files._listening.connections == 1)
        with capture_logs() as logs:
            reader, _ = await one.connect()
            assert await is_closed(reader)
        assert [row["reason"] for row in logs] == ["too many connections"]
        await hang_up(held[1])
        await until(lambda: one.files._listening.connections == 0)
        assert (await one.fetch(one.offer()))[0] == 200


async def test_every_way_out_gives_the_address_its_place_back(tmp_path, firmware, secure):
    settings, context = secure
    limits = {"connections_per_address": 1, "handshake_timeout": 0.1, "header_timeout": 0.1}
    async with endpoint(tmp_path, client_tls=context, limits=limits, **settings) as one:
        for options in ({}, {"ssl": context, "server_hostname": "localhost"}):
            reader, writer = await one.connect(**options)
            assert await is_closed(reader)
            await hang_up(writer)
            await until(lambda: not one.files._listening._addresses)
        assert (await one.fetch(one.offer().replace("127.0.0.1", "localhost")))[0] == 200


async def handle(request):
    raise AssertionError("no request comes")


async def test_an_address_that_is_taken_is_told_with_its_setting():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        settings = Files(bind=f"127.0.0.1:{taken.getsockname()[1]}")
        with pytest.raises(OSError, match=f"files.bind: {settings.bind}: Address already in use"):
            await Listening(settings, None, handle, Limits()).bind()


async def test_nobody_is_heard_before_it_serves():
    one = Listening(Files(bind="127.0.0.1:0"), None, handle, Limits())
    await one.bind()
    reader, writer = await asyncio.open_connection("127.0.0.1", one.port)
    await asyncio.sleep(0.05)
    assert one.connections == 0
    one.serve()
    await until(lambda: one.connections == 1)
    one.stop_accepting()
    with pytest.raises(OSError):
        await asyncio.open_connection("127.0.0.1", one.port)
    assert one.connections == 1
    await one.close()
    assert await is_closed(reader)
    await hang_up(writer)
