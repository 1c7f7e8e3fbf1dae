"""Profiles of remote starts, until their transaction starts."""

import asyncio
import json
from typing import Any

import pytest

from broker.api import PluginDocuments, Records
from broker.store import Store
from plugins.ocpp16.charging_remote import RemoteStarts

PROFILE = {"chargingProfileId": 5, "chargingProfilePurpose": "TxProfile"}


@pytest.fixture
async def records() -> Any:
    store = Store("sqlite://")
    await store.open()
    yield Records(store)
    await store.close()


@pytest.fixture
def documents(records: Records) -> PluginDocuments:
    return PluginDocuments("ocpp16.smart_charging", records)


@pytest.fixture
async def starts(documents: PluginDocuments) -> RemoteStarts:
    found = RemoteStarts(documents, 100)
    await found.load()
    return found


def remote(tag: str = "TAG", number: int = 5, **more: Any) -> dict[str, Any]:
    return {"idTag": tag, "chargingProfile": {**PROFILE, "chargingProfileId": number}, **more}


def taken(starts: RemoteStarts, tag: str = "TAG", connector: int = 1, now: float = 0.0) -> int | None:
    profile, _ = starts.take("CP1", {"idTag": tag, "connectorId": connector}, now)
    return None if profile is None else profile["chargingProfileId"]


async def test_the_transaction_of_that_tag_gets_the_profile_once(starts: RemoteStarts) -> None:
    starts.add("CP1", remote(), 0.0)
    assert taken(starts, "tag") == 5
    assert taken(starts, "tag") is None


async def test_another_tag_connector_or_station_does_not_get_it(starts: RemoteStarts) -> None:
    starts.add("CP1", remote(connectorId=1), 0.0)
    assert taken(starts, "OTHER") is None
    assert taken(starts, connector=2) is None
    assert starts.take("CP2", {"idTag": "TAG", "connectorId": 1}, 0.0) == (None, [])
    assert taken(starts) == 5


async def test_without_a_connector_any_will_do(starts: RemoteStarts) -> None:
    starts.add("CP1", remote(), 0.0)
    assert taken(starts, connector=2) == 5


async def test_the_last_one_counts(starts: RemoteStarts) -> None:
    starts.add("CP1", remote(number=5), 0.0)
    starts.add("CP1", remote(number=6), 1.0)
    assert taken(starts) == 6
    assert taken(starts) is None


async def test_after_its_time_it_belongs_to_nothing(starts: RemoteStarts) -> None:
    starts.add("CP1", remote(), 0.0)
    assert taken(starts, now=100.5) is None
    starts.add("CP1", remote(), 200.0)
    assert taken(starts, now=300.0) == 5


async def test_it_is_kept_beyond_the_process_without_the_tag(
    starts: RemoteStarts, documents: PluginDocuments, records: Records
) -> None:
    records.later(starts.add("CP1", remote("04A1B2C3"), 0.0))
    kept = await documents.of("CP1")
    assert "04A1B2C3" not in json.dumps(kept)
    again = RemoteStarts(documents, 100)
    await again.load()
    profile, changes = again.take("CP1", {"idTag": "04a1b2c3", "connectorId": 1}, 1.0)
    assert profile is not None
    assert profile["chargingProfileId"] == 5
    records.later(*changes)
    assert await documents.of("CP1") == {}


async def test_reading_twice_loses_nothing(starts: RemoteStarts) -> None:
    starts.add("CP1", remote(), 0.0)
    await starts.load()
    assert taken(starts) == 5


async def test_who_reads_at_the_same_time_does_not_undo_what_happened_meanwhile(documents: PluginDocuments) -> None:
    starts = RemoteStarts(documents, 100)
    second = asyncio.create_task(_after(starts.load()))
    await starts.load()
    starts.add("CP1", remote(), 0.0)
    await second
    assert taken(starts) == 5


async def _after(load: Any) -> None:
    await load


async def test_of_one_station_the_last_ten_are_remembered(starts: RemoteStarts) -> None:
    for number in range(20):
        starts.add("CP1", remote(f"TAG{number}", number), 0.0)
    assert [taken(starts, f"TAG{number}") for number in (9, 10, 19)] == [None, 10, 19]


@pytest.mark.parametrize("tag", [None, 5, "\ud800"])
async def test_what_is_no_tag_breaks_nothing(starts: RemoteStarts, tag: Any) -> None:
    starts.add("CP1", {"idTag": tag, "chargingProfile": PROFILE}, 0.0)
    assert taken(starts, tag) == 5
