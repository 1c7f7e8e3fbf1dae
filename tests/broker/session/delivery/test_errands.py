"""What goes on after a station has left, and while it is away."""

import asyncio
import json

import pytest
from outbox_kit import SECONDARY, START, BrokenDisk, Csms, ask, meter, rigged, running, say, stop, stored, waiting

from broker.session.delivery import errands
from broker.session.delivery.errand import Errand
from broker.store import StoreFailed

NO_LINGER = "linger: 0"


@pytest.fixture
async def main():
    async with running(Csms(1001)) as (one,):
        yield one


@pytest.fixture
async def billing():
    async with running(Csms(9001)) as (one,):
        yield one


@pytest.fixture
def quick(monkeypatch):
    monkeypatch.setattr(errands, "_LOOK", 0.05)
    monkeypatch.setattr(errands, "_FIRST", 0.05)
    monkeypatch.setattr(errands, "_AGAIN", 0.3)


async def gone(r, station):
    await station.ws.close()
    await r.until(lambda: r.session is None)


async def test_legs_stay_until_what_is_on_its_way_is_answered_and_then_close(main, billing):
    billing.answers["StartTransaction"] = None
    async with rigged(main, others={"billing": billing}, route=SECONDARY) as r:
        station = await r.connect()
        await ask(station, 1, "StartTransaction", START)
        await ask(station, 2, "StopTransaction", stop(1001))
        await r.until(lambda: billing.told)
        await gone(r, station)
        await r.until(lambda: main.ws.closed)
        assert not billing.ws.closed
        frame = next(f for f in [await billing.next() for _ in range(billing.frames.qsize())] if "StartT" in f)
        answer = {"transactionId": 9001, "idTagInfo": {"status": "Accepted"}}
        await billing.ws.send_str(json.dumps([3, json.loads(frame)[1], answer]))
        await r.until(lambda: billing.actions() == ["StartTransaction", "StopTransaction"])
        await r.until(lambda: billing.ws.closed)
        assert not waiting(r, "billing")
        assert len(billing.requests) == 1, "on the same connection"


async def test_legs_do_not_stay_longer_than_they_may_and_what_waits_stays_on_disk(main, billing):
    billing.answers["StartTransaction"] = None
    async with rigged(main, others={"billing": billing}, route=SECONDARY, outbox="linger: 0.2, while_away: false") as r:
        station = await r.connect()
        await ask(station, 1, "StartTransaction", START)
        await r.until(lambda: billing.told)
        await gone(r, station)
        await r.until(lambda: billing.ws.closed)
        assert await stored(r, "billing") == ["StartTransaction"]
        await r.until(lambda: not r.shared.ledgers.get("CP001").users)


async def test_a_station_that_is_back_does_not_wait_for_what_lingers_and_is_never_there_twice(main, billing):
    billing.answers["StartTransaction"] = None
    async with rigged(main, others={"billing": billing}, route=SECONDARY, outbox="linger: 60") as r:
        station = await r.connect()
        await ask(station, 1, "StartTransaction", START)
        await r.until(lambda: billing.told)
        await gone(r, station)
        before = billing.ws
        billing.answers.clear()
        station = await r.connect()
        await r.until(lambda: billing.ws is not before)
        assert before.closed
        await ask(station, 2, "Heartbeat", {})
        await r.until(lambda: not r.session.backends.busy)
        assert billing.actions() == ["StartTransaction"] * 2


async def test_what_waits_is_delivered_while_the_station_is_away(main, billing, quick):
    await billing.stop()
    async with rigged(main, others={"billing": billing}, route=SECONDARY, outbox=NO_LINGER) as r:
        station = await r.connect()
        await ask(station, 1, "StartTransaction", START)
        await ask(station, 2, "StopTransaction", stop(1001))
        await gone(r, station)
        await billing.start()
        await r.until(lambda: billing.actions() == ["StartTransaction", "StopTransaction"])
        await r.until(lambda: billing.ws.closed)
        assert len(main.requests) == 1, "nobody else is dialled"
        assert not waiting(r, "billing")


async def test_after_a_restart_it_is_delivered_without_the_station(main, billing, quick, tmp_path):
    options = {"others": {"billing": billing}, "route": SECONDARY}
    await billing.stop()
    async with rigged(main, tmp_path / "x.db", outbox=NO_LINGER, **options) as r:
        station = await r.connect()
        await ask(station, 1, "StartTransaction", START)
        await ask(station, 2, "MeterValues", meter(1001))
    await billing.start()
    async with rigged(main, tmp_path / "x.db", **options):
        async with asyncio.timeout(5):
            while len(billing.told) < 2:
                await asyncio.sleep(0.01)
        assert billing.payloads("MeterValues")[0]["transactionId"] == 9001


