"""One station, several upstreams: who answers, who watches, in whose ids."""

import asyncio
import json

import pytest
from session_kit import Upstream, rig

from broker.config import route_from
from broker.store import Store


class Minting(Upstream):
    """A CSMS that gives transactionIds of its own."""

    def __init__(self, first, **answers):
        super().__init__()
        self.first = first
        self.answers = answers
        self.seen = []
        self.silent = set()

    async def _take(self, ws, text):
        self.frames.put_nowait(text)
        frame = json.loads(text)
        if frame[0] != 2:
            return
        self.seen.append((frame[2], frame[3]))
        if frame[2] in self.silent:
            return
        payload = self.answers.get(frame[2], {})
        if frame[2] == "BootNotification":
            payload = {"status": "Accepted", "currentTime": "2026-01-01T00:00:00Z", "interval": 300, **payload}
        if frame[2] == "StartTransaction":
            payload = {"transactionId": self.first, "idTagInfo": {"status": "Accepted"}, **payload}
            self.first += 1
        await ws.send_str(json.dumps([3, frame[1], payload]))

    def actions(self):
        return [action for action, _ in self.seen]

    def payloads(self, action):
        return [payload for name, payload in self.seen if name == action]


@pytest.fixture
async def two():
    main, billing = Minting(1001), Minting(9001)
    await main.start()
    await billing.start()
    yield main, billing
    await main.stop()
    await billing.stop()


START = {"connectorId": 1, "idTag": "TAG", "meterStart": 5, "timestamp": "2026-01-01T00:00:00Z"}
BOOT = {"chargePointVendor": "V", "chargePointModel": "M"}


async def ask(station, number, action, payload):
    await station.send(json.dumps([2, str(number), action, payload], separators=(",", ":")))
    reply = await station.json()
    assert reply[:2] == [3, str(number)], reply
    return reply[2]


async def test_a_secondary_gets_everything_in_its_own_ids(two, tmp_path):
    main, billing = two
    async with rig(
        main,
        others={"billing": billing},
        route="secondaries: [{upstream: billing}]",
        store=Store(f"sqlite:///{tmp_path / 'x.db'}"),
    ) as r:
        station = await r.connect()
        await ask(station, 1, "BootNotification", BOOT)
        started = await ask(station, 2, "StartTransaction", START)
        assert started["transactionId"] == 1001
        await ask(station, 3, "MeterValues", {"connectorId": 1, "transactionId": 1001, "meterValue": []})
        stop = {"transactionId": 1001, "meterStop": 9, "timestamp": "2026-01-01T01:00:00Z"}
        await ask(station, 4, "StopTransaction", stop)
        await r.until(lambda: "StopTransaction" in billing.actions())
        assert billing.actions() == ["BootNotification", "StartTransaction", "MeterValues", "StopTransaction"]
        assert billing.payloads("MeterValues")[0]["transactionId"] == 9001
        assert billing.payloads("StopTransaction")[0]["transactionId"] == 9001
        assert main.payloads("StopTransaction")[0]["transactionId"] == 1001
        await r.until(lambda: not r.session.backends.busy)


async def test_standing_in_and_replay(two, tmp_path):
    from plugins.ocpp16.core import Core

    main, _ = two
    await main.stop()
    async with rig(
        main,
        route="when_primary_down: stand_in, grace: 0.1",
        upstream_options="reconnect: {initial: 0.05, maximum: 0.1}",
        plugins=[Core],
        store=Store(f"sqlite:///{tmp_path / 'x.db'}"),
    ) as r:
        station = await r.connect()
        await r.until(lambda: r.session.backends.standing_in)
        boot = await ask(station, 1, "BootNotification", BOOT)
        assert boot["status"] == "Pending"
        started = await ask(station, 2, "StartTransaction", START)
        mine = started["transactionId"]
        await ask(station, 3, "MeterValues", {"connectorId": 1, "transactionId": mine, "meterValue": []})
        assert r.sessions.deliveries.outboxes()[0]["depth"] == 2
        await main.start()
        await r.until(lambda: len(main.seen) >= 3)
        assert main.actions() == ["BootNotification", "StartTransaction", "MeterValues"]
        assert main.payloads("MeterValues")[0]["transactionId"] == 1001
        await r.until(lambda: not r.session.backends.busy)
        stop = {"transactionId": mine, "meterStop": 9, "timestamp": "2026-01-01T01:00:00Z"}
        await ask(station, 4, "StopTransaction", stop)
        assert main.payloads("StopTransaction")[0]["transactionId"] == 1001


