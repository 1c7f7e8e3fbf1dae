"""Routes that change while stations are connected: by the API, by a reload, by what a station or a plugin says."""

import asyncio
import json

import pytest
from e2e_kit import running, until, url_of
from process_kit import Served, free_port
from watched_kit import (
    Backend,
    Operator,
    behind,
    boot,
    booted,
    event,
    meter,
    start,
    station,
    stop,
)

THEN = {"primary": "next", "grace": 0.2}


@pytest.fixture
def serve(tmp_path):
    started = []

    def begin(settings):
        started.append(Served(tmp_path, settings))
        return started[-1]

    yield begin
    for one in started:
        one.kill()


def three(*backends, **more):
    """The first one is the primary and nobody watches; the others are there."""
    return behind(*backends, route={"secondaries": []}, **more)


async def switched(how, broker, settings, identity="A"):
    """Lead the station to `next`, by hand or by another file."""
    operator = Operator(broker.admin_url)
    if how == "PUT":
        assert (await operator.route(identity, THEN))["source"] == "api"
        return
    settings = {**settings, "routes": [{"match": {}, **THEN}]}
    broker.config_path.write_text(json.dumps(settings))
    status, body = await operator("POST", "reload")
    assert status == 200, body
    async with asyncio.timeout(5):
        while (await operator.get(f"stations/{identity}/route"))["primary"] != "next":
            await asyncio.sleep(0.01)


@pytest.mark.parametrize("how", ["PUT", "reload"])
async def test_open_transactions_stay_with_the_upstream_that_started_them(tmp_path, how):
    async with Backend("main", first=1) as main, Backend("next", first=1) as then:
        settings = three(main, then)
        async with running(tmp_path, settings) as broker, station(url_of(broker, "A")) as end:
            await booted(end)
            first = (await end.call("StartTransaction", start()))["transactionId"]
            await end.call("MeterValues", meter(first))
            await switched(how, broker, settings)
            second = (await end.call("StartTransaction", start(connector=2)))["transactionId"]
            assert (first, second != first) == (1, True), "both CSMSs said 1"
            await end.call("MeterValues", meter(second, connector=2))
            await end.call("MeterValues", meter(first, 2))
            await end.call("Heartbeat")
            await end.call("StopTransaction", stop(first))
            await end.call("StopTransaction", stop(second))
            await until(lambda: main.ends["A"][-1].ws.close_code)
            await end.call("Heartbeat")
            assert len(main.ends["A"]) == len(then.ends["A"]) == 1
    wanted = ["StartTransaction", "MeterValues", "MeterValues", "StopTransaction"]
    assert main.actions("A") == ["BootNotification", *wanted]
    assert then.actions("A")[0] == "BootNotification", "it is told of the station that is there already"
    assert then.actions("A")[1:] == ["StartTransaction", "MeterValues", "Heartbeat", "StopTransaction", "Heartbeat"]
    for backend in (main, then):
        ids = {payload["transactionId"] for payload in backend.of("A", "MeterValues", "StopTransaction")}
        assert ids == {1}, "each in the id that it gave"


async def test_open_transactions_of_2_0_1_stay_too_and_the_old_upstream_may_still_stop_them(tmp_path):
    stopping = {"RequestStopTransaction": {"status": "Accepted"}}
    async with (
        Backend("main") as main,
        Backend("next") as then,
        running(tmp_path, three(main, then)) as broker,
        station(url_of(broker, "A"), "ocpp2.0.1", **stopping) as end,
    ):
        await booted(end)
        await end.call("TransactionEvent", event("Started", 0))
        await Operator(broker.admin_url).route("A", THEN)
        await end.call("TransactionEvent", event("Started", 0, "T2"))
        old = await main.end("A")
        assert await old.call("RequestStopTransaction", {"transactionId": "T1"}) == {"status": "Accepted"}
        for kind, number in (("Updated", 1), ("Ended", 2)):
            for transaction in ("T1", "T2"):
                await end.call("TransactionEvent", event(kind, number, transaction))
        await until(lambda: old.ws.close_code)
    for backend, transaction in ((main, "T1"), (then, "T2")):
        assert [(one["transactionInfo"]["transactionId"], one["seqNo"])
                for one in backend.of("A", "TransactionEvent")] == [(transaction, 0), (transaction, 1),
                                                                    (transaction, 2)]  # fmt: skip


