"""Documents that are read, changed and written, one change after another."""

import asyncio

import pytest

from broker.api import BasePlugin, StoreFailed
from broker.testing import harness
from plugins.shared.station_documents import StationDocuments, newest

ID = "CP001"


class Owner(BasePlugin):
    """A plugin with such documents, for the test to hold."""

    name = "owner"

    def __init__(self, config, context):
        super().__init__(config, context)
        self.kept = StationDocuments(context, "things")
        Owner.latest = self


@pytest.fixture
async def h():
    one = await harness(Owner).ready()
    yield one
    await one.stop()


def with_one(name):
    return lambda known: {**(known or {}), name: 1}


async def test_what_is_changed_is_known_and_kept(h):
    kept = Owner.latest.kept
    assert await kept.get(ID) is None
    assert await kept.change(ID, with_one("a")) == {"a": 1}
    assert await kept.get(ID) == {"a": 1}
    assert await h.records.documents.get("owner", ID, "things") == {"a": 1}
    assert await kept.get("CP002") is None


@pytest.mark.parametrize("commit", [True, False])
async def test_changes_at_the_same_time_all_count(h, commit):
    kept = Owner.latest.kept
    names = [f"n{number}" for number in range(10)]
    await asyncio.gather(*(kept.change(ID, with_one(name), commit=commit) for name in names))
    assert sorted(await kept.get(ID)) == names


async def test_stations_do_not_wait_for_each_other(h, monkeypatch):
    read, go_on = h.records.documents.get, asyncio.Event()

    async def slow(plugin, identity, key):
        if identity == "SLOW":
            await go_on.wait()
        return await read(plugin, identity, key)

    monkeypatch.setattr(h.records.documents, "get", slow)
    waiting = asyncio.ensure_future(Owner.latest.kept.change("SLOW", with_one("a")))
    await Owner.latest.kept.change(ID, with_one("b"))
    go_on.set()
    assert await waiting == {"a": 1}


@pytest.mark.parametrize("nothing", [None, {}, []])
async def test_nothing_is_no_document(h, nothing):
    kept = Owner.latest.kept
    await kept.change(ID, with_one("a"))
    await kept.change(ID, lambda known: nothing)
    assert await h.records.documents.about(ID) == {}


@pytest.mark.parametrize("same", [lambda known: known, lambda known: dict(known or {})])
async def test_no_change_writes_nothing(h, monkeypatch, same):
    kept, written = Owner.latest.kept, []
    later = h.records.later
    monkeypatch.setattr(h.records, "later", lambda *changes: (written.extend(changes), later(*changes)))
    await kept.change(ID, same)
    await kept.change(ID, with_one("a"))
    await kept.change(ID, same)
    assert len(written) == 1


async def test_what_has_to_be_on_the_disk_is_or_is_said_not_to_be(h, monkeypatch):
    committed = []

    async def failed(*changes):
        committed.extend(changes)
        raise StoreFailed("the disk is gone")

    monkeypatch.setattr(h.records, "commit", failed)
    with pytest.raises(StoreFailed):
        await Owner.latest.kept.change(ID, with_one("a"), commit=True)
    assert len(committed) == 1
    await Owner.latest.kept.change(ID, with_one("b"))
    assert await Owner.latest.kept.get(ID) == {"b": 1}


def test_the_newest_stand_last_and_the_oldest_go():
    known = {"a": 1, "b": 2}
    assert list(newest(known, "a", 3, 2).items()) == [("b", 2), ("a", 3)]
    assert list(newest(known, "c", 3, 2)) == ["b", "c"]
    assert newest(None, "a", 1, 2) == {"a": 1}
    assert known == {"a": 1, "b": 2}
