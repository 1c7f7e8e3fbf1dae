"""The file endpoint as the broker has it: started, reloaded, restarted, stopped, swept, asked."""

import asyncio
import os
import socket

import pytest
from endpoint_kit import START, endpoint, hang_up, target, until
from structlog.testing import capture_logs

from broker.config import Config
from broker.hooks.files import Files
from broker.metrics import Metrics
from broker.server.files import FileServer
from broker.server.files.paths import TOKEN_LENGTH
from broker.server.tls import TlsError
from broker.store import Store, StoreFailed

CONTENT = bytes(range(256)) * 12_000
DAY = 86400.0
LOST = (ConnectionResetError, asyncio.IncompleteReadError)


@pytest.fixture
async def store():
    one = Store("sqlite://")
    await one.open()
    yield one
    await one.close()


def test_it_is_what_plugins_are_told_that_it_is(tmp_path):
    files: Files = FileServer(None, Metrics())
    assert files.available is False


async def test_without_the_section_there_is_nothing(tmp_path, firmware):
    async with endpoint(tmp_path) as one:
        await one.reload(Config())
        assert (one.files.available, one.files.url, one.files.port, one.files.expiries()) == (False, "", 0, {})
        assert (one.files.uploads(), one.files.upload("x"), await one.files.remove("x")) == ([], None, False)
        assert one.sample("uploads_bytes") == 0
        for ask in (one.offer, one.expect):
            with pytest.raises(RuntimeError, match="section files"):
                ask()


async def test_urls_are_of_the_public_address(tmp_path, firmware):
    (firmware / "a b\u00fc#?.bin").touch()
    async with endpoint(tmp_path, bind="0.0.0.0:0", url="https://files.example/x/") as one:
        base, token, name = one.offer("a b\u00fc#?.bin").rsplit("/", 2)
        assert (base, name, len(token)) == ("https://files.example/x", "a%20b%C3%BC%23%3F.bin", TOKEN_LENGTH)
        base, token = one.expect().rsplit("/", 1)
        assert (base, len(token)) == ("https://files.example/x", TOKEN_LENGTH)


@pytest.mark.parametrize(
    "name", ["none.bin", "", ".", "..", "../switchboard.yaml", "folder/v2.bin", "folder", "/etc/passwd", "link"]
)
async def test_only_what_is_in_the_firmware_folder_is_offered(tmp_path, firmware, name):
    (tmp_path / "secret").touch()
    (firmware / "link").symlink_to(tmp_path / "secret")
    (firmware / "folder").mkdir()
    (firmware / "folder" / "v2.bin").touch()
    async with endpoint(tmp_path) as one:
        with pytest.raises(FileNotFoundError):
            one.offer(name)
        assert await one.documents() == {}


async def test_a_restart_forgets_no_url(tmp_path, firmware, store):
    """A station may fetch its firmware a day later (retrieveDate)."""
    async with endpoint(tmp_path, store=store) as one:
        offered, expected, used = (target(url) for url in (one.offer(hours=48), one.expect(hours=48), one.expect()))
        assert await one.bring(one.files.url + used, b"hello") == 200
        (before,) = one.files.uploads()
    async with endpoint(tmp_path, store=store) as one:
        one.now = START + 1.9 * DAY
        assert one.files.uploads() == [before]
        assert await one.bring(one.files.url + used, b"more") == 404
        assert await one.bring(one.files.url + expected, b"more") == 200
        assert await one.fetch(one.files.url + offered, Range="bytes=0-9") == (206, CONTENT[:10])
        # What came before the restart nobody remembers: the end of the file is the end of it.
        assert await one.fetch(one.files.url + offered, Range="bytes=10-") == (206, CONTENT[10:])
        await until(lambda: one.ended("done", "firmware"))
        assert (await one.fetch(one.files.url + offered))[0] == 404


async def test_no_token_is_in_the_store(tmp_path, firmware, store):
    async with endpoint(tmp_path, store=store) as one:
        tokens = [one.offer().rsplit("/", 2)[1], one.expect()[-TOKEN_LENGTH:]]
        documents = str(await one.documents())
        assert "CP001" in documents
        assert not any(token in documents for token in tokens)


async def test_a_store_that_fails_refuses_to_start(tmp_path, firmware):
    store = Store("sqlite://")
    await store.open()
    await store.close()
    with pytest.raises(StoreFailed):
        async with endpoint(tmp_path, store=store):
            raise AssertionError("it runs")


# --- a reload ---------------------------------------------------------------------------------------------------------


async def test_a_reload_keeps_the_address_and_what_goes_on(tmp_path, firmware):
    async with endpoint(tmp_path) as one:
        port, url = one.files.port, one.expect()
        reader, writer = await one.connect()
        writer.write(f"PUT {target(url)} HTTP/1.1\r\nHost: h\r\nContent-Length: 80000\r\n\r\n".encode() + bytes(70000))
        await until(one.stored)
        await one.reload(one.config(max_upload_bytes=2**17, url="http://files.example"))
        writer.write(bytes(10000))
        assert await reader.readline() == b"HTTP/1.1 200 OK\r\n"
        assert (one.files.port, one.files.url) == (port, "http://files.example")
        assert await one.bring(f"http://127.0.0.1:{port}{target(one.expect())}", bytes(2**18)) == 413
        await hang_up(writer)


