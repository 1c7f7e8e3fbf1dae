"""Where a call of the station goes: to whoever answers it."""

import asyncio

import pytest
from outbox_kit import BOOT, SECONDARY, START, Csms, LocalCore, ask, rigged, running, say

from broker.api import Answer, BasePlugin, on_call
from broker.session.relay import outward


@pytest.fixture
async def main():
    async with running(Csms(1001)) as (one,):
        yield one


@pytest.fixture
async def billing():
    async with running(Csms(9001)) as (one,):
        yield one


async def test_with_a_local_primary_the_plugins_answer_and_secondaries_are_told(billing):
    async with rigged(None, others={"billing": billing}, route=SECONDARY, plugins=[LocalCore]) as r:
        station = await r.connect()
        assert (await ask(station, 1, "BootNotification", BOOT))["status"] == "Accepted"
        mine = (await ask(station, 2, "StartTransaction", START))["transactionId"]
        await r.until(lambda: "StartTransaction" in billing.actions())
        assert mine != 9001
        assert "idTagInfo" in await ask(station, 3, "Authorize", {"idTag": "T"})
        await r.until(lambda: billing.payloads("Authorize"))


async def test_while_the_primary_is_stood_in_for_the_local_csms_answers_and_tells_it_nothing_ordinary(main):
    await main.stop()
    async with rigged(main, route="when_primary_down: stand_in, grace: 0.1", plugins=[LocalCore]) as r:
        station = await r.connect()
        await r.until(lambda: r.session.backends.standing_in)
        assert "idTagInfo" in await ask(station, 1, "Authorize", {"idTag": "T"})
        await main.start()
        await r.until(lambda: not r.session.backends.standing_in)
        await ask(station, 2, "Heartbeat", {})
        assert main.payloads("Authorize") == []


class Welcome(BasePlugin):
    @on_call("*", "BootNotification")
    def answer(self, session, call):
        return Answer({"status": "Accepted", "currentTime": "2026-01-01T00:00:00Z", "interval": 60})


async def test_a_secondary_is_let_in_although_a_plugin_has_answered_the_boot_by_itself(main, billing):
    async with rigged(main, others={"billing": billing}, route=SECONDARY, plugins=[Welcome]) as r:
        station = await r.connect()
        await r.until(lambda: r.session.backends.get("billing").link.socket is not None)
        await ask(station, 1, "BootNotification", BOOT)
        await ask(station, 2, "StartTransaction", START)
        await r.until(lambda: billing.actions() == ["StartTransaction"])
        assert main.payloads("BootNotification") == []
        assert r.session.backends.ledger.memory.booted == {}, "no upstream has accepted it"


async def test_comparisons_of_calls_that_are_never_answered_are_bounded(main, billing, monkeypatch):
    monkeypatch.setattr(outward, "_TRIALS", 2)
    main.answers["Authorize"] = None
    route = "secondaries: [{upstream: billing, compare: true}]"
    async with rigged(main, others={"billing": billing}, route=route) as r:
        station = await r.connect()
        await ask(station, 0, "Heartbeat", {})
        for n in range(1, 5):
            await say(station, n, "Authorize", {"idTag": "T"})
        await r.until(lambda: len(billing.payloads("Authorize")) == 4 or r.session.flow._outward._trials)
        await r.until(lambda: r.session.station.exchange.inbound == 4)
        assert len(r.session.flow._outward._trials) == 2


async def test_tokens_are_remembered_only_where_the_broker_may_have_to_say_them_itself(main):
    main.answers["Authorize"] = {"idTagInfo": {"status": "Accepted"}}
    for route, known in (("when_primary_down: stand_in", True), ("when_primary_down: hold", False)):
        async with rigged(main, route=route) as r:
            station = await r.connect()
            await ask(station, 1, "Authorize", {"idTag": "T"})
            await asyncio.sleep(0)
            assert (r.shared.tokens.info("main", {"idTag": "T"}) is not None) is known