async def test_the_way_back_keeps_the_transactions_of_the_time_between(tmp_path):
    async with Backend("main", first=1) as main, Backend("next", first=1) as then:
        async with running(tmp_path, three(main, then)) as broker, station(url_of(broker, "A")) as end:
            await booted(end)
            operator, ids = Operator(broker.admin_url), []
            for connector in (1, 2, 3):
                ids.append((await end.call("StartTransaction", start(connector=connector)))["transactionId"])
                if connector == 1:
                    await operator.route("A", THEN)
                elif connector == 2:
                    status, body = await operator("DELETE", "stations/A/route")
                    assert (status, body["source"], body["primary"]) == (200, "configuration", "main")
            assert len(set(ids)) == 3
            for number in ids:
                await end.call("StopTransaction", stop(number))
            await until(lambda: then.ends["A"][-1].ws.close_code)
            assert not main.ends["A"][-1].ws.close_code
        assert [one["connectorId"] for one in main.of("A", "StartTransaction")] == [1, 3]
        assert [one["transactionId"] for one in main.of("A", "StopTransaction")] == [1, 2]
        assert [one["transactionId"] for one in then.of("A", "StopTransaction")] == [1]


async def test_route_and_open_transactions_survive_kill_9(serve):
    port, admin = free_port(), free_port()
    door = [{"name": "door", "bind": f"127.0.0.1:{port}", "security_profiles": [0]}]
    async with Backend("main", first=1) as main, Backend("next", first=1) as then:
        settings = three(main, then, listeners=door)
        settings["admin"]["bind"] = f"127.0.0.1:{admin}"
        served = serve(settings)
        async with station(served.url("A")) as end:
            await booted(end)
            first = (await end.call("StartTransaction", start()))["transactionId"]
            await Operator(served.admin).route("A", THEN)
            second = (await end.call("StartTransaction", start(connector=2)))["transactionId"]
            served.kill()
        served.start()
        async with station(served.url("A")) as end:
            await booted(end)
            assert (await Operator(served.admin).get("stations/A/route"))["source"] == "api"
            for number in (first, second):
                await end.call("StopTransaction", stop(number))
            assert main.of("A", "StopTransaction") == [stop(1)]
            assert then.of("A", "StopTransaction") == [stop(1)]
            third = (await end.call("StartTransaction", start(connector=3)))["transactionId"]
            assert third not in (first, second)
    assert [one["connectorId"] for one in then.of("A", "StartTransaction")] == [2, 3]


async def test_a_call_that_is_under_way_is_answered_by_the_old_upstream_and_none_is_lost(tmp_path):
    going = asyncio.Event()

    async def slow(_):
        await going.wait()
        return {"idTagInfo": {"status": "Blocked"}}

    async with Backend("main", Authorize=slow) as main, Backend("next") as then:
        async with running(tmp_path, three(main, then)) as broker, station(url_of(broker, "A")) as end:
            await booted(end)
            calls = [asyncio.create_task(end.call("Authorize", {"idTag": "1"}))]
            await until(lambda: main.of("A", "Authorize"))
            operator = Operator(broker.admin_url)
            switch = asyncio.create_task(operator.route("A", THEN))
            while (await operator.get("stations/A/route"))["state"] != "switching":
                await asyncio.sleep(0.01)
            calls += [asyncio.create_task(end.call("Authorize", {"idTag": str(number)})) for number in (2, 3)]
            await asyncio.sleep(0.05)
            going.set()
            await switch
            statuses = [(await call)["idTagInfo"]["status"] for call in calls]
            assert statuses == ["Blocked", "Accepted", "Accepted"]
        assert [one["idTag"] for one in then.of("A", "Authorize")] == ["2", "3"]


async def test_a_secondary_may_come_and_go_and_what_waits_for_it_is_still_delivered(tmp_path):
    async with Backend("main") as main, Backend("second", first=500) as second:
        async with running(tmp_path, three(main, second)) as broker, station(url_of(broker, "A")) as end:
            await booted(end)
            operator = Operator(broker.admin_url)
            watched = {"primary": "main", "secondaries": [{"upstream": "second"}]}
            await operator.route("A", watched)
            await second.end("A")
            number = (await end.call("StartTransaction", start()))["transactionId"]
            await until(lambda: second.of("A", "StartTransaction"))
            await operator.empty()
            await second.drop()
            await end.call("MeterValues", meter(number))
            await end.call("StopTransaction", stop(number))
            await operator.route("A", {"primary": "main"})
            assert (await operator.get("outbox"))["outboxes"][0]["depth"] == 2
            second.gate = 0
            await operator.empty()
            assert second.of("A", "MeterValues") == [meter(500)]
            assert second.of("A", "StopTransaction") == [stop(500)]
            await until(lambda: second.ends["A"][-1].ws.close_code)
            await end.call("Authorize", {"idTag": "T"})
        assert second.of("A", "Authorize") == []


