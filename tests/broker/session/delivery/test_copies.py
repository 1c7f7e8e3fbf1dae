"""What goes into the outboxes with a message, and what no longer fits."""

import json

import pytest
from outbox_kit import (
    ERROR,
    SECONDARY,
    STAND_IN,
    START,
    Csms,
    LocalCore,
    ask,
    meter,
    rigged,
    running,
    say,
    stop,
    stored,
)

SMALL = "station_bytes: 65536, max_bytes: 1048576"


@pytest.fixture
async def main():
    async with running(Csms(1001)) as (one,):
        yield one


@pytest.fixture
async def billing():
    async with running(Csms(9001)) as (one,):
        yield one


async def fill(r, station, number, share):
    """Make an outbox that is full to `share` of its quota, with one security event."""
    used = sum(box.bytes for box in r.session.backends.ledger.outboxes.values())
    size = int(share * 65536) - used - 80
    await ask(
        station, number, "SecurityEventNotification", {"type": f"{number}", "timestamp": "x", "techInfo": "x" * size}
    )


async def test_a_row_says_what_it_is_and_holds_the_message_as_the_station_made_it(main, billing):
    await billing.stop()
    async with rigged(main, others={"billing": billing}, route=SECONDARY) as r:
        station = await r.connect()
        await ask(station, 1, "StartTransaction", START)
        await ask(station, 2, "MeterValues", meter(1001))
        one, two = await r.shared.store.outbox("CP001", "billing")
        assert (one.action, one.kind, one.version, one.identity) == ("StartTransaction", "start", "ocpp1.6", "CP001")
        assert json.loads(two.payload) == meter(1001)
        assert one.id < two.id
        assert one.ref == two.ref == r.session.backends.ledger.transactions.find(1001).ref
        assert "TAG" not in one.key


async def test_a_secondary_is_told_once_of_a_message_that_was_answered_with_an_error_and_then_taken(main, billing):
    async with rigged(main, others={"billing": billing}, route=SECONDARY) as r:
        station = await r.connect()
        await ask(station, 1, "StartTransaction", START)
        main.answers["MeterValues"] = ERROR
        for number in (2, 3):
            await say(station, number, "MeterValues", meter(1001))
            assert (await station.json())[0] == 4
        main.answers.clear()
        await ask(station, 4, "MeterValues", meter(1001))
        await ask(station, 5, "StopTransaction", stop(1001))
        await r.until(lambda: "StopTransaction" in billing.actions())
        assert billing.actions() == ["StartTransaction", "MeterValues", "StopTransaction"]


async def test_a_start_that_was_answered_with_an_error_first_is_told_to_a_secondary_when_it_succeeds(main, billing):
    async with rigged(main, others={"billing": billing}, route=SECONDARY) as r:
        station = await r.connect()
        main.answers["StartTransaction"] = ERROR
        await say(station, 1, "StartTransaction", START)
        assert (await station.json())[0] == 4
        assert not r.session.backends.get("billing").busy
        main.answers.clear()
        await ask(station, 2, "StartTransaction", START)
        await r.until(lambda: billing.told)
        assert billing.actions() == ["StartTransaction"]


async def test_the_same_content_again_is_a_new_message_once_the_first_was_taken(main, billing):
    async with rigged(main, others={"billing": billing}, route=SECONDARY) as r:
        station = await r.connect()
        for number in range(2):  # a dead clock: the station begins twice with the very same start
            started = await ask(station, f"a{number}", "StartTransaction", START)
            await ask(station, f"b{number}", "StopTransaction", stop(started["transactionId"]))
        await r.until(lambda: len(billing.told) == 4)
        assert billing.actions() == ["StartTransaction", "StopTransaction"] * 2
        assert [p["transactionId"] for p in billing.payloads("StopTransaction")] == [9001, 9002]


async def test_a_secondary_that_joins_late_is_not_told_of_a_transaction_that_it_has_no_id_for(main, billing):
    async with rigged(main, others={"billing": billing}) as r:
        station = await r.connect()
        await ask(station, 1, "StartTransaction", START)
        route = r.session.route.model_copy(update={"secondaries": _secondaries(r)})
        await r.sessions.set_route("CP001", route)
        await r.until(lambda: r.session.backends.get("billing").link.ready)
        await ask(station, 2, "MeterValues", meter(1001))
        await ask(station, 3, "StopTransaction", stop(1001))
        again = await ask(station, 4, "StartTransaction", {**START, "connectorId": 2})
        await ask(station, 5, "StopTransaction", stop(again["transactionId"]))
        await r.until(lambda: len(billing.told) == 2)
        assert billing.actions() == ["StartTransaction", "StopTransaction"]
        assert r.sample("switchboard_mapping_misses_total", upstream="billing") == 2
        assert await r.shared.store.dead() == []


