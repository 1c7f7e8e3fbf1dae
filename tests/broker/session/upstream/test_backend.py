"""One upstream beside a station: what it is told, what never, and what it may say."""

import json

import pytest
from outbox_kit import BOOT, SECONDARY, START, Csms, ask, call, rigged, running, stop, waiting

from broker.config import Match, Route, Secondary
from broker.ocpp import Version
from broker.session.upstream.backend import Role

V201 = {"version": Version.V201, "subprotocol": "ocpp2.0.1"}
STATUS = {"connectorId": 1, "errorCode": "NoError", "status": "Available"}


@pytest.fixture
async def main():
    async with running(Csms(1001)) as (one,):
        yield one


@pytest.fixture
async def billing():
    async with running(Csms(9001)) as (one,):
        yield one


def ordinary(csms):
    return [action for action, _ in csms.seen]


async def test_a_secondary_sees_what_is_ordinary_and_its_answer_reaches_nobody(main, billing):
    billing.answers["Authorize"] = {"idTagInfo": {"status": "Blocked"}}
    main.answers["Authorize"] = {"idTagInfo": {"status": "Accepted"}}
    async with rigged(main, others={"billing": billing}, route=SECONDARY) as r:
        station = await r.connect()
        assert await ask(station, 1, "Authorize", {"idTag": "T"}) == {"idTagInfo": {"status": "Accepted"}}
        await r.until(lambda: "Authorize" in ordinary(billing))
        assert await ask(station, 2, "Heartbeat", {}) == {}
        await ask(station, 3, "Authorize", {"idTag": "T"})
        await r.until(lambda: ordinary(billing) == ["Authorize", "Authorize"])
        assert "Heartbeat" not in ordinary(billing), "it gets the broker's own"


@pytest.mark.parametrize(
    "action", ["SignCertificate", "Get15118EVCertificate", "GetCertificateStatus", "GetCertificateChainStatus"]
)
async def test_certificates_are_the_business_of_whoever_answers(action):
    async with (
        running(Csms(1, "ocpp2.0.1"), Csms(2, "ocpp2.0.1")) as (main, billing),
        rigged(main, others={"billing": billing}, route=SECONDARY + ", validation: off") as r,
    ):
        station = await r.connect(**V201)
        await ask(station, 1, action, {"csr": "x"})
        await ask(station, 2, "NotifyEvent", {"x": 1})
        await r.until(lambda: billing.seen)
        assert ordinary(billing) == ["NotifyEvent"]


async def test_a_contract_certificate_is_not_in_the_copy_of_an_authorize():
    async with (
        running(Csms(1, "ocpp2.0.1"), Csms(2, "ocpp2.0.1")) as (main, billing),
        rigged(main, others={"billing": billing}, route=SECONDARY) as r,
    ):
        station = await r.connect(**V201)
        token = {"idToken": "X", "type": "eMAID"}
        await ask(station, 1, "Authorize", {"idToken": token, "certificate": "PEM"})
        await r.until(lambda: billing.seen)
        assert billing.payloads("Authorize") == [{"idToken": token}]
        assert main.payloads("Authorize") == [{"idToken": token, "certificate": "PEM"}]


async def test_plug_and_charge_of_1_6_is_not_copied_but_other_data_is(main, billing):
    async with rigged(main, others={"billing": billing}, route=SECONDARY) as r:
        station = await r.connect()
        await ask(station, 1, "DataTransfer", {"vendorId": "org.openchargealliance.iso15118pnc", "messageId": "x"})
        await ask(station, 2, "DataTransfer", {"vendorId": "com.example"})
        await r.until(lambda: billing.seen)
        assert billing.payloads("DataTransfer") == [{"vendorId": "com.example"}]


async def test_only_the_last_status_of_a_connector_waits_for_a_secondary_that_is_slow(main, billing):
    billing.answers["Authorize"] = None
    async with rigged(main, others={"billing": billing}, route=SECONDARY) as r:
        station = await r.connect()
        await ask(station, 1, "Authorize", {"idTag": "T"})
        await r.until(lambda: billing.seen)
        for n, status in enumerate(("Preparing", "Charging", "Finishing")):
            await ask(station, 10 + n, "StatusNotification", {**STATUS, "status": status})
        await ask(station, 20, "StatusNotification", {**STATUS, "connectorId": 2})
        exchange = r.session.backends.get("billing").link.exchange
        assert exchange.waiting == 2
        asked = next(json.loads(f) for f in [await billing.next()] if "Authorize" in f)
        await billing.ws.send_str(json.dumps([3, asked[1], {}]))
        await r.until(lambda: len(billing.payloads("StatusNotification")) == 2)
        assert [p["status"] for p in billing.payloads("StatusNotification")] == ["Finishing", "Available"]


async def test_only_the_last_status_waits_for_a_secondary_that_is_away_and_told_none_on_joining(main, billing):
    await billing.stop()
    route = "secondaries: [{upstream: billing, replay: none}]"
    async with rigged(main, others={"billing": billing}, route=route) as r:
        station = await r.connect()
        for n, status in enumerate(("Preparing", "Charging")):
            await ask(station, n, "StatusNotification", {**STATUS, "status": status})
        await billing.start()
        await r.until(lambda: billing.seen)
        await ask(station, 9, "Heartbeat", {})
        assert [p["status"] for p in billing.payloads("StatusNotification")] == ["Charging"]


