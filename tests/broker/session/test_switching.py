"""From one route to another while the station is connected: drain, then switch."""

import asyncio
import json

import pytest
from outbox_kit import BOOT, START, Csms, ask, call, meter, rigged, running, say, stop

from broker.api import BasePlugin, on_call
from broker.config import Match, Route, Secondary
from broker.session.switching import switch

BY_VENDOR = "{match: {vendor: 'V'}, primary: other, boot_grace: 0},"


@pytest.fixture
async def main():
    async with running(Csms(1001)) as (one,):
        yield one


@pytest.fixture
async def other():
    async with running(Csms(9001)) as (one,):
        yield one


def to(primary, *secondaries, **options):
    named = [Secondary(upstream=name) for name in secondaries]
    return Route(match=Match(), primary=primary, secondaries=named, boot_grace=0, **options)


def ordinary(csms):
    return [payload["idTag"] for payload in csms.payloads("Authorize")]


def names(r):
    return {one["upstream"]: one["role"] for one in r.session.backends.describe()}


async def let_go(csms, action="Authorize", **payload):
    """Answer what the upstream kept waiting."""
    frames = [await csms.next() for _ in range(csms.frames.qsize())]
    number = next(json.loads(frame)[1] for frame in frames if action in frame)
    await csms.ws.send_str(json.dumps([3, number, payload]))


async def test_the_answer_that_is_under_way_comes_first_and_later_calls_go_the_new_way_in_order(main, other):
    main.answers["Authorize"] = None
    async with rigged(main, others={"other": other}) as r:
        station = await r.connect()
        await say(station, 1, "Authorize", {"idTag": "A"})
        await r.until(lambda: ordinary(main) == ["A"])
        switching = asyncio.ensure_future(switch(r.session, to("other"), "api"))
        await r.until(lambda: r.session.switching)
        for n, tag in ((2, "B"), (3, "C"), (4, "D")):
            await say(station, n, "Authorize", {"idTag": tag})
        await r.until(lambda: len(r.session.station.backlog) == 3)
        assert not switching.done()
        await let_go(main)
        assert [(await station.json())[1] for _ in range(4)] == ["1", "2", "3", "4"]
        await switching
        assert (ordinary(main), ordinary(other)) == (["A"], ["B", "C", "D"])
        assert r.session.route_source == "api"
        assert not r.session.switching
        await r.until(lambda: names(r) == {"other": "primary"})
        await r.until(lambda: main.ws.closed)


async def test_a_transaction_that_is_open_stays_with_the_upstream_that_started_it(main, other):
    async with rigged(main, others={"other": other}) as r:
        station = await r.connect()
        await ask(station, 1, "StartTransaction", START)
        await switch(r.session, to("other"), "api")
        await ask(station, 2, "MeterValues", meter(1001))
        assert (await ask(station, 3, "StartTransaction", {**START, "connectorId": 2}))["transactionId"] == 9001
        await ask(station, 4, "StopTransaction", stop(1001))
        await ask(station, 5, "StopTransaction", stop(9001))
        assert main.actions() == ["StartTransaction", "MeterValues", "StopTransaction"]
        assert other.actions() == ["StartTransaction", "StopTransaction"]
        await r.until(lambda: names(r) == {"other": "primary"})


async def test_there_is_a_way_back(main, other):
    async with rigged(main, others={"other": other}) as r:
        station = await r.connect()
        before = r.session.route
        await switch(r.session, to("other", "main"), "api")
        await ask(station, 1, "Authorize", {"idTag": "A"})
        await switch(r.session, before, "configuration")
        await ask(station, 2, "Authorize", {"idTag": "B"})
        assert (ordinary(main)[-1], ordinary(other)) == ("B", ["A"])
        await r.until(lambda: names(r) == {"main": "primary"})


async def test_primary_and_secondary_may_change_places(main, other):
    async with rigged(main, others={"other": other}, route="secondaries: [{upstream: other}]") as r:
        station = await r.connect()
        await ask(station, 1, "BootNotification", BOOT)
        await switch(r.session, to("other", "main"), "api")
        assert names(r) == {"other": "primary", "main": "secondary"}
        main.answers["Authorize"] = {"idTagInfo": {"status": "Blocked"}}
        assert await ask(station, 2, "Authorize", {"idTag": "A"}) == {}
        await r.until(lambda: ordinary(main) == ["A"])
        assert r.session.backends.get("main").joining.next_due() is not None, "it gets heartbeats of the broker now"


async def test_what_waits_for_a_primary_that_is_down_goes_to_the_new_one(main, other):
    async with rigged(main, others={"other": other}, route="grace: 60, when_primary_down: hold") as r:
        station = await r.connect()
        await main.stop()
        await r.until(lambda: r.session.primary.socket is None)
        await say(station, 1, "Authorize", {"idTag": "A"})
        await say(station, 2, "StartTransaction", START)
        await r.until(lambda: r.session.primary.exchange.waiting == 2)
        await switch(r.session, to("other"), "api")
        assert [(await station.json())[1] for _ in range(2)] == ["1", "2"]
        assert [action for action, _ in other.seen] == ["Authorize", "StartTransaction"]


