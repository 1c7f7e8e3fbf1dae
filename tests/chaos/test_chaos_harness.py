"""Stations, recorders and checker together, on real sockets, around a broker that is honest or has one flaw."""

import asyncio

import aiohttp
import pytest
from chaos_checker import violations
from chaos_csms import RecorderCsms
from chaos_fake import FakeBroker
from chaos_history import History, Promise
from chaos_journal import Journal, read
from chaos_proxy import RESET, FaultProxy
from chaos_station import V16, V201, NumberedStation

FLEET = {"OLD-1": V16, "OLD-2": V16, "NEW-1": V201}
PROMISE = Promise(("main",), ("second",))
ENOUGH = 60


async def recorded(folder, flaw="", *, reset=False, **behaviour):
    """The history of a short run: until every station has made a few transactions, and drained."""
    upstreams = [
        RecorderCsms(name, folder, first=first, seed=1, every=0.02, **behaviour)
        for name, first in (("main", 1), ("second", 1000))
    ]
    for one in upstreams:
        await one.start()
    broker = FakeBroker({one.name: f"http://127.0.0.1:{one.port}" for one in upstreams}, flaw)
    await broker.start()
    proxy = FaultProxy(broker.port)
    await proxy.start()
    journal = Journal(folder / "stations.jsonl")
    stations = [
        NumberedStation(identity, version, f"http://127.0.0.1:{proxy.port}/{identity}", journal, 1, pace=0.002)
        for identity, version in FLEET.items()
    ]
    async with aiohttp.ClientSession() as client:
        running = [asyncio.create_task(one.run(client)) for one in stations]
        while reset and not all(opened(folder, identity) > 1 for identity in FLEET):
            before = acknowledged(folder)
            await until(lambda before=before: acknowledged(folder) > before, running)
            proxy.begin("once", RESET)
            proxy.end("once")
        await until(lambda: acknowledged(folder) >= ENOUGH and asked(folder) >= 10, running)
        for one in stations:
            one.finish()
        await until(lambda: all(one.done for one in stations), running)
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
    await proxy.stop()
    await broker.stop()
    for one in upstreams:
        await one.stop()
    journal.close()
    return history(folder)


def history(folder):
    made = History(dict.fromkeys(FLEET, PROMISE))
    for record in read(folder / "stations.jsonl"):
        made.station_saw(record)
    for name in ("main", "second"):
        for record in read(folder / f"{name}.jsonl"):
            made.upstream_saw(name, record)
    return made


def acknowledged(folder):
    return sum(one["e"] == "ack" for one in read(folder / "stations.jsonl"))


def opened(folder, identity):
    return sum((one["e"], one.get("s")) == ("open", identity) for one in read(folder / "stations.jsonl"))


def asked(folder):
    return min(sum(one["e"] == "asked" for one in read(folder / f"{name}.jsonl")) for name in ("main", "second"))


async def until(condition, running):
    async with asyncio.timeout(40):
        while not condition():
            for task in running:
                assert not task.done(), task.exception()
            await asyncio.sleep(0.02)


def rules(made):
    return {one.rule for one in violations(made)}


async def test_an_honest_broker_has_no_violation(tmp_path):
    made = await recorded(tmp_path, refuses=0.05, blocks=0.05, commands=("DataTransfer", "RemoteStopTransaction"))
    assert list(violations(made)) == []
    assert made.acknowledged >= ENOUGH
    for name in ("main", "second"):
        assert {one["a"] for seen in made.upstreams[name].values() for one in seen.asked} > {"DataTransfer"}
    assert sum(station.refused for station in made.stations.values()) > 0


async def test_a_station_whose_connection_is_reset_sends_the_same_again(tmp_path):
    made = await recorded(tmp_path, reset=True)
    assert rules(made) <= {"repeats"}  # no fault was written down


@pytest.mark.parametrize(
    ("flaw", "rule"),
    [
        ("loses", "lost"),
        ("swaps", "order"),
        ("maps nothing", "ids"),
        ("invents", "ids"),
        ("changes", "content"),
        ("repeats", "repeats"),
        ("two at once", "open calls"),
        ("misdirects", "commands"),
    ],
)
async def test_each_flaw_of_a_broker_is_found(tmp_path, flaw, rule):
    assert rule in rules(await recorded(tmp_path, flaw))