async def test_failover_keeps_open_transactions_with_their_upstream(two, tmp_path):
    main, other = two
    async with rig(
        main,
        others={"other": other},
        route="when_primary_down: {failover: [other], fail_back: 0.3}, grace: 0.1",
        upstream_options="reconnect: {initial: 0.05, maximum: 0.1}",
        store=Store(f"sqlite:///{tmp_path / 'x.db'}"),
    ) as r:
        station = await r.connect()
        await ask(station, 1, "BootNotification", BOOT)
        assert (await ask(station, 2, "StartTransaction", START))["transactionId"] == 1001
        await main.stop()
        await r.until(lambda: r.session.primary is not None and r.session.primary.name == "other")
        await ask(station, 3, "Heartbeat", {})
        assert "Heartbeat" in other.actions()
        await ask(station, 4, "MeterValues", {"connectorId": 1, "transactionId": 1001, "meterValue": []})
        again = await ask(station, 5, "StartTransaction", {**START, "connectorId": 2})
        assert again["transactionId"] == 9001
        assert "MeterValues" not in other.actions()
        await main.start()
        await r.until(lambda: "MeterValues" in main.actions())
        await r.until(lambda: r.session.primary.name == "main")
        await ask(station, 6, "StopTransaction", {"transactionId": 9001, "meterStop": 1, "timestamp": "x"})
        assert other.payloads("StopTransaction") == [{"transactionId": 9001, "meterStop": 1, "timestamp": "x"}]
        await asyncio.sleep(0)


async def test_a_secondary_that_becomes_the_primary_sees_the_end_of_what_it_saw_begin(two, tmp_path):
    main, billing = two
    store = Store(f"sqlite:///{tmp_path / 'x.db'}")
    async with rig(main, others={"billing": billing}, route="secondaries: [{upstream: billing}]", store=store) as r:
        station = await r.connect()
        await ask(station, 1, "StartTransaction", START)
        await r.until(lambda: "StartTransaction" in billing.actions())
        await r.sessions.set_route("CP001", route_from({"primary": "billing"}, {"main", "billing"}))
        stop = {"transactionId": 1001, "meterStop": 9, "timestamp": "2026-01-01T01:00:00Z"}
        await ask(station, 2, "StopTransaction", stop)
        await r.until(lambda: "StopTransaction" in billing.actions())
        assert billing.payloads("StopTransaction")[0]["transactionId"] == 9001
        assert main.payloads("StopTransaction")[0]["transactionId"] == 1001


async def test_a_secondary_that_comes_during_a_transaction_gets_nothing_of_it(two, tmp_path):
    main, billing = two
    store = Store(f"sqlite:///{tmp_path / 'x.db'}")
    async with rig(main, others={"billing": billing}, store=store) as r:
        station = await r.connect()
        await ask(station, 1, "StartTransaction", START)
        await billing.stop()
        both = {"primary": "main", "secondaries": [{"upstream": "billing"}]}
        await r.sessions.set_route("CP001", route_from(both, {"main", "billing"}))
        await ask(station, 2, "SecurityEventNotification", {"type": "x", "timestamp": "2026-01-01T00:00:00Z"})
        stop = {"transactionId": 1001, "meterStop": 9, "timestamp": "2026-01-01T01:00:00Z"}
        await ask(station, 3, "StopTransaction", stop)
        assert [box["depth"] for box in r.sessions.deliveries.outboxes()] == [1], "the security event"
        assert r.sample("switchboard_mapping_misses_total", upstream="billing") == 1
