"""Changes."""

import sqlite3

from records_kit import opened, until

from broker.records import Station


async def test_several_changes_are_one_commit(records):
    before = records._store.commits
    await records.commit(
        records.stations.put(Station(identity="CP1", version="ocpp1.6")),
        records.stations.put(Station(identity="CP2", version="ocpp2.0.1")),
        records.documents.put("p", "CP1", "k", 1),
    )
    assert records._store.commits == before + 1
    assert (await records.stations.get("CP2")).version == "ocpp2.0.1"


async def test_a_commit_is_on_the_disk_when_it_returns(url):
    async with opened(url) as records:
        await records.commit(records.stations.put(Station(identity="CP1", version="ocpp1.6")))
        other = sqlite3.connect(url.removeprefix("sqlite:///"))
        assert other.execute("SELECT identity, version FROM station").fetchall() == [("CP1", "ocpp1.6")]
        other.close()


async def test_what_nobody_waits_for_is_on_the_disk_soon(url):
    async with opened(url) as records:
        before = records._store.commits
        records.later(records.stations.put(Station(identity="CP1", version="ocpp1.6")))
        await until(lambda: records._store.commits > before)
        other = sqlite3.connect(url.removeprefix("sqlite:///"))
        assert other.execute("SELECT identity FROM station").fetchall() == [("CP1",)]
        other.close()
