"""A station brings a file: raw or in a form, whole or not, too large, too slowly, on a full disk."""

import asyncio
import errno
import os
import stat

import aiohttp
import pytest
from endpoint_kit import KIB, endpoint, hang_up, target, until

from broker.server.files.folder import Part
from broker.store import StoreFailed

CONTENT = bytes(range(256)) * 1000


@pytest.mark.parametrize("method", ["PUT", "POST"])
@pytest.mark.parametrize(("suffix", "name"), [("", ""), ("/diag.zip", "diag.zip"), ("/a/..%2Fdiag.zip", "diag.zip")])
async def test_the_body_is_the_file(tmp_path, firmware, method, suffix, name):
    async with endpoint(tmp_path) as one:
        url = one.expect()
        assert await one.bring(url + suffix, CONTENT, method) == 200
        (upload,) = one.files.uploads()
        assert (upload.identity, upload.purpose, upload.name) == ("CP001", "diagnostics", name)
        assert (upload.bytes, upload.at) == (len(CONTENT), one.now)
        assert one.stored() == {upload.id: CONTENT}
        path = tmp_path / "uploads" / upload.id
        assert [stat.S_IMODE(os.stat(place).st_mode) for place in (path, path.parent)] == [0o600, 0o700]
        (transfer,) = one.done
        assert (transfer.name, transfer.bytes, transfer.ok, transfer.path) == (name, len(CONTENT), True, path)
        assert one.ended("done") == 1
        assert one.sample("transferred_bytes_total", purpose="diagnostics") == len(CONTENT)
        assert one.sample("uploads_bytes") == len(CONTENT)


async def test_a_file_is_taken_once(tmp_path, firmware):
    async with endpoint(tmp_path) as one:
        url = one.expect()
        assert [await one.bring(url, CONTENT), await one.bring(url, b"more"), await one.bring(url, b"")] == [
            200,
            404,
            404,
        ]
        assert len(one.done) == 1
        assert list(one.stored().values()) == [CONTENT]


def form(*fields):
    data = aiohttp.FormData(quote_fields=False)
    for name, value, filename in fields:
        data.add_field(name, value, filename=filename)
    return data


async def test_a_form_with_the_file_in_it(tmp_path, firmware):
    async with endpoint(tmp_path) as one:
        data = form(("station", "CP001", None), ("file", CONTENT, "..\\..\\d\u00efag.zip"), ("more", b"no", "more.txt"))
        assert await one.bring(one.expect() + "/upload", data, "POST") == 200
        assert [upload.name for upload in one.files.uploads()] == ["d\u00efag.zip"]
        assert list(one.stored().values()) == [CONTENT]


async def test_a_name_in_a_header(tmp_path, firmware):
    async with endpoint(tmp_path) as one:
        headers = {"Content-Disposition": "attachment; filename=\"x.zip\"; filename*=UTF-8''%C3%BC.zip"}
        assert await one.bring(one.expect() + "/y.zip", CONTENT, headers=headers) == 200
        assert one.files.uploads()[0].name in ("x.zip", "\u00fc.zip")


async def pieces():
    for start in range(0, len(CONTENT), 7000):
        yield CONTENT[start : start + 7000]


async def test_a_body_in_chunks(tmp_path, firmware):
    async with endpoint(tmp_path) as one:
        assert await one.bring(one.expect(), pieces()) == 200
        assert list(one.stored().values()) == [CONTENT]


async def test_what_is_compressed_stays_compressed(tmp_path, firmware):
    """A megabyte of zeros takes a kilobyte on the way: nothing is unpacked here."""
    async with endpoint(tmp_path) as one:
        assert await one.bring(one.expect(), b"\x1f\x8bno gzip at all", headers={"Content-Encoding": "gzip"}) == 200
        assert list(one.stored().values()) == [b"\x1f\x8bno gzip at all"]


async def test_a_station_that_asks_first(tmp_path, firmware):
    async with endpoint(tmp_path) as one:
        assert await one.bring(one.expect(), CONTENT, expect100=True) == 200


