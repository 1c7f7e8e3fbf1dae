"""Dialling: how each failure is named, and what stations share and do not share."""

import asyncio
import ssl
from base64 import b64encode
from contextlib import asynccontextmanager
from hashlib import sha1

import pytest
from aiohttp import WSMsgType, web
from session_kit import Upstream as Csms

import certs
from broker.config import loads
from broker.ocpp import Version
from broker.session.upstream.upstreams import DialError, Upstreams, client_context

MIB = 1 << 20


@asynccontextmanager
async def dialling(url, options="", *, max_message=MIB):
    config = loads(f"upstreams: {{main: {{url: '{url}', {options}}}}}")
    upstreams = Upstreams(config.upstreams, max_message=max_message)
    try:
        yield upstreams
    finally:
        await upstreams.close()


async def failure(url, options="", name="main"):
    async with dialling(url, options) as upstreams:
        with pytest.raises(DialError) as caught:
            await upstreams.dial(name, "CP001", Version.V16)
    return caught.value


@asynccontextmanager
async def server(answer, tls=None):
    """A raw TCP or TLS server; `answer(reader, writer)` has each connection."""

    async def serve(reader, writer):
        try:
            await answer(reader, writer)
        finally:
            writer.close()

    made = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=tls)
    async with made:
        yield made.sockets[0].getsockname()[1]