async def test_an_upstream_that_never_answers_holds_the_change_up_for_a_calls_time_at_most(main, other):
    main.answers["Authorize"] = None
    async with rigged(main, others={"other": other}, limits="call_timeout: 0.3") as r:
        station = await r.connect()
        await say(station, 1, "Authorize", {"idTag": "A"})
        await r.until(lambda: ordinary(main) == ["A"])
        await switch(r.session, to("other"), "api")
        await ask_after(station, other)


async def ask_after(station, other):
    await say(station, 2, "Authorize", {"idTag": "B"})
    while (await station.json())[1] != "2":
        pass
    assert ordinary(other) == ["B"]


async def test_a_station_that_leaves_while_its_route_changes_ends_it(main, other):
    main.answers["Authorize"] = None
    async with rigged(main, others={"other": other}) as r:
        station = await r.connect()
        await say(station, 1, "Authorize", {"idTag": "A"})
        await r.until(lambda: ordinary(main) == ["A"])
        session = r.session
        switching = asyncio.ensure_future(switch(session, to("other"), "api"))
        await r.until(lambda: session.switching)
        await station.ws.close()
        await switching
        assert not session.switching
        assert other.requests == []


async def test_two_changes_at_once_are_one_after_the_other(main, other):
    async with rigged(main, others={"other": other}) as r:
        station = await r.connect()
        back = r.session.route
        await asyncio.gather(switch(r.session, to("other"), "api"), switch(r.session, back, "configuration"))
        assert r.session.route is back
        await ask(station, 1, "Authorize", {"idTag": "A"})
        assert ordinary(main) == ["A"]


class Slow(BasePlugin):
    gate = None

    @on_call("*", "Authorize")
    async def wait(self, session, call):
        await Slow.gate.wait()


async def test_a_call_that_a_plugin_holds_is_waited_for(main, other):
    Slow.gate = asyncio.Event()
    async with rigged(main, others={"other": other}, plugins=[Slow]) as r:
        station = await r.connect()
        await say(station, 1, "Authorize", {"idTag": "A"})
        await r.until(lambda: r.session.station.busy)
        switching = asyncio.ensure_future(switch(r.session, to("other"), "api"))
        await say(station, 2, "Authorize", {"idTag": "B"})
        await r.until(lambda: r.session.station.backlog)
        assert not r.session.switching
        Slow.gate.set()
        assert [(await station.json())[1] for _ in range(2)] == ["1", "2"]
        await switching
        assert ordinary(main) == ["A", "B"], "what came before the change goes the old way"


# --- a boot that leads elsewhere ------------------------------------------------------------------------------------


async def test_a_boot_that_leads_to_another_route_is_processed_once_and_there(main, other):
    async with rigged(main, others={"other": other}, more_routes=BY_VENDOR) as r:
        station = await r.connect()
        await say(station, 1, "BootNotification", BOOT)
        await say(station, 2, "Authorize", {"idTag": "A"})
        assert [(await station.json())[1] for _ in range(2)] == ["1", "2"]
        assert main.seen == []
        assert [action for action, _ in other.seen] == ["BootNotification", "Authorize"]
        assert r.session.route.primary == "other"
        await ask(station, 3, "BootNotification", BOOT)
        assert len(other.payloads("BootNotification")) == 2, "the same boot again changes nothing"


async def test_on_its_next_connection_the_station_is_on_that_route_from_the_beginning(main, other):
    async with rigged(main, others={"other": other}, more_routes=BY_VENDOR) as r:
        station = await r.connect()
        await ask(station, 1, "BootNotification", BOOT)
        await station.ws.close()
        await r.until(lambda: r.session is None)
        count = len(main.requests)
        station = await r.connect()
        await ask(station, 2, "Authorize", {"idTag": "A"})
        assert ordinary(other) == ["A"]
        assert len(main.requests) == count


async def test_a_station_whose_route_was_set_by_hand_is_not_led_away_by_its_boot(main, other):
    async with rigged(main, others={"other": other}, more_routes=BY_VENDOR) as r:
        station = await r.connect()
        await r.sessions.set_route("CP001", to("main"))
        await ask(station, 1, "BootNotification", BOOT)
        assert (main.payloads("BootNotification"), other.seen) == ([BOOT], [])


async def test_a_boot_is_answered_by_the_first_route_that_fits_among_those_that_ask_for_more(main, other):
    async with rigged(main, others={"other": other}, more_routes=BY_VENDOR.replace("'V'", "'X*'")) as r:
        station = await r.connect()
        await ask(station, 1, "BootNotification", BOOT)
        assert other.seen == []
        await ask(station, 2, "BootNotification", {**BOOT, "chargePointVendor": "XY"})
        assert other.payloads("BootNotification") == [{**BOOT, "chargePointVendor": "XY"}]
        assert main.payloads("BootNotification") == [BOOT]


async def test_a_secondary_that_the_new_route_does_not_name_commands_no_more_though_it_is_still_owed_something(
    main, other
):
    other.answers["StartTransaction"] = None
    route = "secondaries: [{upstream: other, commands: all}]"
    async with rigged(main, others={"other": other}, route=route) as r:
        station = await r.connect()
        await ask(station, 1, "StartTransaction", START)
        await r.until(lambda: other.told)
        await switch(r.session, to("main"), "api")
        assert names(r)["other"] == "former"
        assert r.session.backends.get("other").commands.judge(call("Reset", {})) is not None
