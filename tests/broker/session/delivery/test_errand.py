"""Legs in the name of a station that is away."""

import json
from functools import partial

import pytest
from outbox_kit import BOOT, SECONDARY, START, Csms, ask, event, meter, rigged, running, stop, waiting

from broker.hooks.call_errors import NotConnected
from broker.ocpp import Version
from broker.session.delivery.errand import Errand
from broker.tasks import spawn

AWAY = "linger: 0, while_away: false"


@pytest.fixture
async def main():
    async with running(Csms(1001)) as (one,):
        yield one


@pytest.fixture
async def billing():
    async with running(Csms(9001)) as (one,):
        await one.stop()
        yield one


async def leave_something(r, billing, *, boots=True):
    """A station that has left a transaction for an upstream which was down, and is up now."""
    station = await r.connect()
    if boots:
        await ask(station, 0, "BootNotification", BOOT)
    await ask(station, 1, "StartTransaction", START)
    await ask(station, 2, "MeterValues", meter(1001))
    await station.ws.close()
    await r.until(lambda: r.session is None and not r.shared.ledgers.get("CP001").users)
    await billing.start()


async def run(r, until, version=Version.V16):
    """Run an errand until `until()`; returns it, closed."""
    ledger = await r.shared.ledgers.open("CP001")
    errand = await Errand.prepare("CP001", version, r.shared, ledger)

    async def wait(backends):
        await r.until(partial(until, backends))

    await errand.run(wait)
    await errand.close()
    r.shared.ledgers.close(ledger)
    return errand


async def test_it_boots_delivers_in_order_and_in_the_upstreams_ids_and_leaves(main, billing):
    async with rigged(main, others={"billing": billing}, route=SECONDARY, outbox=AWAY) as r:
        await leave_something(r, billing)
        await run(r, lambda backends: not backends.busy)
        assert [action for action, _ in billing.seen] == ["BootNotification", "StartTransaction", "MeterValues"]
        assert billing.payloads("MeterValues")[0]["transactionId"] == 9001
        assert billing.ws.closed
        assert len(main.requests) == 1
        assert r.shared.ledgers.get("CP001").transactions.find(1001).ids == {"main": 1001, "billing": 9001}


async def test_nothing_goes_to_an_upstream_that_does_not_let_the_station_in(main, billing):
    async with rigged(main, others={"billing": billing}, route=SECONDARY, outbox=AWAY) as r:
        await leave_something(r, billing)
        billing.answers["BootNotification"] = {"status": "Rejected", "interval": 600}
        await run(r, lambda backends: billing.seen and backends.get("billing").joining.retry_at)
        assert billing.told == []
        assert waiting(r, "billing") == 2


async def test_an_upstream_that_is_down_is_left_alone_in_the_end(main, billing):
    async with rigged(main, others={"billing": billing}, route=SECONDARY, outbox=AWAY) as r:
        await leave_something(r, billing)
        await billing.stop()
        await run(r, lambda backends: backends.get("billing").link.last_error)
        assert waiting(r, "billing") == 2


@pytest.mark.parametrize("action", ["RemoteStartTransaction", "Reset", "UnlockConnector"])
async def test_commands_are_refused_at_once_and_none_is_kept(main, billing, action):
    payloads = {"RemoteStartTransaction": {"idTag": "T"}, "Reset": {"type": "Hard"}}
    route = "secondaries: [{upstream: billing, commands: all, grants: all}]"
    async with rigged(main, others={"billing": billing}, route=route, outbox=AWAY) as r:
        await leave_something(r, billing)
        billing.answers["StartTransaction"] = None  # so that it stays
        asked = False

        def answered(_):
            nonlocal asked
            if not asked and billing.told:
                asked = True
                payload = payloads.get(action, {"connectorId": 1})
                spawn(billing.ws.send_str(json.dumps([2, "q", action, payload])), name="ask")
            return any(frame.startswith(('[3,"q"', '[4,"q"')) for frame in billing.frames._queue)

        await run(r, answered)
        answer = next(json.loads(f) for f in billing.frames._queue if f.startswith(('[3,"q"', '[4,"q"')))
        assert answer[0] == 4 or answer[2]["status"] in ("Rejected", "UnlockFailed", "NotSupported")
        station = await r.connect()
        await station.send('[2,"h","Heartbeat",{}]')
        assert (await station.json())[:2] == [3, "h"]
        assert r.session.station.exchange.open is None


