"""Fetching from addresses that others have chosen: only public ones, and not for ever."""

import asyncio
import gzip
import socket

import pytest
from aiohttp import web
from hypothesis import given
from hypothesis import strategies as st

from plugins.shared.public_web import FetchFailed, PublicResolver, PublicWeb, is_public

PRIVATE = [
    "0.0.0.0", "10.0.0.1", "100.64.0.1", "127.0.0.1", "127.8.8.8", "169.254.169.254", "172.16.0.1", "192.0.2.1",
    "192.168.1.1", "198.18.0.1", "224.0.0.1", "240.0.0.1", "255.255.255.255",
    "::", "::1", "fe80::1", "fe80::1%eth0", "fc00::1", "ff02::1", "2001:db8::1",
    "::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::7f00:1", "64:ff9b::a00:1", "2002:7f00:1::", "2002:a00:1::1",
]  # fmt: skip
PUBLIC = ["1.1.1.1", "8.8.8.8", "193.99.144.80", "2606:4700:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808"]


@pytest.mark.parametrize("address", PRIVATE)
def test_an_address_of_the_operator_s_network_is_not_public(address):
    assert not is_public(address)


@pytest.mark.parametrize("address", PUBLIC)
def test_an_address_of_the_internet_is_public(address):
    assert is_public(address)


@given(st.text(max_size=30))
def test_what_is_no_address_is_not_public(text):
    assert not is_public("x" + text)


@given(st.ip_addresses(v=4))
def test_an_address_within_another_is_judged_by_itself(inner):
    assert is_public(f"::ffff:{inner}") == is_public(str(inner))


# --- what is not even tried -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "url",
    [
        "", "x", "file:///etc/passwd", "ftp://example.org/", "gopher://example.org/", "http://", "http:///x", "//a/b",
        "http://user@example.org/", "http://user:password@example.org/", "http://[::1", "http://example.org:99999/",
        "http://example.org/" + "x" * 2000,
    ],
)  # fmt: skip
async def test_what_is_no_plain_url_of_http_is_refused(url):
    async with PublicWeb(allow_private=True) as one:
        with pytest.raises(FetchFailed, match="URL"):
            await one.fetch(url)


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1", "169.254.169.254", "[::1]", "[::ffff:127.0.0.1]", "[fe80::1%25lo]", "2130706433", "127.1", "0",
        "0177.0.0.1", "10.0.0.1", "１２７.0.0.1",
    ],
)  # fmt: skip
async def test_a_private_address_in_digits_is_refused(host):
    async with PublicWeb() as one:
        with pytest.raises(FetchFailed, match="no public address"):
            await one.fetch(f"http://{host}/latest/meta-data")


# --- against a server -------------------------------------------------------------------------------------------------


class Server:
    """Answers as told, and notes what came."""

    def __init__(self):
        self.requests = []
        self.reply = lambda: web.Response(body=b"here")
        self.port = 0

    async def handle(self, request):
        self.requests.append((request.method, request.path, await request.read(), request.headers.get("Content-Type")))
        found = self.reply()
        return await found if asyncio.iscoroutine(found) else found

    def url(self, path="", host="127.0.0.1"):
        return f"http://{host}:{self.port}/{path}"


@pytest.fixture
async def server():
    one = Server()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", one.handle)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    one.port = runner.addresses[0][1]
    yield one
    await runner.cleanup()


@pytest.fixture
async def lab():
    async with PublicWeb(allow_private=True, seconds=5) as one:
        yield one


async def test_a_post_carries_its_body_and_a_get_none(server, lab):
    assert await lab.fetch(server.url("a"), body=b"question", kind="application/x") == b"here"
    assert await lab.fetch(server.url("b")) == b"here"
    assert server.requests[0] == ("POST", "/a", b"question", "application/x")
    assert server.requests[1][:3] == ("GET", "/b", b"")