def upgrade(*headers):
    """An answer that accepts the WebSocket with further headers, whatever was asked."""

    async def answer(reader, writer):
        request = (await reader.readuntil(b"\r\n\r\n")).decode()
        key = next(
            line.split(": ")[1] for line in request.split("\r\n") if line.lower().startswith("sec-websocket-key")
        )
        accept = b64encode(sha1((key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").encode()).digest()).decode()
        lines = ["HTTP/1.1 101 Switching Protocols", "Upgrade: websocket", "Connection: Upgrade"]
        writer.write("\r\n".join([*lines, f"Sec-WebSocket-Accept: {accept}", *headers, "", ""]).encode())
        await reader.read(1 << 16)

    return answer


async def hang(reader, writer):
    await reader.read()


# --- failures ---------------------------------------------------------------------------------------------------------


async def test_nobody_listens(unused_tcp_port):
    error = await failure(f"ws://127.0.0.1:{unused_tcp_port}/{{identity}}")
    assert error.reason == "refused"


async def test_somebody_listens_and_says_nothing():
    async with server(hang) as port:
        error = await failure(f"ws://127.0.0.1:{port}/{{identity}}", "dial_timeout: 0.1")
    assert error.reason == "timeout"


@pytest.mark.parametrize(("status", "reason"), [(401, "status_4xx"), (404, "status_4xx"), (503, "status_5xx")])
async def test_the_upstream_refuses_with_a_status(upstream, status, reason):
    upstream.refuse = status
    error = await failure(f"ws://127.0.0.1:{upstream.port}/{{identity}}")
    assert (error.reason, str(status) in str(error)) == (reason, True)


async def test_the_upstream_answers_without_a_websocket():
    async def answer(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        await writer.drain()

    async with server(answer) as port:
        error = await failure(f"ws://127.0.0.1:{port}/{{identity}}")
    assert error.reason == "other"


async def test_the_upstream_is_no_http_server():
    async def answer(reader, writer):
        writer.write(b"220 smtp ready\r\n")
        await writer.drain()

    async with server(answer) as port:
        error = await failure(f"ws://127.0.0.1:{port}/{{identity}}")
    assert error.reason in ("other", "status_4xx")


async def test_the_upstream_hangs_up():
    async def answer(reader, writer):
        await reader.readuntil(b"\r\n\r\n")

    async with server(answer) as port:
        error = await failure(f"ws://127.0.0.1:{port}/{{identity}}")
    assert error.reason == "other"


async def test_an_upstream_that_chose_another_subprotocol_is_not_used():
    async with server(upgrade("Sec-WebSocket-Protocol: ocpp2.0.1")) as port:
        error = await failure(f"ws://127.0.0.1:{port}/{{identity}}")
    assert error.reason == "subprotocol"
    assert "ocpp1.6" in str(error)
    assert "ocpp2.0.1" in str(error)


async def test_an_upstream_that_names_no_subprotocol_is_used():
    async with server(upgrade()) as port, dialling(f"ws://127.0.0.1:{port}/{{identity}}") as upstreams:
        ws = await upstreams.dial("main", "CP001", Version.V16)
        assert not ws.closed
        ws._writer.transport.abort()
        await ws.close()


async def test_an_upstream_that_is_in_the_configuration_no_more():
    error = await failure("ws://127.0.0.1:1/{identity}", name="gone")
    assert error.reason == "other"


async def test_no_secret_is_in_the_text_of_a_failure(upstream):
    upstream.refuse = 401
    options = "auth: {basic: {password: very-secret-1}}, headers: {X-Key: very-secret-2}"
    error = await failure(f"ws://127.0.0.1:{upstream.port}/{{identity}}?key=very-secret-3", options)
    assert "very-secret" not in str(error) + repr(error)


# --- TLS --------------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def pki(tmp_path_factory):
    layout = certs.init(tmp_path_factory.mktemp("upstream-pki"), organization="Depot")
    certs.issue_server(layout.directory, ["localhost"])
    certs.issue_station(layout.directory, "BROKER")
    return layout


def server_context(pki, *, wants_certificate=False):
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(pki.directory / "server-ecdsa.pem", pki.directory / "server-ecdsa.key")
    if wants_certificate:
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(pki.station_ca.certificate)
    return context


async def secure(pki, options, *, host="localhost", **more):
    """Dial a TLS upstream; the reason of the failure, or None."""
    async with (
        server(upgrade(), server_context(pki, **more)) as port,
        dialling(f"wss://{host}:{port}/{{identity}}", options) as upstreams,
    ):
        try:
            ws = await upstreams.dial("main", "CP001", Version.V16)
        except DialError as error:
            return error.reason
        ws._writer.transport.abort()
        await ws.close()
        return None


async def test_an_upstreams_certificate_is_checked_against_the_configured_ca(pki):
    assert await secure(pki, f"tls: {{ca: '{pki.root_ca.certificate}'}}") is None
    assert await secure(pki, f"tls: {{ca: '{pki.station_ca.certificate}'}}") == "tls"
    assert await secure(pki, "") == "tls"


async def test_an_upstreams_name_is_checked(pki):
    assert await secure(pki, f"tls: {{ca: '{pki.root_ca.certificate}'}}", host="127.0.0.1") == "tls"


async def test_verify_false_checks_neither(pki):
    assert await secure(pki, "tls: {verify: false}", host="127.0.0.1") is None


async def test_the_brokers_own_certificate_is_shown_where_one_is_asked_for(pki):
    own = pki.station("BROKER")
    ca = f"ca: '{pki.root_ca.certificate}'"
    shown = f"tls: {{{ca}, certificate: '{own.certificate}', key: '{own.key}'}}"
    assert await secure(pki, shown, wants_certificate=True) is None
    assert await secure(pki, f"tls: {{{ca}}}", wants_certificate=True) is not None


async def test_files_that_cannot_be_used_are_found_when_the_configuration_is_taken(tmp_path, pki):
    def settings(tls):
        return loads(f"upstreams: {{main: {{url: 'wss://localhost/{{identity}}', tls: {tls}}}}}").upstreams

    garbage = tmp_path / "garbage.pem"
    garbage.write_text("not a certificate")
    for tls in (
        f"{{ca: '{tmp_path / 'missing.pem'}'}}",
        f"{{ca: '{garbage}'}}",
        f"{{certificate: '{garbage}', key: '{garbage}'}}",
        f"{{certificate: '{pki.station('BROKER').certificate}', key: '{tmp_path / 'missing.key'}'}}",
    ):
        with pytest.raises(OSError):
            Upstreams(settings(tls), max_message=MIB)


def test_no_context_is_made_for_ws_and_none_below_tls_1_2():
    settings = loads(
        "upstreams: {plain: {url: 'ws://localhost/{identity}'}, secure: {url: 'wss://localhost/{identity}'}}"
    ).upstreams
    assert client_context(settings["plain"]) is True
    context = client_context(settings["secure"])
    assert context.minimum_version is ssl.TLSVersion.TLSv1_2
    assert (context.check_hostname, context.verify_mode) == (True, ssl.CERT_REQUIRED)


# --- what stations share ----------------------------------------------------------------------------------------------


async def test_a_cookie_that_one_station_got_is_not_sent_for_another():
    """Load balancers pin a client with a cookie; one jar for all would send the whole fleet to one back end."""
    seen = []

    async def serve(request):
        seen.append(dict(request.cookies))
        ws = web.WebSocketResponse(protocols=("ocpp1.6",))
        ws.set_cookie("BACKEND", "7")
        await ws.prepare(request)
        await ws.receive()
        return ws

    app = web.Application()
    app.router.add_get("/{identity}", serve)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "localhost", 0)
    await site.start()
    port = site._server.sockets[0].getsockname()[1]
    async with dialling(f"ws://localhost:{port}/{{identity}}") as upstreams:
        for identity in ("CP001", "CP002"):
            ws = await upstreams.dial("main", identity, Version.V16)
            await ws.close()
    await runner.cleanup()
    assert seen == [{}, {}]


async def test_more_legs_than_aiohttps_own_limit_of_a_hundred_are_open_at_once(upstream):
    async with dialling(f"ws://127.0.0.1:{upstream.port}/{{identity}}") as upstreams:
        legs = await asyncio.wait_for(
            asyncio.gather(*(upstreams.dial("main", f"CP{n}", Version.V16) for n in range(120))), 10
        )
        assert not any(ws.closed for ws in legs)
        assert len({request.path for request in upstream.requests}) == 120
        await asyncio.gather(*(ws.close() for ws in legs))


async def test_a_message_of_the_upstream_above_the_limit_ends_the_leg(upstream):
    async with dialling(f"ws://127.0.0.1:{upstream.port}/{{identity}}", max_message=2048) as upstreams:
        ws = await upstreams.dial("main", "CP001", Version.V16)
        peer = await upstream.connected()
        await peer.send_str("x" * 4096)
        message = await ws.receive(timeout=5)
        assert message.type is WSMsgType.ERROR
        assert ws.close_code == 1009


@pytest.mark.parametrize("version", list(Version))
async def test_compression_is_offered_where_it_is_configured_and_never_for_1_6(version):
    csms = Csms(version.value)
    await csms.start()
    offered = {}
    for compress in ("true", "false"):
        async with dialling(f"ws://127.0.0.1:{csms.port}/{{identity}}", f"compress: {compress}") as upstreams:
            ws = await upstreams.dial("main", "CP001", version)
            offered[compress] = "Sec-WebSocket-Extensions" in csms.requests[-1].headers
            await ws.close()
    await csms.stop()
    assert offered == {"true": version is not Version.V16, "false": False}


# --- a reload ---------------------------------------------------------------------------------------------------------


async def test_a_reload_keeps_open_legs_and_what_is_known_of_the_upstreams(upstream):
    url = f"ws://127.0.0.1:{upstream.port}/{{identity}}"
    async with dialling(url) as old, dialling(url) as new:
        ws = await old.dial("main", "CP001", Version.V16)
        old.health["main"].links = 1
        old.health["main"].last_error = "was away"
        new.inherit(old)
        await old.close()
        await ws.send_str("still there")
        assert await upstream.next() == "still there"
        assert (new.health["main"].links, new.health["main"].last_error) == (1, "was away")
        again = await new.dial("main", "CP002", Version.V16)
        await asyncio.gather(ws.close(), again.close())


async def test_a_reload_remembers_an_upstream_that_went_while_legs_to_it_are_open():
    async with dialling("ws://127.0.0.1:1/{identity}") as old:
        old.health["main"].links = 3
        new = Upstreams(loads("upstreams: {other: {url: 'ws://127.0.0.1:1/{identity}'}}").upstreams, max_message=MIB)
        new.inherit(old)
        assert {name: health.links for name, health in new.health.items()} == {"main": 3, "other": 0}
        await new.close()
