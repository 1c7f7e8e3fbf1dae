"""The way back: from a leg's answer to whoever asked, and nobody else."""

import asyncio
import json

import pytest
from outbox_kit import BOOT, Csms, ask, rigged, running, say

from broker.ocpp import Version

V21 = {"version": Version.V21, "subprotocol": "ocpp2.1"}


@pytest.fixture
async def main():
    async with running(Csms(1001)) as (one,):
        yield one


async def test_a_call_to_the_station_never_comes_before_the_answer_to_its_boot(main):
    async with rigged(main, more_routes="{match: {}, primary: main, boot_grace: 60},") as r:
        station = await r.connect()
        calling = asyncio.ensure_future(r.session.call("ClearCache", {}))
        await r.until(lambda: r.session.station.exchange.waiting)
        await say(station, 1, "BootNotification", BOOT)
        assert (await station.json())[:2] == [3, "1"]
        asked = await station.json()
        await station.send(json.dumps([3, asked[1], {"status": "Accepted"}]))
        assert (await calling).is_result


async def test_an_answer_that_nobody_waits_for_is_counted_and_goes_nowhere(main):
    async with rigged(main) as r:
        station = await r.connect()
        await ask(station, 1, "Heartbeat", {})
        await main.ws.send_str('[3,"never-asked",{}]')
        await ask(station, 2, "Heartbeat", {})
        assert r.sample("switchboard_unmatched_replies_total", leg="upstream", reason="unknown") == 1


async def test_an_answer_that_is_not_valid_is_an_error_for_the_station_and_2_1_says_so_to_whoever_gave_it():
    bad = {"Heartbeat": {"currentTime": 7}}
    async with running(Csms(1, "ocpp2.1", **bad)) as (main,), rigged(main, route="validation: strict") as r:
        station = await r.connect(**V21)
        await say(station, 1, "Heartbeat", {})
        assert (await station.json())[:3] == [4, "1", "InternalError"]
        await r.until(lambda: main.frames.qsize() == 2)
        asked, complaint = [json.loads(await main.next()) for _ in range(2)]
        assert complaint[:2] == [5, asked[1]]


async def test_1_6_has_no_way_to_complain_of_an_answer(main):
    main.answers["Heartbeat"] = {"currentTime": 7}
    async with rigged(main, route="validation: strict") as r:
        station = await r.connect()
        await say(station, 1, "Heartbeat", {})
        assert (await station.json())[:3] == [4, "1", "InternalError"]
        await say(station, 2, "Heartbeat", {})
        await station.json()
        assert [json.loads(await main.next())[0] for _ in range(2)] == [2, 2]


async def test_a_secondarys_answer_is_never_the_stations_whatever_its_id():
    async with (
        running(Csms(1, Authorize=None), Csms(2)) as (main, billing),
        rigged(main, others={"billing": billing}, route="secondaries: [{upstream: billing}]") as r,
    ):
        station = await r.connect()
        await say(station, 1, "Authorize", {"idTag": "T"})
        await r.until(lambda: main.seen and billing.seen)
        asked = json.loads(await main.next())
        await billing.ws.send_str(json.dumps([3, asked[1], {"idTagInfo": {"status": "Blocked"}}]))
        await r.until(lambda: r.sample("switchboard_unmatched_replies_total", leg="upstream", reason="unknown") == 1)
        await main.ws.send_str(json.dumps([3, asked[1], {"idTagInfo": {"status": "Accepted"}}]))
        assert await station.json() == [3, "1", {"idTagInfo": {"status": "Accepted"}}]
