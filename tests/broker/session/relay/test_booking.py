"""Messages that must not be lost: asked once, written down, and only then acknowledged."""

import asyncio
import json

import pytest
from outbox_kit import (
    BOOT,
    ERROR,
    SECONDARY,
    STAND_IN,
    START,
    BrokenDisk,
    Csms,
    LocalCore,
    ask,
    event,
    meter,
    rigged,
    running,
    say,
    stop,
    stored,
    told_nothing,
    waiting,
)

from broker.ocpp import Version

IMPATIENT = "call_timeout: 0.3, reconnect: {initial: 0.05}"
V201 = {"version": Version.V201, "subprotocol": "ocpp2.0.1"}


@pytest.fixture
async def main():
    async with running(Csms(1001)) as (one,):
        yield one


@pytest.fixture
async def billing():
    async with running(Csms(9001)) as (one,):
        yield one


# --- repeated messages ------------------------------------------------------------------------------------------------


async def test_a_repeated_message_gets_the_same_answer_and_is_seen_once(main, billing, tmp_path):
    async with rigged(main, tmp_path / "x.db", others={"billing": billing}, route=SECONDARY) as r:
        station = await r.connect()
        first = await ask(station, 1, "StartTransaction", START)
        assert await ask(station, 2, "StartTransaction", START) == first
        stopped = await ask(station, 3, "StopTransaction", stop(1001))
        assert await ask(station, 4, "StopTransaction", stop(1001)) == stopped
        await r.until(lambda: len(billing.told) == 2)
        await r.until(lambda: not r.session.backends.busy)
        assert main.actions() == billing.actions() == ["StartTransaction", "StopTransaction"]
        assert r.sample("switchboard_duplicates_total") == 2


async def test_a_meter_value_whose_answer_was_lost_with_the_connection_is_seen_once(main, billing):
    async with rigged(main, others={"billing": billing}, route=SECONDARY) as r:
        station = await r.connect()
        await ask(station, 1, "StartTransaction", START)
        await ask(station, 2, "MeterValues", meter(1001))
        await station.ws.close()
        await r.until(lambda: r.session is None)
        station = await r.connect()
        await ask(station, 2, "MeterValues", meter(1001))
        await ask(station, 3, "StopTransaction", stop(1001))
        await r.until(lambda: "StopTransaction" in billing.actions())
        assert main.actions() == billing.actions() == ["StartTransaction", "MeterValues", "StopTransaction"]


@pytest.mark.parametrize(
    ("version", "messages"),
    [
        ({}, [("StartTransaction", START)]),
        ({}, [("StartTransaction", START), ("StopTransaction", stop(1001))]),
        (V201, [("TransactionEvent", event("Started", 0))]),
        (V201, [("TransactionEvent", event("Started", 0)), ("TransactionEvent", event("Ended", 1))]),
    ],
)
async def test_a_repeated_start_stop_or_event_is_known_after_a_restart(version, messages, tmp_path):
    subprotocol = version.get("subprotocol", "ocpp1.6")
    async with running(Csms(1001, subprotocol), Csms(9001, subprotocol)) as (main, billing):
        options = {"others": {"billing": billing}, "route": SECONDARY}
        async with rigged(main, tmp_path / "x.db", **options) as r:
            station = await r.connect(**version)
            replies = [await ask(station, number, *message) for number, message in enumerate(messages)]
            await r.until(lambda: len(billing.told) == len(messages))
            await r.until(lambda: not r.session.backends.busy)
        async with rigged(main, tmp_path / "x.db", **options) as r:
            station = await r.connect(**version)
            assert await ask(station, 9, *messages[-1]) == replies[-1]
            await r.until(lambda: not r.session.backends.busy)
        assert len(main.told) == len(billing.told) == len(messages)


async def test_a_message_that_is_with_its_upstream_is_not_asked_twice(main):
    main.answers["StartTransaction"] = None
    async with rigged(main) as r:
        station = await r.connect()
        await say(station, 1, "StartTransaction", START)
        await r.until(lambda: main.told)
        await say(station, 2, "StartTransaction", START)
        await r.until(lambda: r.session.station.exchange.inbound == 2)
        number = json.loads(await main.next())[1]
        await main.ws.send_str(json.dumps([3, number, {"transactionId": 7, "idTagInfo": {"status": "Accepted"}}]))
        replies = [await station.json(), await station.json()]
        assert sorted(reply[1] for reply in replies) == ["1", "2"]
        assert [reply[2]["transactionId"] for reply in replies] == [7, 7]
        assert len(main.told) == 1