@pytest.mark.parametrize(
    ("head", "status"),
    [
        ("Expect: 100-continue\r\nContent-Length: 99999999\r\n", b"413"),
        ("Expect: miracles\r\nContent-Length: 5\r\n", b"417"),
        ("Content-Range: bytes 0-4/10\r\nContent-Length: 5\r\n", b"400"),
        ("Content-Length: 0\r\n", b"400"),
        ("Content-Type: multipart/form-data\r\nContent-Length: 5\r\n", b"400"),
    ],
)
async def test_what_is_refused_before_a_byte_of_it_has_come(tmp_path, firmware, head, status):
    async with endpoint(tmp_path, max_upload_bytes=64 * KIB) as one:
        url = one.expect()
        reader, writer = await one.connect()
        writer.write(f"PUT {target(url)} HTTP/1.1\r\nHost: h\r\n{head}\r\n".encode())
        assert (await reader.readline()).split()[1] == status
        assert b"onnection: close" in await reader.readuntil(b"\r\n\r\n")
        await hang_up(writer)
        assert one.stored() == {}
        assert await one.bring(url, b"hello") == 200


@pytest.mark.parametrize("chunked", [False, True])
async def test_a_file_that_is_too_large(tmp_path, firmware, chunked):
    """With or without a length that says so; another attempt is as good as the first."""
    async with endpoint(tmp_path, max_upload_bytes=100 * KIB) as one:
        url = one.expect()
        try:
            assert await one.bring(url, pieces() if chunked else CONTENT) == 413
        except aiohttp.ClientConnectionError:
            assert chunked  # the refusal came in the middle of the sending
        await until(lambda: one.ended("too_large"))
        assert (one.stored(), one.sample("uploads_bytes")) == ({}, 0)
        assert not one.done
        assert await one.bring(url, CONTENT[: 100 * KIB]) == 200


async def test_a_form_that_is_too_large(tmp_path, firmware):
    async with endpoint(tmp_path, max_upload_bytes=100 * KIB) as one:
        url = one.expect()
        try:
            assert await one.bring(url, form(("file", CONTENT, "a.zip")), "POST") == 413
        except aiohttp.ClientConnectionError:
            await until(lambda: one.ended("too_large"))
        assert one.stored() == {}
        assert await one.bring(url, form(("file", CONTENT[: 100 * KIB], "a.zip")), "POST") == 200


async def test_no_room_for_another_one(tmp_path, firmware):
    async with endpoint(tmp_path, max_upload_bytes=300 * KIB, max_total_bytes=300 * KIB) as one:
        assert await one.bring(one.expect(), CONTENT) == 200
        url = one.expect()
        assert await one.bring(url, CONTENT) == 507
        assert one.ended("no_space") == 1
        assert await one.files.remove(one.files.uploads()[0].id)
        assert await one.bring(url, CONTENT) == 200
        assert one.sample("uploads_bytes") == len(CONTENT)


@pytest.mark.parametrize("step", ["write", "keep"])
@pytest.mark.parametrize(
    ("error", "status", "outcome"),
    [(errno.ENOSPC, 507, "no_space"), (errno.EDQUOT, 507, "no_space"), (errno.EIO, 500, "failed")],
)
async def test_a_disk_that_is_full_or_broken(tmp_path, firmware, monkeypatch, step, error, status, outcome):
    async with endpoint(tmp_path) as one:
        url = one.expect()
        whole = getattr(Part, step)

        def fail(part, *data):
            whole(part, *data)
            raise OSError(error, os.strerror(error))

        with monkeypatch.context() as patch:
            patch.setattr(Part, step, fail)
            assert await one.bring(url, CONTENT) == status
        await until(lambda: one.ended(outcome))
        assert (one.stored(), one.sample("uploads_bytes"), one.done) == ({}, 0, [])
        assert await one.bring(url, CONTENT) == 200


