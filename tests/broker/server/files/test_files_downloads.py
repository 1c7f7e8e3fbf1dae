"""A station fetches a file: whole, in parts, again after it was interrupted, too slowly."""

import asyncio
import os
import socket
from contextlib import asynccontextmanager, suppress

import pytest
from endpoint_kit import endpoint, target, until

from broker.server.files.downloads import opened, path_in, regular

CONTENT = bytes(range(256)) * 12_000


async def test_the_whole_file_once(tmp_path, firmware):
    async with endpoint(tmp_path) as one:
        url = one.offer()
        assert await one.fetch(url) == (200, CONTENT)
        await until(lambda: one.done)
        (transfer,) = one.done
        assert (transfer.identity, transfer.purpose, transfer.name) == ("CP001", "firmware", "v2.bin")
        assert (transfer.bytes, transfer.ok, transfer.path, transfer.at) == (len(CONTENT), True, None, one.now)
        assert (await one.fetch(url))[0] == 404
        assert one.ended("done", "firmware") == 1
        assert one.sample("transferred_bytes_total", purpose="firmware") == len(CONTENT)


async def test_what_a_client_needs_to_know_beforehand(tmp_path, firmware):
    """HEAD as often as one likes: nothing is used up, nothing counts as a transfer."""
    async with endpoint(tmp_path) as one:
        url = one.offer()
        for _ in range(2):
            async with one.http.head(url) as answer:
                assert (answer.status, answer.headers["Content-Length"]) == (200, str(len(CONTENT)))
                assert (answer.headers["Accept-Ranges"], answer.headers["Server"]) == ("bytes", "Switchboard")
                assert answer.headers["Cache-Control"] == "no-store"
                assert answer.headers["ETag"].startswith('"')
        assert not one.done
        assert one.ended("interrupted", "firmware") == one.ended("", "firmware") == 0
        assert (await one.fetch(url))[0] == 200


@pytest.mark.parametrize(
    ("asked", "start", "stop"),
    [("bytes=0-0", 0, 1), ("bytes=5-", 5, None), ("bytes=-7", -7, None), ("bytes=100-99999999", 100, None)],
)
async def test_a_part(tmp_path, firmware, asked, start, stop):
    async with endpoint(tmp_path) as one:
        async with one.http.get(one.offer(), headers={"Range": asked}) as answer:
            assert (answer.status, await answer.read()) == (206, CONTENT[start:stop])
            first = start % len(CONTENT)
            last = (stop or len(CONTENT)) - 1
            assert answer.headers["Content-Range"] == f"bytes {first}-{last}/{len(CONTENT)}"
        await until(lambda: one.ended("part", "firmware"))
        assert not one.done


async def test_a_part_that_is_not_there(tmp_path, firmware):
    async with endpoint(tmp_path) as one:
        url = one.offer()
        async with one.http.get(url, headers={"Range": f"bytes={len(CONTENT)}-"}) as answer:
            assert (answer.status, answer.headers["Content-Range"]) == (416, f"bytes */{len(CONTENT)}")
        assert (await one.fetch(url))[0] == 200


async def test_all_parts_are_the_file(tmp_path, firmware):
    async with endpoint(tmp_path) as one:
        url = one.offer()
        half = len(CONTENT) // 2
        assert await one.fetch(url, Range=f"bytes={half}-") == (206, CONTENT[half:])
        assert not one.done
        assert await one.fetch(url, Range=f"bytes=0-{half - 1}") == (206, CONTENT[:half])
        await until(lambda: one.done)
        assert (await one.fetch(url))[0] == 404


async def test_a_file_that_has_changed_is_sent_whole(tmp_path, firmware):
    async with endpoint(tmp_path) as one:
        url = one.offer()
        async with one.http.head(url) as answer:
            etag, modified = answer.headers["ETag"], answer.headers["Last-Modified"]
        for header in (etag, modified):
            assert (await one.fetch(url, **{"Range": "bytes=1-2", "If-Range": header}))[0] == 206
        (firmware / "v2.bin").write_bytes(b"another file")
        os.utime(firmware / "v2.bin", (1, 1))
        for header in (etag, modified, 'W/"weak"', "no date"):
            assert await one.fetch(url, **{"Range": "bytes=1-2", "If-Range": header}) == (200, b"another file")
            url = one.offer()


async def test_an_empty_file(tmp_path, firmware):
    (firmware / "empty.bin").touch()
    async with endpoint(tmp_path) as one:
        assert await one.fetch(one.offer("empty.bin")) == (200, b"")
        await until(lambda: one.done)


async def test_a_file_that_was_taken_away(tmp_path, firmware):
    async with endpoint(tmp_path) as one:
        url = one.offer()
        (firmware / "v2.bin").rename(tmp_path / "elsewhere")
        assert (await one.fetch(url))[0] == 404
        (tmp_path / "elsewhere").rename(firmware / "v2.bin")
        assert (await one.fetch(url))[0] == 200


