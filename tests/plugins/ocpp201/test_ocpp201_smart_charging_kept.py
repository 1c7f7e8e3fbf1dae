"""Documents of few stations: of the others nothing is read."""

import asyncio

import pytest

from broker.api import BasePlugin
from broker.testing import harness
from plugins.ocpp201.smart_charging.kept import Kept
from plugins.shared.station_documents import newest

ID = "CP001"


class Owner(BasePlugin):
    """A plugin with such documents, for the test to hold."""

    name = "owner"

    def __init__(self, config, context):
        super().__init__(config, context)
        self.kept = Kept(context, "needs")
        Owner.latest = self


@pytest.fixture
async def h():
    one = await harness(Owner).ready()
    yield one
    await one.stop()


@pytest.fixture
def reads(h, monkeypatch):
    """The stations whose documents are read."""
    found = []
    inner = h.records.documents.get

    async def get(plugin, identity, key):
        found.append(identity)
        return await inner(plugin, identity, key)

    monkeypatch.setattr(h.records.documents, "get", get)
    return found


async def test_of_a_station_without_a_document_nothing_is_read(h, reads):
    assert await Owner.latest.kept.get(ID) is None
    assert reads == []


async def test_what_was_kept_before_is_known(h, reads):
    h.records.later(Owner.latest.documents.put(ID, "needs", {"1": 1}))
    kept = Owner.latest.kept
    kept.load([(ID, "needs", {"1": 1}), ("CP002", "other", {"1": 1})])
    assert await kept.get(ID) == {"1": 1}
    assert await kept.get("CP002") is None
    assert reads == [ID]


async def test_what_is_changed_is_known_until_it_is_gone(h, reads):
    kept = Owner.latest.kept
    await kept.change(ID, lambda known: {"1": 1})
    assert await kept.get(ID) == {"1": 1}
    await kept.change(ID, lambda known: {})
    assert await h.records.documents.get("owner", ID, "needs") is None
    reads.clear()
    assert await kept.get(ID) is None
    assert reads == []


async def test_the_first_changes_of_a_station_do_not_undo_each_other(h):
    kept = Owner.latest.kept
    await asyncio.gather(*(kept.change(ID, lambda known, n=n: newest(known, str(n), n, 9)) for n in range(3)))
    assert await kept.get(ID) == {"0": 0, "1": 1, "2": 2}
