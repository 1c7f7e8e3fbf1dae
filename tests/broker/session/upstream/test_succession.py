"""Who answers when the primary does not: close, hold, stand in, another upstream, and the way back."""

import asyncio
import json

import pytest
from outbox_kit import BOOT, ERROR, START, Csms, LocalCore, ask, meter, rigged, running, say, stop, stored, waiting

FAILOVER = "when_primary_down: {failover: [other], fail_back: 0.1}, grace: 0.1"
FOR_GOOD = "when_primary_down: {failover: [other], fail_back: off}, grace: 0.1"


@pytest.fixture
async def main():
    async with running(Csms(1001)) as (one,):
        yield one


@pytest.fixture
async def other():
    async with running(Csms(9001)) as (one,):
        yield one


def answering(r):
    return r.session.primary.name if r.session.primary is not None else "local"


def ordinary(csms, action="Authorize"):
    return len(csms.payloads(action))


async def is_with(r, name):
    await r.until(lambda: answering(r) == name)


async def says_it_is_there(r, csms, upstream):
    """A link counts as good when it has brought something."""
    link = r.session.backends.get(upstream).link
    await r.until(lambda: link.ready)
    await csms.ws.ping()


async def test_close_ends_the_session_and_promises_nothing_in_the_primarys_name(main):
    async with rigged(main, route="when_primary_down: close, grace: 0.1", plugins=[LocalCore]) as r:
        station = await r.connect()
        await ask(station, 1, "Heartbeat", {})
        await main.stop()
        await say(station, 2, "StartTransaction", START)
        assert await station.closed() == 1013
        assert await stored(r) == []


async def test_hold_keeps_the_station_and_answers_with_an_error(main):
    async with rigged(main, route="when_primary_down: hold, grace: 0.1", plugins=[LocalCore]) as r:
        station = await r.connect()
        await main.stop()
        await r.until(lambda: r.session.primary.socket is None)
        await say(station, 2, "StartTransaction", START)
        assert (await station.json())[:2] == [4, "2"]
        await main.start()
        assert (await ask(station, 3, "StartTransaction", START))["transactionId"] == 1001


async def test_calls_wait_for_the_grace_time_and_then_somebody_else_answers_them(main, other):
    other.answers["Authorize"] = {"idTagInfo": {"status": "Blocked"}}
    route = "when_primary_down: {failover: [other]}, grace: 0.5"
    async with rigged(main, others={"other": other}, route=route) as r:
        station = await r.connect()
        await ask(station, 1, "Heartbeat", {})
        await main.stop()
        assert (await ask(station, 2, "Authorize", {"idTag": "T"}))["idTagInfo"]["status"] == "Blocked"
        assert answering(r) == "other"
        assert r.sample("switchboard_failovers_total", upstream="other") == 1


async def test_a_call_that_is_back_in_time_is_answered_by_the_primary(main, other):
    main.answers["Authorize"] = {"idTagInfo": {"status": "Accepted"}}
    async with rigged(main, others={"other": other}, route="when_primary_down: {failover: [other]}, grace: 5") as r:
        station = await r.connect()
        await main.stop()
        await r.until(lambda: r.session.primary.socket is None)
        await say(station, 2, "Authorize", {"idTag": "T"})
        await main.start()
        assert (await station.json())[2]["idTagInfo"]["status"] == "Accepted"
        assert answering(r) == "main"


async def test_the_one_that_takes_over_is_told_boot_and_statuses_and_obeyed(main, other):
    other.answers["BootNotification"] = {"status": "Pending", "interval": 300}
    status = {"connectorId": 1, "errorCode": "NoError", "status": "Available"}
    async with rigged(main, others={"other": other}, route=FOR_GOOD) as r:
        station = await r.connect()
        await ask(station, 1, "BootNotification", BOOT)
        await ask(station, 2, "StatusNotification", status)
        await main.stop()
        await is_with(r, "other")
        await r.until(lambda: other.seen)
        assert [action for action, _ in other.seen] == ["BootNotification"]
        other.answers.clear()
        await ask(station, 3, "BootNotification", BOOT)
        await ask(station, 4, "Heartbeat", {})
        assert [action for action, _ in other.seen][1:] == ["BootNotification", "Heartbeat"]