async def test_a_message_that_was_given_up_is_asked_again_for_whoever_sent_it_again(main):
    main.answers["StartTransaction"] = None
    async with rigged(main, upstream_options=IMPATIENT) as r:
        station = await r.connect()
        await say(station, 1, "StartTransaction", START)
        await r.until(lambda: main.told)
        await say(station, 2, "StartTransaction", START)
        del main.answers["StartTransaction"]
        reply = await station.json()
        assert reply[:2] == [4, "1"]
        reply = await station.json()
        assert (reply[:2], reply[2]["transactionId"]) == ([3, "2"], 1001)
        assert len(main.told) == 2


async def test_on_a_new_connection_a_message_in_flight_is_answered_without_being_asked_again(main):
    main.answers["StartTransaction"] = None
    async with rigged(main) as r:
        station = await r.connect()
        await say(station, 1, "StartTransaction", START)
        await r.until(lambda: main.told)
        await station.ws.close()
        await r.until(lambda: r.session is None)
        station = await r.connect()
        await say(station, 2, "StartTransaction", START)
        number = json.loads(await main.next())[1]
        await main.ws.send_str(json.dumps([3, number, {"transactionId": 7, "idTagInfo": {"status": "Accepted"}}]))
        reply = await station.json()
        assert (reply[:2], reply[2]["transactionId"]) == ([3, "2"], 7)
        assert len(main.told) == 1


async def test_nobody_who_is_gone_asks_again(main):
    main.answers["StartTransaction"] = None
    async with rigged(main, outbox="linger: 0.2") as r:
        station = await r.connect()
        for number in (1, 2):
            await say(station, number, "StartTransaction", START)
        await r.until(lambda: main.told)
        ledger = r.session.backends.ledger
        await r.until(lambda: any(ledger.flights.values()))
        await station.ws.close()
        await r.until(lambda: not ledger.users)
        assert ledger.flights == {}
        assert len(main.told) == 1


async def test_an_error_is_passed_on_and_the_message_is_asked_again(main):
    main.answers["MeterValues"] = ERROR
    async with rigged(main) as r:
        station = await r.connect()
        await ask(station, 1, "StartTransaction", START)
        await say(station, 2, "MeterValues", meter(1001))
        assert (await station.json())[:3] == [4, "2", "InternalError"]
        main.answers.clear()
        await ask(station, 3, "MeterValues", meter(1001))
        assert main.actions() == ["StartTransaction", "MeterValues", "MeterValues"]


# --- ids --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("number", [0, -1, 2**31 - 1, 2**63 - 1])
async def test_whatever_number_an_upstream_gives_reaches_the_station_and_comes_back(number, billing):
    async with running(Csms(number)) as (main,), rigged(main, others={"billing": billing}, route=SECONDARY) as r:
        station = await r.connect()
        assert (await ask(station, 1, "StartTransaction", START))["transactionId"] == number
        await ask(station, 2, "MeterValues", meter(number))
        await ask(station, 3, "StopTransaction", stop(number))
        assert [payload.get("transactionId") for _, payload in main.told] == [None, number, number]
        await r.until(lambda: len(billing.told) == 3)
        assert [payload.get("transactionId") for _, payload in billing.told] == [None, 9001, 9001]


async def test_a_station_that_never_got_an_id_may_stop_minus_one(main, billing):
    async with rigged(main, others={"billing": billing}, route=SECONDARY) as r:
        station = await r.connect()
        await ask(station, 1, "StopTransaction", stop(-1))
        await r.until(lambda: billing.told)
        assert main.payloads("StopTransaction") == billing.payloads("StopTransaction") == [stop(-1)]


