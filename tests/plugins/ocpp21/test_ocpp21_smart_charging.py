"""Priority and dynamic charging, and transactions that go on after an interruption."""

import asyncio
from contextlib import asynccontextmanager

import pytest

from broker.api import BasePlugin, CallTimeout, Direction, OperationFailed, Reply, Transaction
from broker.testing import Harness
from plugins.ocpp21.smart_charging.plugin import SmartCharging
from plugins.ocpp201.smart_charging.plugin import SmartCharging as Base

V = "ocpp2.1"
ID = "CP001"
T0 = 1_767_225_600.0
NOW = "2026-01-01T00:00:00Z"
ACCEPTED = Reply.result({"status": "Accepted"})
REJECTED = Reply.result({"status": "Rejected"})
NAME = "ocpp21.smart_charging"


class Source(BasePlugin):
    """A stranger's plugin that knows what dynamic profiles are to say."""

    name = "source"
    found = None

    def __init__(self, config, context):
        super().__init__(config, context)
        self.shared["ocpp21.smart_charging.update"] = self.update

    async def update(self, session, row):
        return None if Source.found is None else {**Source.found, "limit": float(row.profile_id)}


@asynccontextmanager
async def started(*more, base=True):
    plugins = [(SmartCharging, {}), *((each, {}) for each in more)]
    h = Harness(*([(Base, {})] if base else []), *plugins)
    for action in ("SetChargingProfile", "UpdateDynamicSchedule", "UsePriorityCharging"):
        h.session(V).replies[action] = ACCEPTED
    await h.ready()
    await h.plugins.start(None)
    try:
        yield h
    finally:
        await h.stop()


def runs(h, transaction="tx1", evse=1, **more):
    row = Transaction(identity=ID, transaction_id=transaction, version=V, evse=evse, started_at=T0, **more)
    h.records.later(h.records.transactions.put(row))


def event(transaction="tx1", trigger="TxResumed"):
    info = {"transactionId": transaction}
    return {"eventType": "Updated", "timestamp": NOW, "triggerReason": trigger, "seqNo": 3, "transactionInfo": info}


async def settled():
    for _ in range(5):
        await asyncio.sleep(0.01)


async def dynamic(h, number=7, **period):
    schedule = {"chargingRateUnit": "W", **(period or {"setpoint": -1000.0, "operationMode": "CentralSetpoint"})}
    params = {"id": number, "kind": "Dynamic", "dynUpdateInterval": 60, "evseId": number, **schedule}
    await h.operate(V, "set-charging-profile", params)


def sent(h, action):
    return [payload for name, payload in h.session(V).sent if name == action]


async def pull(h, number=7):
    return (await h.call(V, "PullDynamicScheduleUpdate", {"chargingProfileId": number})).payload


# Priority charging.


async def test_priority_for_the_transaction_that_runs():
    """K_118."""
    async with started() as h:
        runs(h)
        result = await h.operate(V, "use-priority-charging", {})
        assert sent(h, "UsePriorityCharging") == [{"transactionId": "tx1", "activate": True}]
        assert result == {"status": "Accepted", "transactionId": "tx1", "activate": True}
        kept = await h.records.documents.get(NAME, ID, "priority")
        assert kept == {"tx1": {"activated": True, "since": NOW}}


async def test_no_more_priority_for_the_transaction_that_is_said():
    async with started() as h:
        await h.operate(V, "use-priority-charging", {"transactionId": "tx9", "activate": False})
        assert sent(h, "UsePriorityCharging") == [{"transactionId": "tx9", "activate": False}]
        assert (await h.records.documents.get(NAME, ID, "priority"))["tx9"]["activated"] is False


async def test_which_transaction_has_to_be_clear():
    async with started() as h:
        with pytest.raises(OperationFailed, match="transactionId"):
            await h.operate(V, "use-priority-charging", {})
        runs(h)
        runs(h, "tx2", 2)
        await h.operate(V, "use-priority-charging", {"evseId": 2})
        assert sent(h, "UsePriorityCharging")[0]["transactionId"] == "tx2"
    async with started(base=False) as h:
        with pytest.raises(OperationFailed, match="transactionId: say it"):
            await h.operate(V, "use-priority-charging", {})


@pytest.mark.parametrize("status", ["Rejected", "NoProfile"])
async def test_a_refusal_is_shown_and_not_kept(status):
    async with started() as h:
        h.session(V).replies["UsePriorityCharging"] = Reply.result({"status": status})
        result = await h.operate(V, "use-priority-charging", {"transactionId": "tx1"})
        assert result["status"] == status
        assert await h.records.documents.get(NAME, ID, "priority") is None


