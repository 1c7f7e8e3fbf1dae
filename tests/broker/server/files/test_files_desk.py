"""Whose a request is, whether it may, and what is told of it."""

import asyncio
import threading

import pytest
from endpoint_kit import endpoint, hang_up, target, until
from structlog.testing import capture_logs

from broker.server.files.folder import Part
from broker.server.files.paths import new_token

CONTENT = bytes(range(256)) * 12_000


async def answer_to(one, text, body=b""):
    """The raw answer to a request that is the last of its connection."""
    reader, writer = await one.connect()
    writer.write(
        f"{text} HTTP/1.1\r\nHost: h\r\nConnection: close\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body
    )
    answer = await reader.read()
    await hang_up(writer)
    return b"\r\n".join(line for line in answer.split(b"\r\n") if not line.startswith(b"Date:"))


async def test_whatever_leads_to_nothing_is_answered_alike(tmp_path, firmware):
    """Unknown, expired, used up, meant for the other way, or the token in another place: nobody can tell."""
    async with endpoint(tmp_path) as one:
        used, expired = one.expect(), one.expect(hours=1)
        offered, expected = one.offer(hours=48), one.expect(hours=48)
        assert await one.bring(used, b"hello") == 200
        one.now += 2 * 3600
        requests = [
            f"GET {target(used)}", f"PUT {target(used)}", f"PUT {target(expired)}", f"GET {target(expired)}",
            f"PUT {target(offered)}", f"POST {target(offered)}", f"GET {target(expected)}",
            f"GET /{new_token()}/v2.bin", "GET /", "GET /firmware/v2.bin", "PUT /", "GET /%00", "GET /%", "GET //",
            "GET /../../etc/passwd", f"GET /x{target(offered)}", f"GET /{target(offered)[1:40].upper()}",
            f"GET {target(offered).replace('/', '/%2e%2e/', 1)}", "GET /?" + target(offered)[1:41],
        ]  # fmt: skip
        answers = {await answer_to(one, request, b"hello") for request in requests}
        assert len(answers) == 1
        assert answers.pop().startswith(b"HTTP/1.1 404 Not Found\r\n")
        assert (await answer_to(one, "HEAD /")).partition(b"\r\n\r\n")[2] == b""
        assert await one.fetch(offered) == (200, CONTENT)
        assert await one.bring(expected, b"hello") == 200


@pytest.mark.parametrize("method", ["DELETE", "PATCH", "OPTIONS", "PROPFIND", "MKCOL", "CONNECT"])
async def test_other_methods_are_none(tmp_path, firmware, method):
    async with endpoint(tmp_path) as one:
        for url in (one.offer(), one.expect(), "http://h/none"):
            answer = await answer_to(one, f"{method} {target(url)}")
            assert answer.startswith(b"HTTP/1.1 405 ")
            assert b"\r\nAllow: GET, HEAD, PUT, POST\r\n" in answer


async def test_a_prefix_of_the_public_url_may_be_there_or_not(tmp_path, firmware):
    """A proxy in front takes it off, or leaves it."""
    async with endpoint(tmp_path, url="https://files.example/ocpp") as one:
        for prefix in ("/ocpp", ""):
            url = one.offer()
            assert url.startswith("https://files.example/ocpp/")
            path = url.removeprefix("https://files.example/ocpp")
            assert await one.fetch(f"http://127.0.0.1:{one.files.port}{prefix}{path}") == (200, CONTENT)


async def test_no_log_has_a_token_or_what_a_station_says(tmp_path, firmware):
    async with endpoint(tmp_path, max_upload_bytes=2**17) as one:
        urls = [one.offer(), one.expect(), one.expect(), one.expect()]
        with capture_logs() as logs:
            await one.fetch(urls[0])
            await one.fetch(urls[0])
            assert await one.bring(urls[1] + "/private.zip", b"hello") == 200
            assert await one.bring(urls[2] + "/private.zip", b"") == 400
            assert await one.fetch(urls[2] + "/private.zip") == (404, b"not found\n")
            assert await one.bring(urls[3], bytes(2**18)) == 413
        assert len(logs) == 5
        for url in urls:
            assert target(url)[1:10] not in str(logs)
        assert "private" not in str(logs)


async def test_a_transfer_is_told_once(tmp_path, firmware):
    async with endpoint(tmp_path) as one:
        url = one.offer()
        with capture_logs() as logs:
            await one.fetch(url, Range="bytes=0-9")
            await one.http.head(url)
            await one.fetch(url)
            await until(lambda: one.done)
        (row,) = logs
        told = (row["log_level"], row["event"], row["identity"], row["purpose"], row["bytes"])
        assert told == ("info", "file transferred", "CP001", "firmware", len(CONTENT))


async def test_a_storm_of_strangers_is_told_once(tmp_path, firmware):
    async with endpoint(tmp_path) as one:
        with capture_logs() as logs:
            for _ in range(20):
                await one.fetch(f"{one.files.url}/{new_token()}")
        assert [row["event"] for row in logs] == ["file request refused"]
        assert one.ended("unknown", "other") == 20


async def hold(one, url, first=b"hello", length=300_000):
    """An upload that has begun and does not go on."""
    before = len(one.stored())
    reader, writer = await one.connect()
    writer.write(f"PUT {target(url)} HTTP/1.1\r\nHost: h\r\nContent-Length: {length}\r\n\r\n".encode() + first)
    if len(first) >= 65536:
        await until(lambda: len(one.stored()) > before)
    return reader, writer