async def test_without_fail_back_it_stays_with_the_other_and_the_primary_is_let_go(main, other):
    async with rigged(main, others={"other": other}, route=FOR_GOOD) as r:
        station = await r.connect()
        await main.stop()
        await is_with(r, "other")
        await main.start()
        await r.until(lambda: r.session.backends.get("main") is None)
        await ask(station, 1, "Authorize", {"idTag": "T"})
        assert (ordinary(main), ordinary(other)) == (0, 1)


async def test_with_fail_back_it_is_given_back_when_the_primary_has_been_of_use_for_long_enough(main, other):
    async with rigged(main, others={"other": other}, route=FAILOVER) as r:
        station = await r.connect()
        await main.stop()
        await is_with(r, "other")
        await main.start()
        await says_it_is_there(r, main, "main")
        await is_with(r, "main")
        await ask(station, 1, "Authorize", {"idTag": "T"})
        assert (ordinary(main), ordinary(other)) == (1, 0)
        await r.until(lambda: r.session.backends.get("other") is None)


async def test_an_answer_that_is_awaited_when_it_is_given_back_still_comes(main, other):
    other.answers["Authorize"] = None
    async with rigged(main, others={"other": other}, route=FAILOVER) as r:
        station = await r.connect()
        await main.stop()
        await is_with(r, "other")
        await say(station, 1, "Authorize", {"idTag": "T"})
        await r.until(lambda: ordinary(other))
        frame = next(f for f in [await other.next() for _ in range(other.frames.qsize())] if "Authorize" in f)
        await main.start()
        await says_it_is_there(r, main, "main")
        await is_with(r, "main")
        await other.ws.send_str(json.dumps([3, json.loads(frame)[1], {"idTagInfo": {"status": "Accepted"}}]))
        assert await station.json() == [3, "1", {"idTagInfo": {"status": "Accepted"}}]
        await r.until(lambda: r.session.backends.get("other") is None)


async def test_a_primary_that_accepts_and_says_nothing_does_not_get_the_station_back(main, other):
    async with rigged(main, others={"other": other}, route=FAILOVER) as r:
        await r.connect()
        await main.stop()
        await is_with(r, "other")
        await main.start()
        await r.until(lambda: r.session.backends.get("main").link.ready)
        r.session.backends.succession.fail_back(r.session.backends.get("main").link.opened + 5.0)
        assert answering(r) == "other"
        r.session.backends.succession.fail_back(r.session.backends.get("main").link.opened + 10.0)
        assert answering(r) == "main"


async def test_the_station_is_passed_on_until_somebody_is_there_and_comes_round_to_the_primary(main, other):
    route = "when_primary_down: {failover: [other, third]}, grace: 0.05"
    async with running(Csms(5001)) as (third,):
        await other.stop()
        async with rigged(main, others={"other": other, "third": third}, route=route) as r:
            station = await r.connect()
            await main.stop()
            await is_with(r, "third")
            await ask(station, 1, "Authorize", {"idTag": "T"})
            assert ordinary(third) == 1
            await third.stop()
            await main.start()
            await is_with(r, "main")
            await ask(station, 2, "Authorize", {"idTag": "T"})
            assert ordinary(main) == 1


async def test_with_all_of_them_down_the_station_stays_and_gets_an_error(main, other):
    async with rigged(main, others={"other": other}, route=FOR_GOOD) as r:
        station = await r.connect()
        await main.stop()
        await other.stop()
        await is_with(r, "other")
        await is_with(r, "main")
        await say(station, 1, "Authorize", {"idTag": "T"})
        await asyncio.sleep(0)
        assert not r.session.reason
        await other.start()
        await is_with(r, "other")