async def test_what_the_driver_asked_for_at_the_station_is_known():
    async with started() as h:
        told = {"transactionId": "tx1", "activated": True}
        assert (await h.call(V, "NotifyPriorityCharging", told)).payload == {}
        await h.call(V, "NotifyPriorityCharging", {"transactionId": "tx1", "activated": False})
        for odd in ({}, {"transactionId": 7, "activated": "yes"}):
            await h.call(V, "NotifyPriorityCharging", odd)
        kept = await h.records.documents.get(NAME, ID, "priority")
        assert {key: row["activated"] for key, row in kept.items()} == {"tx1": False, "": False}


async def test_a_station_can_fill_a_hundred_rows_of_priority():
    async with started() as h:
        for number in range(150):
            await h.call(V, "NotifyPriorityCharging", {"transactionId": f"tx{number}", "activated": True})
        assert len(await h.records.documents.get(NAME, ID, "priority")) == 100


# Dynamic profiles.


async def test_push():
    """Q_109, Q_117: to the one Dynamic profile that the station holds."""
    async with started() as h:
        await dynamic(h)
        result = await h.operate(V, "update-dynamic-schedule", {"setpoint": 2000})
        assert result == {"status": "Accepted", "chargingProfileId": 7, "scheduleUpdate": {"setpoint": 2000.0}}
        assert sent(h, "UpdateDynamicSchedule") == [{"chargingProfileId": 7, "scheduleUpdate": {"setpoint": 2000.0}}]


async def test_which_profile_has_to_be_clear():
    async with started() as h:
        await h.operate(V, "set-charging-profile", {"limit": 6, "evseId": 1})
        with pytest.raises(OperationFailed, match="no Dynamic"):
            await h.operate(V, "update-dynamic-schedule", {"limit": 6})
        await dynamic(h, 7)
        await dynamic(h, 8)
        with pytest.raises(OperationFailed, match="several Dynamic"):
            await h.operate(V, "update-dynamic-schedule", {"limit": 6})
        await h.operate(V, "update-dynamic-schedule", {"limit": 6, "id": 9})
        assert sent(h, "UpdateDynamicSchedule")[0]["chargingProfileId"] == 9
        with pytest.raises(OperationFailed, match="limit: say"):
            await h.operate(V, "update-dynamic-schedule", {"id": 9})


async def test_pull_gives_what_the_profile_says_and_what_was_said_since():
    """K_121, Q_110."""
    async with started() as h:
        await dynamic(h)
        assert await pull(h) == {"status": "Accepted", "scheduleUpdate": {"setpoint": -1000.0}}
        kept = await h.operate(V, "update-dynamic-schedule", {"limit": 3000, "send": False})
        assert kept["status"] == "Kept"
        assert sent(h, "UpdateDynamicSchedule") == []
        assert await pull(h) == {"status": "Accepted", "scheduleUpdate": {"limit": 3000.0, "setpoint": -1000.0}}
        await h.operate(V, "update-dynamic-schedule", {"setpoint": 500})
        assert (await pull(h))["scheduleUpdate"] == {"limit": 3000.0, "setpoint": 500.0}


async def test_a_refused_push_changes_nothing():
    async with started() as h:
        await dynamic(h)
        h.session(V).replies["UpdateDynamicSchedule"] = REJECTED
        assert (await h.operate(V, "update-dynamic-schedule", {"setpoint": 500}))["status"] == "Rejected"
        assert (await pull(h))["scheduleUpdate"] == {"setpoint": -1000.0}


async def test_a_new_profile_of_that_number_says_what_it_says():
    async with started() as h:
        await dynamic(h)
        await h.operate(V, "update-dynamic-schedule", {"setpoint": 500})
        h.session(V).replies["SetChargingProfile"] = REJECTED
        await dynamic(h, setpoint=1.0)
        assert (await pull(h))["scheduleUpdate"] == {"setpoint": 500.0}
        h.session(V).replies["SetChargingProfile"] = ACCEPTED
        await dynamic(h, setpoint=1.0)
        assert (await pull(h))["scheduleUpdate"] == {"setpoint": 1.0}


@pytest.mark.parametrize(("number", "reason"), [(9, "NotFound"), (1, "InvalidProfile"), ("x", "NotFound")])
async def test_what_is_no_dynamic_profile_has_no_update(number, reason):
    """Q_110."""
    async with started() as h:
        await h.operate(V, "set-charging-profile", {"limit": 6, "id": 1})
        assert await pull(h, number) == {"status": "Rejected", "statusInfo": {"reasonCode": reason}}


