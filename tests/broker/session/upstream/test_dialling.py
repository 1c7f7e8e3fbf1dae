"""Which upstreams of a station are connected, and what is delivered before they are."""

from time import time

import pytest
from outbox_kit import BOOT2, SECONDARY, START, Csms, ask, event, meter, rigged, running, stop, waiting

from broker.config import Match, Route, Secondary
from broker.ocpp import Version
from broker.session.switching import switch

NEW = {"version": Version.V201, "subprotocol": "ocpp2.0.1"}


class Both(Csms):
    """Talks whatever is offered, and knows in which version it was told what."""

    def __init__(self, first):
        super().__init__(first)
        self.versions = []

    async def _serve(self, request):
        self._subprotocol = request.headers["Sec-WebSocket-Protocol"]
        self.versions.append(self._subprotocol)
        return await super()._serve(request)


@pytest.fixture
async def main():
    async with running(Both(1001)) as (one,):
        yield one


@pytest.fixture
async def billing():
    async with running(Both(9001)) as (one,):
        yield one


def to(primary, *secondaries):
    named = [Secondary(upstream=name) for name in secondaries]
    return Route(match=Match(), primary=primary, secondaries=named, boot_grace=0)


async def left_in_1_6(r, billing):
    """A transaction that the secondary has not been told of when the station has left."""
    await billing.stop()
    station = await r.connect()
    await ask(station, 1, "StartTransaction", START)
    await ask(station, 2, "MeterValues", meter(1001))
    await ask(station, 3, "StopTransaction", stop(1001))
    await station.ws.close()
    await r.until(lambda: r.session is None and not r.shared.ledgers.get("CP001").users)
    assert waiting(r, "billing") == 3


def linger(r, seconds):
    r.shared.config = r.shared.config.model_copy(
        update={"outbox": r.shared.config.outbox.model_copy(update={"linger": seconds})}
    )


def outbox(linger):
    return f"linger: {linger}, while_away: false"


async def test_what_was_left_in_another_version_is_delivered_in_it_before_the_new_link_is_dialled(main, billing):
    async with rigged(main, others={"billing": billing}, route=SECONDARY, outbox=outbox(0.2)) as r:
        await left_in_1_6(r, billing)
        linger(r, 5.0)
        await billing.start()
        station = await r.connect(**NEW)
        await ask(station, 4, "BootNotification", BOOT2)
        await ask(station, 5, "TransactionEvent", event("Started", 0))
        await r.until(lambda: not waiting(r, "billing"))
        assert billing.versions == ["ocpp1.6", "ocpp2.0.1"]
        assert billing.actions() == ["StartTransaction", "MeterValues", "StopTransaction", "TransactionEvent"]
        await r.until(lambda: billing.payloads("BootNotification"))
        assert billing.payloads("BootNotification") == [BOOT2], "not in the version that it was not made in"
        await ask(station, 6, "TransactionEvent", event("Ended", 1))
        await r.until(lambda: billing.actions()[-1:] == ["TransactionEvent"] and not waiting(r, "billing"))
        assert len(billing.actions()) == 5


async def test_an_upstream_that_does_not_take_it_is_dialled_after_the_time_and_the_rest_waits(main, billing):
    billing.answers["StartTransaction"] = None
    async with rigged(main, others={"billing": billing}, route=SECONDARY, outbox=outbox(0.2)) as r:
        await left_in_1_6(r, billing)
        await billing.start()
        station = await r.connect(**NEW)
        await r.until(lambda: billing.versions == ["ocpp1.6", "ocpp2.0.1"])
        await ask(station, 4, "NotifyEvent", {"generatedAt": "2026-01-01T00:00:00Z", "seqNo": 0, "eventData": []})
        await r.until(lambda: billing.payloads("NotifyEvent"))
        assert waiting(r, "billing") == 3


async def test_a_station_that_leaves_meanwhile_ends_it_and_nobody_is_dialled_any_more(main, billing):
    billing.answers["StartTransaction"] = None
    async with rigged(main, others={"billing": billing}, route=SECONDARY, outbox=outbox(0.2)) as r:
        await left_in_1_6(r, billing)
        await billing.start()
        linger(r, 60.0)
        station = await r.connect(**NEW)
        await r.until(lambda: billing.told)
        linger(r, 0.1)
        await station.ws.close()
        await r.until(lambda: r.session is None and not r.shared.ledgers.get("CP001").users)
        assert billing.versions == ["ocpp1.6"]
        await r.until(lambda: billing.ws.closed)


async def test_a_primary_is_dialled_at_once_whatever_waits_for_it(main):
    async with rigged(main, route="when_primary_down: hold", outbox=outbox(60)) as r:
        r.shared.ledgers.take(ledger := await r.shared.ledgers.load("CP001"))
        ledger.outbox("main").depth = 1
        station = await r.connect()
        await ask(station, 1, "Heartbeat", {})
        assert main.versions == ["ocpp1.6"]
        ledger.outbox("main").depth = 0


async def test_an_upstream_that_is_owed_something_is_dialled_though_the_route_does_not_name_it_any_more(main, billing):
    async with rigged(main, others={"billing": billing}, route=SECONDARY, outbox=outbox(0.2)) as r:
        await left_in_1_6(r, billing)
        await r.sessions.set_route("CP001", to("main"))
        await billing.start()
        await r.connect()
        await r.until(lambda: len(billing.actions()) == 3)
        await r.until(lambda: r.session.backends.get("billing") is None)
        await r.until(lambda: billing.ws.closed)


async def test_the_leg_to_a_former_primary_goes_with_its_last_transaction(main, billing):
    async with rigged(main, others={"billing": billing}) as r:
        station = await r.connect()
        await ask(station, 1, "StartTransaction", START)
        await switch(r.session, to("billing"), "api")
        assert r.session.backends.get("main") is not None
        await ask(station, 2, "StopTransaction", stop(1001))
        await r.until(lambda: r.session.backends.get("main") is None)


async def test_one_whose_transaction_never_ended_keeps_no_leg_for_ever_and_gets_its_messages_all_the_same(
    main, billing
):
    async with rigged(main, others={"billing": billing}) as r:
        station = await r.connect()
        await ask(station, 1, "StartTransaction", START)
        r.session.backends.ledger.transactions.find(1001).started_at = time() - 4 * 86400.0
        await switch(r.session, to("billing"), "api")
        await r.until(lambda: r.session.backends.get("main") is None)
        await ask(station, 2, "MeterValues", meter(1001))
        await r.until(lambda: main.actions() == ["StartTransaction", "MeterValues"])
        assert billing.told == []