async def test_two_upstreams_that_count_from_one_never_see_each_others_numbers():
    async with (
        running(Csms(1), Csms(2)) as (main, billing),
        rigged(main, others={"billing": billing}, route=SECONDARY) as r,
    ):
        station = await r.connect()
        for connector in (1, 2):
            await ask(station, f"s{connector}", "StartTransaction", {**START, "connectorId": connector})
        await ask(station, 3, "StopTransaction", stop(2))
        await r.until(lambda: "StopTransaction" in billing.actions())
        assert main.payloads("StopTransaction")[0]["transactionId"] == 2
        assert billing.payloads("StopTransaction")[0]["transactionId"] == 3


# --- the store fails --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("version", "action", "payload"),
    [
        ({}, "StartTransaction", START),
        ({}, "SecurityEventNotification", {"type": "TamperDetection", "timestamp": "2026-01-01T00:00:00Z"}),
        (V201, "TransactionEvent", event("Started", 0)),
    ],
)
async def test_what_cannot_be_written_is_not_acknowledged_and_later_not_asked_again(
    version, action, payload, tmp_path, monkeypatch
):
    disk = BrokenDisk(monkeypatch)
    subprotocol = version.get("subprotocol", "ocpp1.6")
    async with (
        running(Csms(1001, subprotocol), Csms(9001, subprotocol)) as (main, billing),
        rigged(main, tmp_path / "x.db", others={"billing": billing}, route=SECONDARY) as r,
    ):
        station = await r.connect(**version)
        disk.broken = True
        await say(station, 1, action, payload)
        assert await told_nothing(station) == 1013
        assert main.actions() == [action]
        assert await r.connect(**version) == (503, "store", "nothing can be written down now")
        disk.broken = False
        await r.until(lambda: not r.shared.store_failed)
        await r.until(lambda: r.session is None)
        station = await r.connect(**version)
        reply = await ask(station, 2, action, payload)
        assert reply.get("transactionId", 1001) == 1001
        assert main.actions() == [action]
        await r.until(lambda: billing.told)
        await r.until(lambda: not r.session.backends.busy)
        assert billing.actions() == [action]


async def test_what_could_not_be_written_is_asked_again_after_a_restart(main, billing, tmp_path, monkeypatch):
    disk = BrokenDisk(monkeypatch)
    for repeat in range(2):
        async with rigged(main, tmp_path / "x.db", others={"billing": billing}, route=SECONDARY) as r:
            station = await r.connect()
            if not repeat:
                disk.broken = True
                await say(station, 1, "StartTransaction", START)
                assert await told_nothing(station) == 1013
                disk.broken = False
                await r.until(lambda r=r: not r.shared.store_failed)
            else:
                await ask(station, 2, "StartTransaction", START)
                await r.until(lambda: billing.told)
                assert (len(main.told), len(billing.told)) == (2, 1)


async def test_a_repeated_message_is_not_acknowledged_before_the_first_is_written(main, billing, monkeypatch):
    async with rigged(main, others={"billing": billing}, route=SECONDARY) as r:
        station = await r.connect()
        store = r.shared.store
        real = store.write
        held = []

        def slow(changes):
            future = asyncio.get_running_loop().create_future()
            held.append((changes, future))
            return future

        with monkeypatch.context() as patched:
            patched.setattr(store, "write", slow)
            await say(station, 1, "StartTransaction", START)
            await r.until(lambda: held)
            await say(station, 2, "StartTransaction", START)
            await r.until(lambda: r.session.station.exchange.inbound == 2)
            await say(station, 3, "Heartbeat", {})
            assert (await station.json())[1] == "3", "neither of the two before it"
        await real(held[0][0])
        held[0][1].set_result(None)
        assert sorted([(await station.json())[1], (await station.json())[1]]) == ["1", "2"]
        assert len(main.told) == 1


async def test_a_route_that_promises_nothing_needs_no_store(main, monkeypatch, tmp_path):
    disk = BrokenDisk(monkeypatch)
    async with rigged(main, tmp_path / "x.db") as r:
        station = await r.connect()
        disk.broken = True
        assert (await ask(station, 1, "StartTransaction", START))["transactionId"] == 1001
        await ask(station, 2, "StopTransaction", stop(1001))
        disk.broken = False


# --- written down before it is acknowledged ---------------------------------------------------------------------------