async def test_a_strangers_word_comes_first_if_it_has_one():
    async with started(Source) as h:
        await dynamic(h)
        Source.found = {"setpoint": 1.5}
        assert (await pull(h))["scheduleUpdate"] == {"setpoint": 1.5, "limit": 7.0}
        Source.found = None
        assert (await pull(h))["scheduleUpdate"] == {"setpoint": -1000.0}


async def test_odd_replies_and_profiles_are_taken():
    async with started() as h:
        for payload in ({}, {"chargingProfileId": 1, "scheduleUpdate": 7}, {"chargingProfileId": "x"}):
            await h.reply(V, "UpdateDynamicSchedule", payload, ACCEPTED, direction=Direction.TO_STATION)
        for payload in ({}, {"chargingProfile": 7}, {"chargingProfile": {"id": "x"}}):
            await h.reply(V, "SetChargingProfile", payload, ACCEPTED, direction=Direction.TO_STATION)
        broken = {"id": 1, "stackLevel": 0, "chargingProfileKind": "Dynamic", "chargingSchedule": [7]}
        call = {"evseId": 1, "chargingProfile": broken}
        await h.reply(V, "SetChargingProfile", call, ACCEPTED, direction=Direction.TO_STATION)
        assert (await pull(h, 1))["status"] == "Rejected"


# Transactions that go on.


async def test_a_resumed_transaction_gets_its_profiles_again():
    """E_117, B_116."""
    async with started() as h:
        runs(h)
        await h.operate(V, "set-charging-profile", {"limit": 6, "purpose": "TxProfile", "id": 5})
        await h.operate(V, "set-charging-profile", {"limit": 8, "evseId": 1, "id": 6})
        await h.reply(V, "TransactionEvent", event(), Reply.result({}))
        await settled()
        assert [each["chargingProfile"]["id"] for each in sent(h, "SetChargingProfile")] == [5, 6, 5]
        assert sent(h, "SetChargingProfile")[2] == sent(h, "SetChargingProfile")[0]


async def test_an_ev_that_has_told_its_needs_gets_a_new_schedule():
    async with started() as h:
        runs(h)
        ac = {"energyAmount": 20_000, "evMinCurrent": 6, "evMaxCurrent": 32, "evMaxVoltage": 400}
        needs = {"requestedEnergyTransfer": "AC_three_phase", "acChargingParameters": ac}
        await h.call(V, "NotifyEVChargingNeeds", {"evseId": 1, "chargingNeeds": needs})
        await settled()
        h.clock.advance(60)
        await h.reply(V, "TransactionEvent", event(), Reply.result({}))
        await settled()
        starts = [
            each["chargingProfile"]["chargingSchedule"][0]["startSchedule"] for each in sent(h, "SetChargingProfile")
        ]
        assert starts == [NOW, "2026-01-01T00:01:00Z"]


@pytest.mark.parametrize(
    "payload",
    [event(trigger="ChargingStateChanged"), event("tx2"), {}, {"triggerReason": "TxResumed", "transactionInfo": 7}],
)
async def test_other_events_bring_nothing(payload):
    async with started() as h:
        runs(h)
        await h.operate(V, "set-charging-profile", {"limit": 6, "purpose": "TxProfile"})
        await h.reply(V, "TransactionEvent", payload, Reply.result({}))
        await settled()
        assert len(sent(h, "SetChargingProfile")) == 1


async def test_in_relay_mode_it_is_for_the_upstream_to_send_them():
    async with started() as h:
        runs(h)
        await h.operate(V, "set-charging-profile", {"limit": 6, "purpose": "TxProfile"})
        h.session(V).answers = "upstream"
        await h.reply(V, "TransactionEvent", event(), Reply.result({}))
        await settled()
        assert len(sent(h, "SetChargingProfile")) == 1


async def test_without_the_other_plugin_nobody_knows_what_to_send():
    async with started(base=False) as h:
        runs(h)
        await h.reply(V, "TransactionEvent", event(), Reply.result({}))
        await settled()
        assert h.session(V).sent == []


async def test_a_station_that_leaves_meanwhile_is_no_failure(caplog):
    async with started() as h:
        runs(h)
        await h.operate(V, "set-charging-profile", {"limit": 6, "purpose": "TxProfile"})

        def gone(payload):
            raise CallTimeout("SetChargingProfile")

        h.session(V).replies["SetChargingProfile"] = gone
        await h.reply(V, "TransactionEvent", event(), Reply.result({}))
        await settled()
        assert "Traceback" not in caplog.text