async def test_each_version_has_its_own_errand(main, billing):
    async with rigged(main, others={"billing": billing}, route=SECONDARY, outbox=AWAY) as r:
        await leave_something(r, billing)
        ledger = await r.shared.ledgers.open("CP001")
        assert await Errand.prepare("CP001", Version.V201, r.shared, ledger) is None
        errand = await Errand.prepare("CP001", Version.V16, r.shared, ledger)
        assert errand is not None
        await errand.close()
        r.shared.ledgers.close(ledger)


async def test_what_was_left_in_another_version_is_delivered_in_it_before_the_rest(main):
    async with running(Csms(9001)) as (billing,):
        options = {"others": {"billing": billing}, "route": SECONDARY, "outbox": AWAY}
        await billing.stop()
        async with rigged(main, **options) as r:
            await leave_something(r, billing)
            await billing.stop()
            main._subprotocol = "ocpp2.0.1"
            station = await r.connect(version=Version.V201, subprotocol="ocpp2.0.1")
            await ask(station, 5, "TransactionEvent", event("Started", 0))
            await station.ws.close()
            await r.until(lambda: r.session is None and not r.shared.ledgers.get("CP001").users)
            await billing.start()
            await run(r, lambda backends: len(billing.told) == 2 and backends.get("billing").courier.idle)
            billing._subprotocol = "ocpp2.0.1"
            await run(r, lambda backends: not backends.busy, Version.V201)
            assert billing.actions() == ["StartTransaction", "MeterValues", "TransactionEvent"]


async def test_an_upstream_that_the_configuration_does_not_name_any_more_is_not_dialled(main, billing, tmp_path):
    path = tmp_path / "x.db"
    async with rigged(main, path, others={"billing": billing}, route=SECONDARY, outbox=AWAY) as r:
        await leave_something(r, billing)
    async with rigged(main, path, outbox=AWAY) as r:
        ledger = await r.shared.ledgers.open("CP001")
        assert await Errand.prepare("CP001", Version.V16, r.shared, ledger) is None
        assert ledger.undelivered
        r.shared.ledgers.close(ledger)


async def test_it_is_nobodys_way_to_the_station(main, billing):
    async with rigged(main, others={"billing": billing}, route=SECONDARY, outbox=AWAY) as r:
        await leave_something(r, billing, boots=False)
        ledger = await r.shared.ledgers.open("CP001")
        errand = await Errand.prepare("CP001", Version.V16, r.shared, ledger)
        with pytest.raises(NotConnected):
            await errand.call("Reset", {"type": "Hard"})
        assert errand.known_token({"idTag": "TAG"}) is None
        assert errand.rerouted() is False
        await errand.close()
        r.shared.ledgers.close(ledger)


async def test_what_it_learns_outlives_it(main, billing, tmp_path):
    path = tmp_path / "x.db"
    async with rigged(main, path, others={"billing": billing}, route=SECONDARY, outbox=AWAY) as r:
        await leave_something(r, billing)
        await run(r, lambda backends: not backends.busy)
    async with rigged(main, path, others={"billing": billing}, route=SECONDARY, outbox=AWAY) as r:
        station = await r.connect()
        await ask(station, 3, "StopTransaction", stop(1001))
        await r.until(lambda: "StopTransaction" in billing.actions())
        assert billing.payloads("StopTransaction")[0]["transactionId"] == 9001