def _secondaries(r):
    from broker.config import Secondary

    return [Secondary(upstream="billing")]


# --- quotas -----------------------------------------------------------------------------------------------------------


async def test_periodic_meter_values_go_first_and_are_counted(main, billing):
    await billing.stop()
    async with rigged(main, others={"billing": billing}, route=SECONDARY, outbox=SMALL) as r:
        station = await r.connect()
        await ask(station, 1, "StartTransaction", START)
        await ask(station, 2, "MeterValues", meter(1001, "1"))
        await fill(r, station, 3, 0.85)
        await ask(station, 4, "MeterValues", meter(1001, "2"))
        await ask(station, 5, "StopTransaction", stop(1001))
        kept = await stored(r, "billing")
        assert kept == ["StartTransaction", "MeterValues", "SecurityEventNotification", "StopTransaction"]
        assert r.sample("switchboard_outbox_dropped_total", upstream="billing", reason="periodic") == 1
        assert main.actions().count("MeterValues") == 2, "the primary gets all of them"


async def test_a_secondary_never_stops_a_station_however_full_its_outbox_is(main, billing):
    await billing.stop()
    async with rigged(main, others={"billing": billing}, route=SECONDARY, outbox=SMALL) as r:
        station = await r.connect()
        await fill(r, station, 1, 0.89)
        big = {"type": "Y", "timestamp": "x", "techInfo": "x" * 2000}
        await ask(station, 2, "SecurityEventNotification", big)
        assert await stored(r, "billing") == ["SecurityEventNotification"]
        assert r.sample("switchboard_outbox_dropped_total", upstream="billing", reason="full") == 1


async def test_a_full_outbox_of_a_secondary_leaves_room_for_the_primary(main, billing):
    await billing.stop()
    options = {"route": f"{STAND_IN}, {SECONDARY}", "outbox": SMALL, "plugins": [LocalCore]}
    async with rigged(main, others={"billing": billing}, **options) as r:
        station = await r.connect()
        await fill(r, station, 1, 0.89)
        await main.stop()
        await r.until(lambda: r.session.backends.standing_in)
        for number in range(2, 6):
            big = {"type": f"{number}", "timestamp": "x", "techInfo": "x" * 1000}
            await ask(station, number, "SecurityEventNotification", big)
        assert await stored(r, "main") == ["SecurityEventNotification"] * 4


async def test_all_stations_together_have_a_quota_too(main, billing):
    await billing.stop()
    limits = "station_bytes: 65536, max_bytes: 65536"
    async with rigged(main, others={"billing": billing}, route=SECONDARY, outbox=limits) as r:
        one = await r.connect(identity="CP1")
        await fill(r, one, 1, 0.89)
        two = await r.connect(identity="CP2")
        big = {"type": "Y", "timestamp": "x", "techInfo": "x" * 2000}
        await ask(two, 1, "SecurityEventNotification", big)
        assert await stored(r, "billing") == []
        assert r.sample("switchboard_outbox_dropped_total", upstream="billing", reason="full") == 1


async def test_an_outbox_that_fills_up_warns_at_half_and_at_four_fifths(main, billing, capsys):
    await billing.stop()
    async with rigged(main, others={"billing": billing}, route=SECONDARY, outbox=SMALL) as r:
        station = await r.connect()
        for number, share in enumerate((0.3, 0.55, 0.6, 0.85, 0.9), start=1):
            await fill(r, station, number, share)
    warnings = [line for line in capsys.readouterr().out.splitlines() if "filling up" in line]
    assert [line.partition("percent=")[2][:2] for line in warnings] == ["55", "85"]


async def test_room_that_was_made_is_used_again(main):
    await main.stop()
    async with rigged(main, route=STAND_IN, plugins=[LocalCore], outbox=SMALL) as r:
        station = await r.connect()
        await r.until(lambda: r.session.backends.standing_in)
        mine = (await ask(station, 1, "StartTransaction", START))["transactionId"]
        await fill(r, station, 2, 0.85)
        await ask(station, 3, "MeterValues", meter(mine, "1"))
        assert await stored(r) == ["StartTransaction", "SecurityEventNotification"]
        await main.start()
        await r.until(lambda: not r.session.backends.busy)
        main.answers["MeterValues"] = None
        await main.stop()
        await r.until(lambda: r.session.backends.standing_in)
        await ask(station, 4, "MeterValues", meter(mine, "2"))
        assert await stored(r) == ["MeterValues"]
