"""Jobs and uploads together, and who hears of them."""

from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry
from structlog.testing import capture_logs

from broker.hooks.files import Transfer
from broker.records import Records
from broker.server.files.book import Book
from broker.server.files.figures import Figures
from broker.server.files.jobs import MOST
from broker.server.files.shelf import Upload
from broker.store import Store, StoreFailed

NOW = 1_700_000_000.0


class Transport:
    aborted = False

    def abort(self):
        self.aborted = True


@pytest.fixture
async def book():
    store = Store("sqlite://")
    await store.open()
    registry = CollectorRegistry()
    one = Book(Records(store), Figures(registry, lambda: 0.0), lambda: NOW)
    one.registry = registry
    yield one
    await store.close()


def opened(book, heard, name="", **more):
    values = {"identity": "CP001", "purpose": "log", "name": name, "hours": 1.0, "on_done": heard.append}
    return book.jobs.find(book.open(**{**values, **more}))


async def keys(book):
    return [key for _, key, _ in await book.records.documents.all("files")]


def expired(book):
    return book.registry.get_sample_value("switchboard_file_transfers_total", {"purpose": "log", "outcome": "expired"})


async def test_a_file_that_was_fetched(book):
    heard = []
    job = opened(book, heard, "v2.bin", purpose="firmware")
    book.finished(job, 99)
    assert heard == [Transfer("CP001", "firmware", "v2.bin", 99, True, None, NOW)]
    assert (len(book.jobs), await keys(book)) == (0, [])


async def test_a_file_that_was_brought(book):
    heard = []
    job = opened(book, heard)
    upload = Upload(id="1", identity="CP001", purpose="log", name="l.txt", bytes=5, at=NOW)
    await book.keep(job, upload)
    assert await keys(book) == ["upload:1"]
    assert len(book.jobs) == 1
    book.brought(job, upload, Path("/1"))
    assert heard == [Transfer("CP001", "log", "l.txt", 5, True, Path("/1"), NOW)]
    assert len(book.jobs) == 0


async def test_a_file_that_cannot_be_written_down_changes_nothing(book, monkeypatch):
    async def fail(*changes):
        raise StoreFailed("no disk")

    heard = []
    job = opened(book, heard)
    monkeypatch.setattr(book.records, "commit", fail)
    with pytest.raises(StoreFailed):
        await book.keep(job, Upload(id="1", identity="CP001", purpose="log", name="", bytes=5, at=NOW))
    assert (len(book.jobs), heard) == (1, [])


async def test_a_file_that_nobody_came_for(book):
    heard = []
    job = opened(book, heard)
    transport = Transport()
    job.running.append(transport)
    book.ended(job)
    assert heard == [Transfer("CP001", "log", "", 0, False, None, NOW)]
    assert (len(book.jobs), await keys(book), job.taken, transport.aborted) == (0, [], True, True)
    assert expired(book) == 1


async def test_a_station_with_too_many_loses_the_oldest(book):
    heard = []
    for _ in range(MOST + 2):
        opened(book, heard)
    assert [transfer.ok for transfer in heard] == [False, False]
    assert len(book.jobs) == len(await keys(book)) == MOST


async def test_a_plugin_that_fails_does_not_undo_the_transfer(book):
    def fail(transfer):
        raise RuntimeError("a bug")

    job = opened(book, [], on_done=fail)
    with capture_logs() as logs:
        book.finished(job, 5)
    assert [(row["log_level"], row["identity"]) for row in logs] == [("error", "CP001")]
    assert len(book.jobs) == 0


async def test_nobody_has_to_wait_for_it(book):
    job = opened(book, [], on_done=None)
    book.finished(job, 5)
    assert len(book.jobs) == 0


async def test_a_restart_knows_jobs_and_uploads(book):
    job = opened(book, [])
    await book.keep(opened(book, []), Upload(id="1", identity="CP001", purpose="log", name="", bytes=5, at=NOW))
    again = Book(book.records, book.figures, lambda: NOW)
    await again.load()
    assert [one.digest for one in again.jobs.of("CP001")] == [job.digest]
    assert again.shelf.get("1", {"1"}).bytes == 5