async def test_nothing_is_delivered_while_away_where_that_is_switched_off(main, billing, quick):
    await billing.stop()
    async with rigged(main, others={"billing": billing}, route=SECONDARY, outbox="linger: 0, while_away: false") as r:
        station = await r.connect()
        await ask(station, 1, "StartTransaction", START)
        await gone(r, station)
        await r.until(lambda: not r.shared.ledgers.get("CP001").users)
        await billing.start()
        r.sessions.errands.soon("CP001")
        await asyncio.sleep(0.3)
        assert billing.requests == []
        station = await r.connect()
        await say(station, 2, "Heartbeat", {})
        await r.until(lambda: billing.told)


async def test_an_upstream_that_stays_away_is_looked_for_less_and_less_often(main, billing, quick, monkeypatch):
    monkeypatch.setattr(errands, "_LONGEST", 1.0)
    await billing.stop()
    async with rigged(main, others={"billing": billing}, route=SECONDARY, outbox=NO_LINGER) as r:
        station = await r.connect()
        await ask(station, 1, "StartTransaction", START)
        await gone(r, station)
        pauses = set()

        def seen():
            pauses.add(r.sessions.errands._next.get("CP001", (0, 0))[1])
            return 1.0 in pauses

        await r.until(seen)
        assert {0.3, 0.6, 1.0} <= pauses


async def test_an_errand_that_fails_is_not_the_last_one(main, billing, quick, monkeypatch):
    await billing.stop()
    async with rigged(main, others={"billing": billing}, route=SECONDARY, outbox=NO_LINGER) as r:
        station = await r.connect()
        await ask(station, 1, "StartTransaction", START)
        failed = []

        async def broken(*_):
            failed.append(True)
            raise StoreFailed("disk I/O error")

        with monkeypatch.context() as patched:
            patched.setattr(Errand, "prepare", broken)
            await gone(r, station)
            await r.until(lambda: failed)
        await billing.start()
        await r.until(lambda: billing.told)


async def test_nothing_is_delivered_while_the_store_has_failed(main, billing, quick, monkeypatch, tmp_path):
    disk = BrokenDisk(monkeypatch)
    await billing.stop()
    options = {"others": {"billing": billing}, "route": SECONDARY, "outbox": NO_LINGER}
    async with rigged(main, tmp_path / "x.db", **options) as r:
        station = await r.connect()
        await ask(station, 1, "StartTransaction", START)
        disk.broken = True
        await say(station, 2, "StartTransaction", {**START, "connectorId": 2})
        await station.closed()
        await r.until(lambda: r.session is None and r.shared.store_failed)
        await billing.start()
        await asyncio.sleep(0.5)
        assert billing.told == []
        disk.broken = False
        await r.until(lambda: billing.told)


async def test_a_station_that_is_back_ends_the_errand_first(main, billing, quick):
    await billing.stop()
    billing.answers["StartTransaction"] = None
    async with rigged(main, others={"billing": billing}, route=SECONDARY, outbox=NO_LINGER) as r:
        station = await r.connect()
        await ask(station, 1, "StartTransaction", START)
        await gone(r, station)
        await billing.start()
        await r.until(lambda: billing.told)
        before = billing.ws
        station = await r.connect()
        billing.answers.clear()
        await r.until(lambda: billing.ws is not before)
        assert before.closed
        await ask(station, 2, "Heartbeat", {})
        await r.until(lambda: not r.session.backends.busy)


async def test_the_end_of_the_broker_ends_errands_within_the_time(main, billing):
    billing.answers["StartTransaction"] = None
    async with rigged(main, others={"billing": billing}, route=SECONDARY, outbox="linger: 600") as r:
        station = await r.connect()
        await ask(station, 1, "StartTransaction", START)
        await r.until(lambda: billing.told)
        await gone(r, station)
        billing.answers.clear()
        await asyncio.wait_for(r.sessions.errands.stop(5.0), 5.0)
        assert r.sessions.errands._tasks == {}
        assert await stored(r, "billing") == ["StartTransaction"]


async def test_an_upstream_that_is_down_does_not_keep_the_places_of_one_that_is_up(
    tmp_path, main, billing, monkeypatch
):
    for name, value in (("_AT_ONCE", 2), ("_LOOK", 0.05), ("_FIRST", 0.05), ("_AGAIN", 600.0)):
        monkeypatch.setattr(errands, name, value)
    async with running(Csms(9501)) as (down,):
        behind = "{match: {identity: 'D*'}, primary: main, boot_grace: 0, secondaries: [{upstream: down}]}, "
        options = {"others": {"down": down, "billing": billing}, "more_routes": behind, "route": SECONDARY}
        async with rigged(main, tmp_path / "x.db", outbox=NO_LINGER, **options) as r:
            await down.stop()
            await billing.stop()
            for identity in ("D1", "D2", "D3", "D4", "W"):
                await ask(await r.connect(identity=identity), 1, "StartTransaction", START)
        await billing.start()
        async with rigged(main, tmp_path / "x.db", outbox=NO_LINGER, **options) as r:
            await r.until(lambda: billing.actions() == ["StartTransaction"])
