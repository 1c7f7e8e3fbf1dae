"""The book as a whole."""

import asyncio
import subprocess
import sys

import pytest
from records_kit import meter, reading, stop, transaction, until

from broker.hooks import BasePlugin
from broker.records import Connector, Records, Registration, Station, StoreFailed, Token
from broker.records.records import _COMMIT_SECONDS
from broker.store import Store, writer


def test_importing_it_costs_no_sqlalchemy():
    code = "import sys, broker.records; print([m for m in ('sqlalchemy', 'alembic') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


async def test_reading_costs_no_commit_where_nothing_waits(records):
    await records.commit(records.transactions.started(transaction()), meter(records, reading(1)))
    before = records._store.commits
    await records.transactions.get("CP1", "5")
    await records.transactions.page()
    await records.meter_values.latest("CP1")
    await records.connectors.of("CP1")
    await records.tokens.find("Card")
    assert records._store.commits == before


async def test_reads_see_what_nobody_waits_for(records):
    records.later(records.transactions.started(transaction()), meter(records, reading(1)))
    assert len(await records.transactions.open_of("CP1")) == 1
    assert len(await records.meter_values.of_transaction("CP1", "5")) == 1


async def test_registrations_are_read_when_it_is_loaded(records):
    await records.registrations.put(Registration(identity="CP1"))
    other = Records(records._store, tokens={"Card": Token(id="Card", source="file")})
    assert other.registrations.get("CP1") is None
    await other.load()
    assert other.registrations.get("CP1") is not None
    assert (await other.tokens.find("card")).source == "file"


async def test_a_store_that_is_not_open_fails_and_keeps_what_nobody_waits_for(url):
    store = Store(url)
    records = Records(store)
    with pytest.raises(StoreFailed):
        await records.commit(records.stations.put(Station(identity="CP1", version="ocpp1.6")))
    for read in (
        records.load(),
        records.connectors.of("CP1"),
        records.tokens.find("x"),
        records.tokens.page(),
        records.transactions.page(),
        records.meter_values.latest("CP1"),
        records.documents.get("p", "CP1", "k"),
        records.security_events.page(),
        records.messages.page(),
        records.forget_station("CP1"),
        records.forget_token("x"),
        records.prune({"messages": 1}, 5.0),
    ):
        with pytest.raises(StoreFailed):
            await read


async def test_while_the_store_has_failed_nothing_is_lost_that_nobody_waits_for(url, monkeypatch):
    monkeypatch.setattr(writer, "_PROBE_SECONDS", 0.02)
    store = Store(url)
    await store.open()
    records = Records(store)
    await records.commit(records.transactions.started(transaction()))
    writer_ = store._writer
    broken, commit = [True], writer_._commit

    def fails(connection, group):
        if broken:
            raise OSError("no room")
        commit(connection, group)

    monkeypatch.setattr(writer_, "_commit", fails)
    with pytest.raises(StoreFailed, match="no room"):
        await records.commit(stop(records, "7"))
    with pytest.raises(StoreFailed, match="no room"):
        await records.commit(stop(records, "8"))
    records.later(stop(records), records.transactions.started(transaction(key="second")), meter(records, reading(1)))
    records.later(
        stop(records, stopped_at=9000.0), records.connectors.put(Connector(identity="CP1", evse=1, connector=1))
    )
    assert [row.ended for row in await records.transactions.page()] == [False], "read as far as it can be"
    broken.clear()
    await until(lambda: not store.failed)
    assert [(row.start_key, row.stopped_at) for row in await records.transactions.page()] == [
        ("first", 2000.0),
        ("second", 9000.0),
    ]
    assert len(await records.connectors.of("CP1")) == 1
    assert len(await records.meter_values.of_transaction("CP1", "5")) == 1
    await store.close()


async def test_one_that_cannot_be_written_does_not_take_the_others_with_it(records):
    (op,) = records.stations.put(Station(identity="CP9", version="ocpp1.6"))
    bad = [type(op)(op.key, op.name, (*op.params[:-1], object()))]
    with pytest.raises(StoreFailed):
        await records.commit(records.transactions.started(transaction()), bad)
    assert await records.transactions.page() == [], "all or none"
    await records.commit(records.transactions.started(transaction()))
    assert len(await records.transactions.page()) == 1


async def test_a_commit_that_takes_too_long_has_failed_before_a_plugins_time_is_over(records, monkeypatch):
    """A handler that is cut by its time limit counts as done; what was not written down must not."""
    stuck = asyncio.get_running_loop().create_future()
    monkeypatch.setattr(records._store, "write", lambda changes: stuck)
    monkeypatch.setattr("broker.records.records._COMMIT_SECONDS", 0.01)
    with pytest.raises(StoreFailed, match="too slow"):
        await records.commit(records.documents.put("p", "", "k", 1))


def test_a_commit_gives_up_before_a_plugin_is_cut():
    assert BasePlugin.time_limit > _COMMIT_SECONDS


async def test_those_of_no_broker_can_be_held_but_not_read_nor_written():
    records = Records.closed()
    for work in (records.tokens.find("TAG"), records.stations.of("CP1"), records.transactions.open_of("CP1")):
        with pytest.raises(StoreFailed):
            await work
    with pytest.raises(StoreFailed):
        await records.commit(records.stations.put(Station(identity="CP1", version="ocpp2.1")))


async def test_whoever_wants_is_told_of_what_was_forgotten(records):
    told = []
    records.forgotten.append(lambda identity, token: told.append((identity, token)))
    await records.forget_station("CP1")
    await records.forget_token("TAG")
    assert told == [("CP1", None), (None, "TAG")]