async def test_so_many_transfers_at_once(tmp_path, firmware):
    async with endpoint(tmp_path, max_transfers=2) as one:
        held = [await hold(one, one.expect(), bytes(65536)) for _ in range(2)]
        url = one.expect()
        async with one.http.put(url, data=b"hello") as answer:
            assert (answer.status, answer.headers["Retry-After"]) == (503, "30")
        assert one.ended("busy") == 1
        assert (await one.fetch(one.offer()))[0] == 503
        for _, writer in held:
            await hang_up(writer)
        await until(lambda: one.ended("interrupted") == 2)
        assert await one.bring(url, b"hello") == 200


async def test_who_comes_again_takes_an_upload_over(tmp_path, firmware):
    """The first connection is that of a station that lost its power: it would hold the URL until its deadline."""
    async with endpoint(tmp_path, max_transfers=1) as one:
        url = one.expect()
        reader, writer = await hold(one, url, bytes(65536))
        status = 0
        while status != 200:  # its place is free when the older one has seen its end
            status = await one.bring(url, b"hello")
        assert list(one.stored().values()) == [b"hello"]
        with pytest.raises((ConnectionResetError, asyncio.IncompleteReadError)):
            await reader.readexactly(1)
        await hang_up(writer)
        assert one.ended("interrupted") == 1
        assert len(one.done) == 1


async def test_the_end_of_the_older_one_is_not_the_newer_ones(tmp_path, firmware):
    async with endpoint(tmp_path) as one:
        url = one.expect()
        await hold(one, url, bytes(65536))
        reader, writer = await hold(one, url, bytes(60000), length=60005)
        await until(lambda: one.ended("interrupted") == 1)
        writer.write(b"hello")
        assert await reader.readline() == b"HTTP/1.1 200 OK\r\n"
        assert list(one.stored().values()) == [bytes(60000) + b"hello"]


async def test_an_older_one_that_was_complete_already_is_not_kept_beside_the_newer(tmp_path, firmware, monkeypatch):
    """Its station will never see the answer to it."""
    begun, go_on, write = threading.Event(), threading.Event(), Part.write

    def slow(part, data):
        if data == b"older":
            begun.set()
            go_on.wait(10)
        write(part, data)

    monkeypatch.setattr(Part, "write", slow)
    async with endpoint(tmp_path) as one:
        url = one.expect()
        await hold(one, url, b"older", length=5)
        await until(begun.is_set)
        reader, writer = await hold(one, url, bytes(65536), length=65541)
        go_on.set()
        await until(lambda: one.ended("interrupted") == 1)
        writer.write(b"hello")
        assert await reader.readline() == b"HTTP/1.1 200 OK\r\n"
        assert list(one.stored().values()) == [bytes(65536) + b"hello"]
        assert len(one.done) == 1


async def test_of_two_that_bring_the_same_only_one_is_taken(tmp_path, firmware):
    async with endpoint(tmp_path) as one:
        url = one.expect()
        found = await asyncio.gather(*(one.bring(url, bytes(200_000)) for _ in range(5)), return_exceptions=True)
        assert [status for status in found if status == 200] == [200]
        assert len(one.stored()) == len(one.done) == len(one.files.uploads()) == 1


async def test_a_download_in_parts_at_once(tmp_path, firmware):
    async with endpoint(tmp_path) as one:
        url = one.offer()
        quarter = len(CONTENT) // 4
        parts = [f"bytes={start}-{start + quarter - 1}" for start in range(0, len(CONTENT), quarter)]
        found = await asyncio.gather(*(one.fetch(url, Range=part) for part in parts))
        assert b"".join(body for _, body in found) == CONTENT
        await until(lambda: one.done)


async def test_one_connection_serves_for_many(tmp_path, firmware):
    async with endpoint(tmp_path) as one:
        reader, writer = await one.connect()
        for path in (target(one.offer()), target(one.offer())):
            writer.write(f"GET {path} HTTP/1.1\r\nHost: h\r\nRange: bytes=0-4\r\n\r\n".encode())
            assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 206 ")
            assert await reader.readexactly(5) == CONTENT[:5]
        await hang_up(writer)


async def test_a_name_that_is_not_even_utf8(tmp_path, firmware):
    async with endpoint(tmp_path) as one:
        reader, writer = await one.connect()
        head = f"PUT {target(one.expect())} HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n".encode()
        writer.write(head + b"Content-Disposition: attachment; filename=\xff.zip\r\n\r\nhello")
        assert await reader.readline() == b"HTTP/1.1 200 OK\r\n"
        assert one.files.uploads()[0].name == "\ufffd.zip"
        await hang_up(writer)


async def test_what_is_no_http_is_told_so(tmp_path, firmware):
    async with endpoint(tmp_path) as one:
        for text in (b"\x16\x03\x01\x02\x00\x01\x00\r\n\r\n", b"GET / HTTP/1.1\r\nbad header\r\n\r\n"):
            reader, writer = await one.connect()
            writer.write(text)
            assert b" 400 Bad Request" in await reader.readline()
            await hang_up(writer)


async def test_a_fault_of_ours_is_a_500_and_is_in_the_log(tmp_path, firmware, monkeypatch):
    async with endpoint(tmp_path) as one:

        def fail(*_, **__):
            raise RuntimeError("a bug")

        monkeypatch.setattr("broker.server.files.desk.receive", fail)
        url = one.expect()
        with capture_logs() as logs:
            assert await one.bring(url, b"hello") == 500
        assert "file request failed" in [row["event"] for row in logs]
        assert target(url)[1:10] not in str(logs)
