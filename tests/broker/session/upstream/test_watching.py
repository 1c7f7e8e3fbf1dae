"""What the secondaries are told, and how their answers compare with the one that the station gets."""

import json

import pytest
from outbox_kit import BOOT, SECONDARY, START, Csms, ask, rigged, running, say

from broker.ocpp import Version
from broker.session.upstream import watching

COMPARED = "secondaries: [{upstream: billing, compare: true}]"


@pytest.fixture
async def main():
    async with running(Csms(1001)) as (one,):
        yield one


@pytest.fixture
async def billing():
    async with running(Csms(9001)) as (one,):
        yield one


async def test_a_boot_goes_to_every_secondary_and_each_has_its_own_answer(main, billing):
    billing.answers["BootNotification"] = {"status": "Rejected", "interval": 300}
    async with rigged(main, others={"billing": billing}, route=SECONDARY) as r:
        station = await r.connect()
        assert (await ask(station, 1, "BootNotification", BOOT))["status"] == "Accepted"
        await r.until(lambda: billing.payloads("BootNotification") == [BOOT])
        await ask(station, 2, "Authorize", {"idTag": "T"})
        await r.until(lambda: r.session.backends.get("billing").joining.retry_at)
        assert [action for action, _ in billing.seen] == ["BootNotification"], "nothing else before it has accepted"


async def test_a_report_goes_to_whoever_asked_for_it_and_the_station_does_not_wait_for_a_secondary():
    asks = "secondaries: [{upstream: billing, commands: [GetBaseReport]}]"
    async with (
        running(Csms(1, "ocpp2.0.1"), Csms(2, "ocpp2.0.1", NotifyReport=None)) as (main, billing),
        rigged(main, others={"billing": billing}, route=asks) as r,
    ):
        station = await r.connect(version=Version.V201, subprotocol="ocpp2.0.1")
        await ask(station, 1, "Heartbeat", {})
        await r.until(lambda: r.session.backends.get("billing").link.ready)
        await billing.ws.send_str(
            json.dumps([2, "g", "GetBaseReport", {"requestId": 7, "reportBase": "FullInventory"}])
        )
        asked = await station.json()
        await station.send(json.dumps([3, asked[1], {"status": "Accepted"}]))
        report = {"requestId": asked[3]["requestId"], "generatedAt": "2026-01-01T00:00:00Z", "seqNo": 0}
        assert await ask(station, 2, "NotifyReport", report) == {}
        await r.until(lambda: billing.payloads("NotifyReport"))
        assert billing.payloads("NotifyReport")[0]["requestId"] == 7
        assert main.payloads("NotifyReport") == []
        await ask(station, 3, "Heartbeat", {})


async def test_a_report_that_nobody_has_asked_for_goes_to_all():
    async with (
        running(Csms(1, "ocpp2.0.1"), Csms(2, "ocpp2.0.1")) as (main, billing),
        rigged(main, others={"billing": billing}, route=SECONDARY) as r,
    ):
        station = await r.connect(version=Version.V201, subprotocol="ocpp2.0.1")
        event = {"generatedAt": "2026-01-01T00:00:00Z", "seqNo": 0, "eventData": []}
        await ask(station, 1, "NotifyEvent", event)
        await r.until(lambda: billing.payloads("NotifyEvent"))
        assert main.payloads("NotifyEvent") == [event]


async def test_ordinary_and_durable_answers_and_boots_are_compared(main, billing):
    main.answers["Authorize"] = {"idTagInfo": {"status": "Accepted"}}
    billing.answers["Authorize"] = {"idTagInfo": {"status": "Blocked"}}
    async with rigged(main, others={"billing": billing}, route=COMPARED) as r:
        station = await r.connect()
        await ask(station, 1, "BootNotification", BOOT)
        await ask(station, 2, "Authorize", {"idTag": "T"})
        await ask(station, 3, "StartTransaction", START)
        labels = {"primary": "main", "candidate": "billing"}
        await r.until(lambda: len(r.shared.comparisons.counts()) >= 3)
        kinds = {key[2]: key[3] for key in r.shared.comparisons.counts() if key[:2] == tuple(labels.values())}
        assert kinds["BootNotification"] == kinds["StartTransaction"] == "equal"
        assert kinds["Authorize"] != "equal"


async def test_a_secondary_that_is_not_to_be_compared_is_not(main, billing):
    async with rigged(main, others={"billing": billing}, route=SECONDARY) as r:
        station = await r.connect()
        await ask(station, 1, "Authorize", {"idTag": "T"})
        await ask(station, 2, "StartTransaction", START)
        await r.until(lambda: "StartTransaction" in billing.actions())
        assert r.shared.comparisons.counts() == {}


async def test_comparisons_that_are_never_answered_are_bounded(main, billing, monkeypatch):
    monkeypatch.setattr(watching, "_TRIALS", 2)
    billing.answers["StartTransaction"] = None
    async with rigged(main, others={"billing": billing}, route=COMPARED) as r:
        station = await r.connect()
        for n in range(4):
            await ask(station, n, "StartTransaction", {**START, "connectorId": n + 1})
        assert len(r.session.backends.watching._trials) == 2
        assert sum(r.shared.comparisons.counts().values()) == 2, "the oldest count as not answered"


async def test_whoever_answers_is_told_once(main):
    async with rigged(main, route="secondaries: []") as r:
        station = await r.connect()
        await say(station, 1, "Authorize", {"idTag": "T"})
        await station.json()
        assert len(main.payloads("Authorize")) == 1
        assert list(r.session.backends.watching.of(r.session.backends.active)) == []