async def test_a_redirect_is_not_followed(server, lab):
    server.reply = lambda: web.Response(status=302, headers={"Location": server.url("inner")})
    with pytest.raises(FetchFailed, match="HTTP status 302"):
        await lab.fetch(server.url("a"))
    assert [path for _, path, _, _ in server.requests] == ["/a"]


@pytest.mark.parametrize("status", [204, 400, 404, 500])
async def test_only_200_is_an_answer(server, lab, status):
    server.reply = lambda: web.Response(status=status)
    with pytest.raises(FetchFailed, match=str(status)):
        await lab.fetch(server.url())


@pytest.mark.parametrize(("size", "fits"), [(1000, True), (1001, False), (100_000, False)])
async def test_no_more_than_the_limit_is_read(server, lab, size, fits):
    server.reply = lambda: web.Response(body=b"x" * size)
    if fits:
        assert len(await lab.fetch(server.url(), limit=1000)) == size
    else:
        with pytest.raises(FetchFailed, match="more than 1000 bytes"):
            await lab.fetch(server.url(), limit=1000)


async def test_what_is_packed_is_not_unpacked(server, lab):
    """A few bytes on the wire could be gigabytes."""
    packed = gzip.compress(b"x" * 100_000)
    server.reply = lambda: web.Response(body=packed, headers={"Content-Encoding": "gzip"})
    assert await lab.fetch(server.url(), limit=1000) == packed


async def test_a_silent_server_is_not_waited_for(server):
    gate = asyncio.Event()

    async def wait():
        await gate.wait()
        return web.Response()

    server.reply = wait
    async with PublicWeb(allow_private=True, seconds=0.05) as one:
        with pytest.raises(FetchFailed, match="no answer in time"):
            await one.fetch(server.url())
    gate.set()


async def test_a_server_that_is_not_there_is_a_failure(server, lab):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        with pytest.raises(FetchFailed):
            await lab.fetch(f"http://127.0.0.1:{free.getsockname()[1]}/")


async def test_it_can_be_used_again_after_it_was_closed(server):
    one = PublicWeb(allow_private=True)
    for _ in range(2):
        assert await one.fetch(server.url()) == b"here"
        await one.close()


# --- names ------------------------------------------------------------------------------------------------------------


def resolves(monkeypatch, *addresses):
    """Every name is these addresses."""
    asked = []

    async def getaddrinfo(host, port, **_):
        asked.append(host)
        kinds = ((socket.AF_INET6 if ":" in one else socket.AF_INET, one) for one in addresses)
        return [(kind, socket.SOCK_STREAM, 6, "", (one, port)) for kind, one in kinds]

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", getaddrinfo)
    return asked


async def test_a_name_is_only_its_public_addresses(monkeypatch):
    resolves(monkeypatch, "127.0.0.1", "8.8.8.8", "::1", "2606:4700:4700::1111")
    found = await PublicResolver().resolve("example.org", 80)
    assert [(one["host"], one["port"], one["family"]) for one in found] == [
        ("8.8.8.8", 80, socket.AF_INET),
        ("2606:4700:4700::1111", 80, socket.AF_INET6),
    ]
    assert {one["hostname"] for one in found} == {"example.org"}


async def test_a_name_of_the_operator_s_network_is_not_connected_to(server, monkeypatch):
    asked = resolves(monkeypatch, "127.0.0.1")
    async with PublicWeb(seconds=5) as one:
        with pytest.raises(FetchFailed):
            await one.fetch(server.url(host="responder.example.org"))
    assert asked == ["responder.example.org"]
    assert server.requests == []


async def test_what_was_looked_at_is_what_is_connected_to(server, monkeypatch):
    """The name is resolved once: a second answer for it could be another (DNS rebinding)."""
    asked = resolves(monkeypatch, "127.0.0.1")
    monkeypatch.setattr("plugins.shared.public_web.is_public", lambda address: address == "127.0.0.1")
    async with PublicWeb(seconds=5) as one:
        assert await one.fetch(server.url(host="responder.example.org")) == b"here"
    assert [name for name in asked if name != "127.0.0.1"] == ["responder.example.org"]