async def test_what_waits_for_a_secondary_is_bounded_and_what_is_dropped_is_counted(main, billing):
    await billing.stop()
    async with rigged(main, others={"billing": billing}, route=SECONDARY + ", queue: 2") as r:
        station = await r.connect()
        for n in range(4):
            await ask(station, n, "Authorize", {"idTag": f"T{n}"})
        assert r.session.backends.get("billing").link.exchange.waiting == 2
        assert r.sample("switchboard_copies_dropped_total", upstream="billing", reason="queue_full") == 2


async def test_what_has_waited_too_long_for_a_secondary_is_dropped(main, billing, monkeypatch):
    monkeypatch.setattr("broker.session.upstream.backend._SHORT_LIVED", 0.1)
    await billing.stop()
    async with rigged(main, others={"billing": billing}, route="secondaries: [{upstream: billing, replay: none}]") as r:
        station = await r.connect()
        await ask(station, 1, "StatusNotification", STATUS)
        await ask(station, 2, "Authorize", {"idTag": "T"})
        await r.until(lambda: r.sample("switchboard_copies_dropped_total", upstream="billing", reason="timeout") == 2)
        assert r.session.backends.get("billing")._copies == {}


async def test_a_dead_secondary_delays_nobody(main, billing):
    await billing.stop()
    async with rigged(main, others={"billing": billing}, route=SECONDARY + ", grace: 60") as r:
        station = await r.connect()
        for n, (action, payload) in enumerate((("StartTransaction", START), ("StopTransaction", stop(1001)))):
            await ask(station, n, action, payload)
        assert waiting(r, "billing") == 2


# --- its part in the route ------------------------------------------------------------------------------------------


def route(**options):
    return Route(match=Match(), primary="main", grants=["firmware"], **options)


@pytest.fixture
async def backend(main, billing):
    async with rigged(main, others={"billing": billing}, route=SECONDARY) as r:
        await r.connect()
        yield r.session.backends.get("billing")


def allowed(backend, *actions):
    return [action for action in actions if backend.commands.judge(call(action, {})) is None]


ACTIONS = ("Reset", "UpdateFirmware", "RemoteStopTransaction", "GetDiagnostics")


async def test_a_secondary_may_what_its_own_words_allow_and_a_primary_what_the_route_allows(backend):
    assert allowed(backend, *ACTIONS) == []
    chosen = Secondary(upstream="billing", commands=["Reset", "GetDiagnostics"], grants="none")
    backend.take_part(Role.SECONDARY, route(), chosen)
    assert allowed(backend, *ACTIONS) == ["Reset"]
    backend.take_part(Role.PRIMARY, route(), None)
    assert allowed(backend, *ACTIONS) == ["Reset", "UpdateFirmware", "RemoteStopTransaction"]


async def test_one_that_has_no_part_in_the_route_any_more_may_only_end_what_it_has_begun(backend):
    backend.take_part(Role.FORMER, route(), None)
    assert allowed(backend, *ACTIONS) == ["RemoteStopTransaction"]
    failing_over = route(when_primary_down={"failover": ["billing"]})
    backend.take_part(Role.FORMER, failing_over, None)
    assert allowed(backend, *ACTIONS) == ["Reset", "UpdateFirmware", "RemoteStopTransaction"]


async def test_with_another_part_it_is_compared_filtered_and_told_accordingly(backend):
    chosen = Secondary(upstream="billing", compare=True, replay="none", filter={"actions": ["Authorize"]})
    backend.take_part(Role.SECONDARY, route(), chosen)
    assert backend.compare
    assert backend.shaper is not None
    assert not backend.joining.replays_statuses
    backend.take_part(Role.PRIMARY, route(), None)
    assert not backend.compare
    assert backend.shaper is None
    assert backend.joining.replays_statuses


@pytest.mark.parametrize(("mode", "begins", "stored"), [
    ("stand_in", True, True), ("stand_in", False, True), ("close", True, False), ("close", False, True)
])  # fmt: skip
async def test_behind_a_backlog_only_a_route_that_stands_in_lets_the_local_csms_begin(backend, mode, begins, stored):
    backend.take_part(Role.PRIMARY, route(when_primary_down=mode), None)
    assert not backend.stores(False, begins=begins)
    backend.courier.outbox.expect(1)
    assert backend.stores(False, begins=begins) is stored
    assert backend.stores(True, begins=begins)
    backend.courier.outbox.failed(1)


async def test_it_says_how_it_is(main, billing):
    billing.answers["BootNotification"] = {"status": "Pending", "interval": 300}
    async with rigged(main, others={"billing": billing}, route=SECONDARY) as r:
        station = await r.connect()
        await ask(station, 1, "BootNotification", BOOT)
        await r.until(lambda: billing.seen)
        described = {one["upstream"]: (one["role"], one["state"]) for one in r.session.backends.describe()}
        assert described == {"main": ("primary", "open"), "billing": ("secondary", "held")}
        await billing.stop()
        await r.until(lambda: r.session.backends.get("billing").describe()["state"] == "down")