async def test_the_copies_are_on_disk_when_the_station_gets_its_answer(main, billing, tmp_path):
    await billing.stop()
    async with rigged(main, tmp_path / "x.db", others={"billing": billing}, route=SECONDARY) as r:
        station = await r.connect()
        await ask(station, 1, "BootNotification", BOOT)
        for number, (action, payload) in enumerate(
            [
                ("StartTransaction", START),
                ("MeterValues", meter(1001)),
                ("SecurityEventNotification", {"type": "X", "timestamp": "2026-01-01T00:00:00Z"}),
                ("StopTransaction", stop(1001)),
            ],
            start=1,
        ):
            await ask(station, f"m{number}", action, payload)
            rows = await stored(r, "billing")
            assert (len(rows), rows[-1]) == (number, action)
    await billing.start()
    async with rigged(main, tmp_path / "x.db", others={"billing": billing}, route=SECONDARY) as r:
        station = await r.connect()
        await ask(station, 1, "Heartbeat", {})
        await r.until(lambda: len(billing.told) == 4)
        assert billing.payloads("StopTransaction")[0]["transactionId"] == 9001


async def test_meter_values_outside_a_transaction_are_no_promise(main, billing):
    await billing.stop()
    async with rigged(main, others={"billing": billing}, route=SECONDARY) as r:
        station = await r.connect()
        payload = meter(1)
        del payload["transactionId"]
        await ask(station, 1, "MeterValues", payload)
        assert await stored(r, "billing") == []


async def test_a_timeout_in_a_route_that_stands_in_is_kept_and_answered(main):
    main.answers["MeterValues"] = None
    async with rigged(main, route=STAND_IN, plugins=[LocalCore], upstream_options=IMPATIENT) as r:
        station = await r.connect()
        started = await ask(station, 1, "StartTransaction", START)
        assert started["transactionId"] == 1001
        assert await ask(station, 2, "MeterValues", meter(1001)) == {}
        assert await stored(r) == ["MeterValues"]
        del main.answers["MeterValues"]
        await r.until(lambda: not waiting(r))
        assert main.payloads("MeterValues") == [meter(1001)] * len(main.payloads("MeterValues"))


async def test_while_something_waits_for_the_primary_live_messages_of_its_transactions_queue_behind_it(main):
    async with rigged(main, route=STAND_IN, plugins=[LocalCore]) as r:
        station = await r.connect()
        await ask(station, 1, "StartTransaction", START)
        main.answers["MeterValues"] = None
        await main.stop()
        await r.until(lambda: r.session.backends.standing_in)
        await ask(station, 2, "MeterValues", meter(1001, "1"))
        await main.start()
        await r.until(lambda: len(main.payloads("MeterValues")) == 1)
        assert not r.session.backends.standing_in
        await ask(station, 3, "MeterValues", meter(1001, "2"))
        await ask(station, 4, "StopTransaction", stop(1001))
        assert await stored(r) == ["MeterValues", "MeterValues", "StopTransaction"]
        frame = next(f for f in [await main.next() for _ in range(main.frames.qsize())] if "MeterValues" in f)
        main.answers.clear()
        await main.ws.send_str(json.dumps([3, json.loads(frame)[1], {}]))
        await r.until(lambda: not waiting(r))
        assert main.actions() == ["StartTransaction", "MeterValues", "MeterValues", "StopTransaction"]
        values = [p["meterValue"][0]["sampledValue"][0]["value"] for p in main.payloads("MeterValues")]
        assert values == ["1", "2"]


async def test_a_full_outbox_leaves_the_message_with_the_station(main):
    await main.stop()
    limits = "station_bytes: 65536, max_bytes: 1048576"
    async with rigged(main, route=STAND_IN, plugins=[LocalCore], outbox=limits) as r:
        station = await r.connect()
        await r.until(lambda: r.session.backends.standing_in)
        mine = (await ask(station, 1, "StartTransaction", START))["transactionId"]
        await say(station, 2, "StopTransaction", stop(mine, transactionData=["x" * 65536]))
        assert await told_nothing(station) == 1013
        assert r.sample("switchboard_outbox_dropped_total", upstream="main", reason="refused") == 1
        assert await stored(r) == ["StartTransaction"]