async def test_an_unfinished_file_that_cannot_be_taken_away_is_not_counted(tmp_path, firmware, monkeypatch):
    async with endpoint(tmp_path) as one:
        url = one.expect()

        def fail(part, *data):
            raise OSError(errno.EIO, "input/output error")

        with monkeypatch.context() as patch:
            patch.setattr(Part, "keep", fail)
            patch.setattr(Part, "discard", fail)
            assert await one.bring(url, CONTENT) == 500
        assert one.sample("uploads_bytes") == 0
        assert await one.bring(url, CONTENT) == 200


async def test_a_store_that_fails(tmp_path, firmware, monkeypatch):
    """The station is not told that its file is kept before it is."""

    async def fail(*changes):
        raise StoreFailed("no disk")

    async with endpoint(tmp_path) as one:
        url = one.expect()
        with monkeypatch.context() as patch:
            patch.setattr(one.records, "commit", fail)
            async with one.http.put(url, data=CONTENT) as answer:
                assert (answer.status, answer.headers["Retry-After"]) == (503, "30")
        assert (one.stored(), one.files.uploads(), one.done) == ({}, [], [])
        assert await one.bring(url, CONTENT) == 200


async def test_a_station_that_is_killed_in_the_middle(tmp_path, firmware):
    async with endpoint(tmp_path) as one:
        url = one.expect()
        _, writer = await one.connect()
        writer.write(f"PUT {target(url)} HTTP/1.1\r\nHost: h\r\nContent-Length: 300000\r\n\r\n".encode() + CONTENT)
        await until(lambda: one.stored())
        await hang_up(writer)
        await until(lambda: one.ended("interrupted"))
        assert (one.stored(), one.sample("uploads_bytes"), one.done) == ({}, 0, [])
        assert await one.bring(url, CONTENT) == 200


@pytest.mark.parametrize("framing", ["Content-Length: 300000", "Transfer-Encoding: chunked"])
async def test_a_body_that_ends_too_early_is_none(tmp_path, firmware, framing):
    """A clean end of the connection is no end of the body."""
    async with endpoint(tmp_path) as one:
        url = one.expect()
        _, writer = await one.connect()
        writer.write(f"PUT {target(url)} HTTP/1.1\r\nHost: h\r\n{framing}\r\n\r\n5\r\nhello\r\n".encode())
        await writer.drain()
        writer.write_eof()
        await until(lambda: one.ended("interrupted"))
        await hang_up(writer)
        assert (one.stored(), one.done) == ({}, [])


@pytest.mark.parametrize("first", [0, 80_000])
async def test_a_station_that_is_too_slow(tmp_path, firmware, first):
    async with endpoint(tmp_path, chunk_timeout=0.2) as one:
        url = one.expect()
        reader, writer = await one.connect()
        writer.write(f"PUT {target(url)} HTTP/1.1\r\nHost: h\r\nContent-Length: 300000\r\n\r\n".encode())
        writer.write(CONTENT[:first])
        answer = asyncio.create_task(reader.read(15))
        while not answer.done():  # a byte now and then is no progress
            writer.write(b"x")
            await asyncio.sleep(0.01)
        assert answer.result() == b"HTTP/1.1 408 Re"
        await hang_up(writer)
        assert one.ended("slow") == 1
        assert one.stored() == {}


async def test_one_that_was_taken_over_at_its_last_byte_is_not_kept(tmp_path, firmware, monkeypatch):
    """The connection has been aborted, and what came on it has been read already."""
    async with endpoint(tmp_path) as one:
        url = one.expect()
        (job,) = one.files._book.jobs.of("CP001")
        write = Part.write

        def taken_over(part, data):
            write(part, data)
            job.running.clear()

        with monkeypatch.context() as patch:
            patch.setattr(Part, "write", taken_over)
            with pytest.raises(aiohttp.ClientConnectionError):
                await one.bring(url, b"older")
        assert (one.stored(), one.done) == ({}, [])
        assert await one.bring(url, b"newer") == 200