async def test_a_reload_to_another_address(tmp_path, firmware):
    async with endpoint(tmp_path) as one:
        port, url = one.files.port, one.expect()
        reader, writer = await one.connect()
        writer.write(f"PUT {target(url)} HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\n".encode())
        await until(lambda: one.files._listening.connections)
        await one.reload(one.config(bind="localhost:0"))
        assert one.files.port != port
        with pytest.raises(OSError):
            await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"hello")
        assert await reader.readline() == b"HTTP/1.1 200 OK\r\n"
        assert (await one.fetch(one.offer()))[0] == 200
        await hang_up(writer)


async def test_a_reload_to_tls_and_back(tmp_path, firmware, files_pki):
    context = files_pki.client()
    certificates = files_pki.listener()["tls"]["certificates"]
    async with endpoint(tmp_path, client_tls=context) as one:
        port = one.files.port
        await one.reload(one.config(tls={"certificates": certificates}))
        assert (one.files.port, one.files.url) == (port, f"https://127.0.0.1:{port}")
        assert (await one.fetch(one.offer().replace("127.0.0.1", "localhost")))[0] == 200
        assert one.files.expiries()
        await one.reload(one.config())
        assert (await one.fetch(one.offer()))[0] == 200
        assert one.files.expiries() == {}


async def test_a_reload_to_other_folders(tmp_path, firmware):
    async with endpoint(tmp_path) as one:
        assert await one.bring(one.expect(), b"hello") == 200
        (tmp_path / "other").mkdir()
        (tmp_path / "other" / "v3.bin").write_bytes(b"three")
        old = one.offer()
        await one.reload(one.config(firmware=tmp_path / "other", uploads=tmp_path / "moved"))
        assert one.files.uploads() == []
        assert (await one.fetch(old))[0] == 404
        assert await one.fetch(one.offer("v3.bin")) == (200, b"three")
        assert await one.bring(one.expect(), b"more") == 200
        await one.reload(one.config())
        assert [upload.bytes for upload in one.files.uploads()] == [5]


async def test_the_same_folder_by_another_name_is_the_same(tmp_path, firmware):
    """Opening it anew would take away what is just coming."""
    async with endpoint(tmp_path) as one:
        url = one.expect()
        reader, writer = await one.connect()
        writer.write(f"PUT {target(url)} HTTP/1.1\r\nHost: h\r\nContent-Length: 80000\r\n\r\n".encode() + bytes(70000))
        await until(one.stored)
        (tmp_path / "link").symlink_to(tmp_path / "uploads")
        await one.reload(one.config(uploads=tmp_path / "link"))
        writer.write(bytes(10000))
        assert await reader.readline() == b"HTTP/1.1 200 OK\r\n"
        assert one.sample("uploads_bytes") == 80000
        await hang_up(writer)


async def test_a_configuration_that_cannot_be_had_changes_nothing(tmp_path, firmware, files_pki):
    pair = {"certificate": "gone.pem", "key": "gone.key"}
    (tmp_path / "a file").touch()
    async with endpoint(tmp_path) as one:
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            bind = f"127.0.0.1:{taken.getsockname()[1]}"
            for settings, error, text in (
                ({"bind": bind}, OSError, f"files.bind: {bind}: Address already in use"),
                ({"tls": {"certificates": [pair]}}, TlsError, "gone.pem"),
                ({"uploads": tmp_path / "a file"}, OSError, f"files.uploads: {tmp_path}/a file: File exists"),
            ):
                with pytest.raises(error) as caught:
                    await one.files.prepare(one.config(**settings))
                assert text in str(caught.value)
        assert (await one.fetch(one.offer()))[0] == 200


async def test_a_plan_that_is_given_up_gives_its_address_back(tmp_path, firmware):
    async with endpoint(tmp_path) as one:
        plan = await one.files.prepare(one.config(bind="localhost:0"))
        port = plan.listening.port
        plan.discard()
        with socket.socket() as free:
            free.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            free.bind(("127.0.0.1", port))
        (await one.files.prepare(one.config())).discard()
        (await one.files.prepare(Config())).discard()
        assert (await one.fetch(one.offer()))[0] == 200


# --- its end ----------------------------------------------------------------------------------------------------------


async def test_stopping_takes_nobody_new_and_lets_a_transfer_end(tmp_path, firmware):
    async with endpoint(tmp_path) as one:
        url = one.expect()
        reader, writer = await one.connect()
        writer.write(f"PUT {target(url)} HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\n".encode())
        await until(lambda: one.files._listening.connections)
        await asyncio.sleep(0.02)
        one.files.stop_accepting()
        with pytest.raises(OSError):
            await one.connect()
        closing = asyncio.create_task(one.files.close(5.0))
        await asyncio.sleep(0.02)
        writer.write(b"hello")
        assert await reader.readline() == b"HTTP/1.1 200 OK\r\n"
        await closing
        await hang_up(writer)
        await one.files.close()


