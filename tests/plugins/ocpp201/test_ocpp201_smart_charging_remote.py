"""Profiles of remote starts, until their transactions start."""

import pytest

from broker.api import PluginDocuments
from broker.records import Records
from broker.store import Store
from plugins.ocpp201.smart_charging.remote import RemoteStarts


@pytest.fixture
def starts() -> RemoteStarts:
    return RemoteStarts(PluginDocuments("p", Records(Store("sqlite://"))), 60)


def start(number, profile="one"):
    return {"remoteStartId": number, "chargingProfile": {"id": profile}}


def test_a_profile_is_taken_once(starts: RemoteStarts) -> None:
    starts.add("CP1", start(1, "one"), 0)
    starts.add("CP1", start(2, "two"), 0)
    assert starts.waits("CP1")
    profile, changes = starts.take("CP1", 1, 10)
    assert profile == {"id": "one"}
    assert len(changes) == 1
    assert starts.take("CP1", 1, 10)[0] is None
    assert starts.take("CP1", 2.0, 10)[0] == {"id": "two"}
    assert not starts.waits("CP1")


def test_each_station_has_its_own(starts: RemoteStarts) -> None:
    starts.add("CP1", start(1), 0)
    assert not starts.waits("CP2")
    assert starts.take("CP2", 1, 0) == (None, [])


def test_after_a_while_it_is_forgotten(starts: RemoteStarts) -> None:
    starts.add("CP1", start(1), 0)
    assert starts.take("CP1", 1, 61)[0] is None
    assert not starts.waits("CP1")


def test_what_was_kept_is_there_after_a_restart(starts: RemoteStarts) -> None:
    row = {"id": 1, "profile": {"id": "one"}, "at": 0}
    starts.load([("CP1", "remote_starts", [row]), ("CP2", "needs", {})])
    assert starts.waits("CP1")
    assert not starts.waits("CP2")
    assert starts.take("CP1", 1, 0)[0] == {"id": "one"}


def test_of_one_station_there_are_twenty(starts: RemoteStarts) -> None:
    for number in range(30):
        starts.add("CP1", start(number), 0)
    assert starts.take("CP1", 9, 0)[0] is None
    assert starts.take("CP1", 10, 0)[0] == {"id": "one"}