async def test_no_neighbour_is_sent_in_its_place(tmp_path, firmware):
    """aiohttp's FileResponse would send v2.bin.gz, with Content-Encoding."""
    (firmware / "v2.bin.gz").write_bytes(b"packed")
    async with endpoint(tmp_path) as one, one.http.get(one.offer(), headers={"Accept-Encoding": "gzip"}) as answer:
        assert "Content-Encoding" not in answer.headers
        assert await answer.read() == CONTENT


@asynccontextmanager
async def begun(one, url):
    """A download that has been asked for, on a socket that takes little at once; killed at the end."""
    loop = asyncio.get_running_loop()
    with socket.socket() as sock:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        sock.setblocking(False)
        await loop.sock_connect(sock, ("127.0.0.1", one.files.port))
        await loop.sock_sendall(sock, f"GET {target(url)} HTTP/1.1\r\nHost: h\r\n\r\n".encode())
        yield sock


async def read(sock, count):
    data = b""
    while len(data) < count and (more := await asyncio.get_running_loop().sock_recv(sock, count - len(data))):
        data += more
    return data


async def test_a_station_that_is_killed_goes_on_where_it_was(tmp_path, firmware):
    async with endpoint(tmp_path) as one:
        url = one.offer()
        async with begun(one, url) as sock:
            head, _, first = (await read(sock, 4000)).partition(b"\r\n\r\n")
            assert head.startswith(b"HTTP/1.1 200 ")
        await until(lambda: one.ended("interrupted", "firmware"))
        assert not one.done
        assert await one.fetch(url, Range=f"bytes={len(first)}-") == (206, CONTENT[len(first) :])
        await until(lambda: one.done)
        assert first == CONTENT[: len(first)]
        assert (await one.fetch(url))[0] == 404


async def test_what_only_our_buffers_have_is_not_delivered(tmp_path, firmware):
    """The whole file fits into the sockets' buffers, so it is written at once; the station sees none of it."""
    (firmware / "small.bin").write_bytes(CONTENT[: 256 * 1024])
    async with endpoint(tmp_path) as one:
        url = one.offer("small.bin")
        async with begun(one, url):
            await asyncio.sleep(0.3)
            assert not one.done
        await until(lambda: one.ended("interrupted", "firmware"))
        assert await one.fetch(url, Range="bytes=0-9") == (206, CONTENT[:10])
        await until(lambda: one.ended("part", "firmware"))
        assert await one.fetch(url) == (200, CONTENT[: 256 * 1024])
        await until(lambda: one.done)


@pytest.mark.parametrize("size", [256 * 1024, 15_000_000])
async def test_a_station_that_does_not_read_is_cut_off(tmp_path, firmware, size):
    """Whether the rest is still to be written, or waits in a buffer of the system."""
    (firmware / "large.bin").write_bytes(bytes(size))
    async with endpoint(tmp_path, chunk_timeout=0.2) as one:
        url = one.offer("large.bin")
        async with begun(one, url):
            await until(lambda: one.ended("slow", "firmware"))
        assert (await one.fetch(url))[0] == 200


async def test_a_file_that_gets_shorter_breaks_the_connection(tmp_path, firmware):
    """What was promised cannot be kept, and no filling of ours may be taken for firmware."""
    large = firmware / "large.bin"
    large.write_bytes(CONTENT * 5)
    async with endpoint(tmp_path) as one:
        async with begun(one, one.offer("large.bin")) as sock:
            await read(sock, 100)
            os.truncate(large, 1000)
            with suppress(ConnectionResetError):
                assert len(await read(sock, len(CONTENT) * 5)) < len(CONTENT) * 5
        await until(lambda: one.ended("failed", "firmware"))
        assert not one.done


def test_only_files_of_the_folder_itself_or_links_within_it(tmp_path, firmware):
    (tmp_path / "secret").write_text("secret")
    (firmware / "out.bin").symlink_to(tmp_path / "secret")
    (firmware / "in.bin").symlink_to("v2.bin")
    (firmware / "folder").mkdir()
    os.mkfifo(firmware / "pipe")
    assert path_in(firmware, "in.bin") == firmware / "v2.bin"
    for name in ("out.bin", "folder", "pipe", "none", "../secret", "..", str(tmp_path / "secret")):
        with pytest.raises(FileNotFoundError):
            opened(firmware, name)


def test_what_is_no_plain_file_is_closed_again(tmp_path):
    descriptor = os.open(tmp_path, os.O_RDONLY)
    with pytest.raises(FileNotFoundError):
        regular(descriptor)
    with pytest.raises(OSError):
        os.fstat(descriptor)