async def test_a_transfer_that_does_not_end_is_ended(tmp_path, firmware):
    async with endpoint(tmp_path) as one:
        url = one.expect()
        reader, writer = await one.connect()
        writer.write(f"PUT {target(url)} HTTP/1.1\r\nHost: h\r\nContent-Length: 80000\r\n\r\n".encode() + bytes(70000))
        await until(one.stored)
        await one.files.close(0.05)
        with pytest.raises(LOST):
            await reader.readexactly(1)
        assert (one.stored(), one.ended("interrupted")) == ({}, 1)
        await hang_up(writer)


# --- time passes, and operators ---------------------------------------------------------------------------------------


async def test_what_nobody_came_for_ends(tmp_path, firmware):
    async with endpoint(tmp_path) as one:
        urls = [one.expect(hours=1), one.offer(hours=1), one.expect(hours=3)]
        one.now += 2 * 3600
        await one.files.sweep()
        assert [(transfer.purpose, transfer.name, transfer.ok) for transfer in one.done] == [
            ("diagnostics", "", False),
            ("firmware", "v2.bin", False),
        ]
        assert len(await one.documents()) == 1
        assert await one.bring(urls[2], b"hello") == 200
        assert one.ended("expired") == one.ended("expired", "firmware") == 1


async def test_what_has_begun_in_time_may_come_to_its_end(tmp_path, firmware):
    async with endpoint(tmp_path) as one:
        url = one.expect(hours=1)
        reader, writer = await one.connect()
        writer.write(f"PUT {target(url)} HTTP/1.1\r\nHost: h\r\nContent-Length: 80000\r\n\r\n".encode() + bytes(70000))
        await until(one.stored)
        one.now += 2 * 3600
        await one.files.sweep()
        writer.write(bytes(10000))
        assert await reader.readline() == b"HTTP/1.1 200 OK\r\n"
        assert [transfer.ok for transfer in one.done] == [True]
        await hang_up(writer)


async def test_old_uploads_are_deleted(tmp_path, firmware):
    async with endpoint(tmp_path, keep_days=2) as one:
        assert await one.bring(one.expect(), b"old") == 200
        one.now += 1.5 * DAY
        assert await one.bring(one.expect(), b"young") == 200
        one.now += 0.6 * DAY
        with capture_logs() as logs:
            await one.files.sweep()
            await one.files.sweep()
        assert [(row["event"], row["count"]) for row in logs] == [("old uploads deleted", 1)]
        assert [upload.bytes for upload in one.files.uploads()] == [5]
        assert list(one.stored().values()) == [b"young"]


async def test_sweeping_goes_on_by_itself_whatever_the_disk_does(tmp_path, firmware, monkeypatch):
    monkeypatch.setattr("broker.server.files.server._SWEEP", 0.01)
    async with endpoint(tmp_path) as one:
        fail = True

        async def prune(folder, *, before):
            if fail:
                raise (OSError("no disk") if one.expect() else StoreFailed("no store"))
            return 0

        monkeypatch.setattr(one.files._book.shelf, "prune", prune)
        with capture_logs() as logs:
            await until(lambda: len(logs) >= 2)
        fail = False
        one.expect(hours=0.001)
        one.now += 60
        await until(lambda: one.done)
        assert {row["event"] for row in logs} == {"old uploads cannot be deleted"}


async def test_operators_find_fetch_and_delete(tmp_path, firmware):
    async with endpoint(tmp_path) as one:
        for identity, purpose in (("CP001", "diagnostics"), ("CP001", "log"), ("CP002", "log")):
            one.now += 1
            assert await one.bring(one.expect(purpose, identity), purpose.encode()) == 200
        first, second, third = one.files.uploads()
        assert one.files.uploads(identity="CP001") == [first, second]
        assert one.files.uploads(purpose="log") == [second, third]
        assert one.files.uploads(identity="CP002", purpose="diagnostics") == []
        upload, path = one.files.upload(third.id)
        assert (upload, path.read_bytes()) == (third, b"log")
        assert await one.files.remove(third.id) is True
        assert (await one.files.remove(third.id), one.files.upload(third.id), path.exists()) == (False, None, False)
        for name in ("", "..", "../../etc/passwd", first.id + "x"):
            assert (one.files.upload(name), await one.files.remove(name)) == (None, False)


async def test_a_station_is_forgotten_with_all_that_it_has_brought(tmp_path, firmware):
    async with endpoint(tmp_path) as one:
        assert await one.bring(one.expect(), b"hello") == 200
        assert await one.bring(one.expect(identity="CP002"), b"hello") == 200
        url, other = one.expect(), one.offer(identity="CP002")
        assert await one.files.forget("CP001") == 1
        assert await one.files.forget("CP001") == 0
        assert await one.bring(url, b"hello") == 404
        assert (await one.fetch(other))[0] == 200
        assert [upload.identity for upload in one.files.uploads()] == ["CP002"]
        assert len(os.listdir(tmp_path / "uploads")) == 1
        assert "CP001" not in str(await one.documents())