async def test_a_wrong_route_changes_nothing(tmp_path):
    async with Backend("main") as main, running(tmp_path, three(main)) as broker:
        async with station(url_of(broker, "A")) as end:
            await booted(end)
            operator = Operator(broker.admin_url)
            status, body = await operator("PUT", "stations/A/route", {"primary": "nowhere"})
            assert status == 422
            assert body["problems"][0]["path"] == "primary"
            assert (await operator.get("stations/A/route"))["source"] == "configuration"
            await end.call("Heartbeat")
        assert main.actions("A") == ["BootNotification", "Heartbeat"]


# --- by what the station is -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("version", ["ocpp1.6", "ocpp2.0.1"])
async def test_from_the_boot_on_vendor_model_and_firmware_choose_and_the_boot_is_seen_once(tmp_path, version):
    async with Backend("main") as main, Backend("next") as then:
        routes = [
            {"match": {"vendor": "Example*", "model": ["X1", "X2"], "firmware": "2.*"}, "primary": "next"},
            {"match": {}, "primary": "main"},
        ]
        async with running(tmp_path, behind(main, then, routes=routes)) as broker:
            for identity, box in {
                "FITS": {"vendor": "Example Co", "model": "X2", "firmware": "2.1"},
                "OLD": {"vendor": "Example Co", "model": "X2", "firmware": "1.9"},
                "OTHER": {"vendor": "Another", "model": "X2", "firmware": "2.1"},
            }.items():
                async with station(url_of(broker, identity), version) as end:
                    await booted(end, **box)
                    await end.call("Heartbeat")
            async with station(url_of(broker, "FITS"), version) as end:  # it does not boot again
                await end.call("Heartbeat")
            async with station(url_of(broker, "FITS"), version) as end:  # a new firmware that does not fit
                await booted(end, vendor="Example Co", model="X2", firmware="3.0")
                await end.call("Heartbeat")
    assert then.of("FITS", "BootNotification") == [boot(version, vendor="Example Co", model="X2", firmware="2.1")]
    assert then.actions("FITS") == ["BootNotification", "Heartbeat", "Heartbeat"]
    assert main.actions("FITS") == main.actions("OLD") == main.actions("OTHER") == ["BootNotification", "Heartbeat"]
    assert set(then.log) == {"FITS"}


# --- by a plugin ------------------------------------------------------------------------------------------------------

CHOOSER = '''
from broker.api import BasePlugin, Route, SessionView, hookimpl


class Chooser(BasePlugin):
    """Leads stations by the first part of their identity."""

    name = "chooser"

    @hookimpl
    def choose_route(self, session: SessionView) -> Route | None:
        upstream, _, rest = session.identity.partition("-")
        return Route(upstream) if rest else None
'''


async def test_a_plugin_chooses_before_the_configuration_and_the_secondaries_stay(tmp_path):
    (tmp_path / "plugins").mkdir()
    (tmp_path / "plugins" / "chooser.py").write_text(CHOOSER)
    async with Backend("main") as main, Backend("next") as then, Backend("second", first=70) as second:
        settings = behind(
            main, then, second, route={"secondaries": [{"upstream": "second"}]},
            plugin_dirs=["plugins"], plugins=["chooser"],
        )  # fmt: skip
        async with running(tmp_path, settings) as broker:
            operator = Operator(broker.admin_url)
            for identity in ("next-1", "plain", "nowhere-1"):
                async with station(url_of(broker, identity)) as end:
                    await booted(end)
                    number = (await end.call("StartTransaction", start()))["transactionId"]
                    await end.call("StopTransaction", stop(number))
                    await operator.empty()
                    source = (await operator.get(f"stations/{identity}/route"))["source"]
                    assert source == ("plugin" if identity == "next-1" else "configuration")
    assert set(then.log) == {"next-1"}
    assert set(main.log) == {"plain", "nowhere-1"}
    assert [payload["transactionId"] for one in ("next-1", "plain", "nowhere-1")
            for payload in second.of(one, "StopTransaction")] == [70, 71, 72]  # fmt: skip