async def test_the_local_csms_may_be_the_one_that_takes_over(main):
    route = "when_primary_down: {failover: local, fail_back: 0.1}, grace: 0.1"
    async with rigged(main, route=route, plugins=[LocalCore]) as r:
        station = await r.connect()
        await main.stop()
        await is_with(r, "local")
        assert "idTagInfo" in await ask(station, 1, "Authorize", {"idTag": "T"})
        mine = (await ask(station, 2, "StartTransaction", START))["transactionId"]
        await main.start()
        await says_it_is_there(r, main, "main")
        await is_with(r, "main")
        await ask(station, 3, "StopTransaction", stop(mine))
        assert main.told == [], "it belongs to the local CSMS"


async def test_one_that_is_failover_and_secondary_is_not_told_twice_and_watches_again_afterwards(main, other):
    route = FAILOVER + ", secondaries: [{upstream: other, commands: none}]"
    async with rigged(main, others={"other": other}, route=route) as r:
        station = await r.connect()
        await ask(station, 1, "Authorize", {"idTag": "A"})
        await r.until(lambda: ordinary(other) == 1)
        await main.stop()
        await is_with(r, "other")
        started = await ask(station, 2, "StartTransaction", START)
        assert started["transactionId"] == 9001
        await ask(station, 3, "StopTransaction", stop(9001))
        assert other.actions() == ["StartTransaction", "StopTransaction"]
        await main.start()
        await says_it_is_there(r, main, "main")
        await is_with(r, "main")
        roles = {one["upstream"]: one["role"] for one in r.session.backends.describe()}
        assert roles == {"main": "primary", "other": "secondary"}
        await ask(station, 4, "Authorize", {"idTag": "B"})
        await r.until(lambda: other.payloads("Authorize")[-1] == {"idTag": "B"})


async def test_the_next_start_is_decided_by_the_primary_although_older_messages_wait_for_it(main, other):
    main.answers["MeterValues"] = ERROR
    async with rigged(main, others={"other": other}, route=FAILOVER, plugins=[LocalCore]) as r:
        station = await r.connect()
        await ask(station, 1, "StartTransaction", START)
        await main.stop()
        await is_with(r, "other")
        await ask(station, 2, "MeterValues", meter(1001))
        await main.start()
        await r.until(lambda: "MeterValues" in main.actions())
        await is_with(r, "main")
        assert waiting(r) == 1
        assert (await ask(station, 3, "StartTransaction", {**START, "connectorId": 2}))["transactionId"] == 1002


async def test_what_the_secondaries_were_told_is_not_told_again_when_somebody_else_answers(main, other):
    route = "when_primary_down: stand_in, grace: 0.4, secondaries: [{upstream: other}]"
    async with rigged(main, others={"other": other}, route=route, plugins=[LocalCore]) as r:
        station = await r.connect()
        await ask(station, 1, "Heartbeat", {})
        await main.stop()
        await r.until(lambda: r.session.primary.socket is None)
        assert "idTagInfo" in await ask(station, 2, "Authorize", {"idTag": "T"})
        await say(station, 3, "BootNotification", BOOT)
        await station.json()
        await r.until(lambda: ordinary(other, "BootNotification"))
        await ask(station, 4, "Authorize", {"idTag": "LAST"})
        await r.until(lambda: other.payloads("Authorize")[-1] == {"idTag": "LAST"})
        assert (ordinary(other), ordinary(other, "BootNotification")) == (2, 1)


async def test_an_upstream_that_is_down_for_all_is_not_waited_for_anew_by_each(main):
    async with rigged(main, route="when_primary_down: stand_in, grace: 1", plugins=[LocalCore]) as r:
        await main.stop()
        health = r.shared.upstreams.health["main"]
        health.up, health.down_since = False, asyncio.get_running_loop().time() - 30.0
        await r.connect()
        r.session.backends.succession.look(asyncio.get_running_loop().time())
        assert r.session.backends.standing_in
