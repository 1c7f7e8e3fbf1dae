"""Smart charging in a broker, with stations on real sockets: the frames, in their order."""

import asyncio

import pytest
from ocpp201_smart_kit import NOW, V21, V, ev_schedule, event, levels, needs

from broker.testing import broker, csms, station
from plugins.ocpp201.smart_charging.plugin import SmartCharging
from plugins.ocpp201.transactions.plugin import Transactions

STARTED = event("Started", trigger="CablePluggedIn") | {"offline": False}


@pytest.mark.parametrize("version", [V, V21])
async def test_the_schedule_comes_after_the_answer(version):
    """K_53, K_55."""
    frames = asyncio.Queue()

    async def told(s, action, payload):
        answer = await s.call(action, payload)
        frames.put_nowait((action, answer.payload))

    def taken(call):
        frames.put_nowait(("SetChargingProfile", levels(call.payload)))
        return {"status": "Accepted"}

    async with (
        broker(Transactions, SmartCharging, {"sites": [{"limit": 16}]}, profiles=False) as b,
        station(b, version=version) as s,
    ):
        s.answers["SetChargingProfile"] = taken
        assert (await s.call("TransactionEvent", STARTED)).is_result
        async with asyncio.timeout(10):
            await told(s, "NotifyEVChargingNeeds", needs())
            assert await frames.get() == ("NotifyEVChargingNeeds", {"status": "Accepted"})
            assert await frames.get() == ("SetChargingProfile", [(0, 16.0)])
            await told(s, "NotifyEVChargingSchedule", ev_schedule(16.0))
            assert await frames.get() == ("NotifyEVChargingSchedule", {"status": "Accepted"})
            await told(s, "NotifyEVChargingSchedule", ev_schedule(20.0))
            assert (await frames.get())[1]["status"] == "Rejected"
            assert await frames.get() == ("SetChargingProfile", [(0, 16.0)])
        assert frames.empty()
        (row,) = await b.records.charging_profiles.of("CP001")
        assert (row.purpose, row.transaction_id) == ("TxProfile", "tx1")


async def test_needs_before_the_transaction_get_their_schedule_when_it_starts():
    taken = asyncio.get_running_loop().create_future()

    def answer(call):
        taken.set_result(call.payload)
        return {"status": "Accepted"}

    async with broker(Transactions, SmartCharging, profiles=False) as b, station(b, version=V) as s:
        s.answers["SetChargingProfile"] = answer
        assert (await s.call("NotifyEVChargingNeeds", needs())).payload == {"status": "Processing"}
        assert (await s.call("TransactionEvent", STARTED)).is_result
        async with asyncio.timeout(10):
            assert (await taken)["chargingProfile"]["transactionId"] == "tx1"


async def test_what_passes_to_an_upstream_is_known():
    async with (
        csms() as upstream,
        broker(Transactions, SmartCharging, upstream=upstream, profiles=False) as b,
        station(b, version=V) as s,
    ):
        upstream.overrides["NotifyEVChargingNeeds"] = lambda identity, call: {"status": "Accepted"}
        s.answers["SetChargingProfile"] = lambda call: {"status": "Accepted"}
        await s.call("TransactionEvent", STARTED)
        assert (await s.call("NotifyEVChargingNeeds", needs())).payload == {"status": "Accepted"}
        schedule = {
            "id": 1,
            "startSchedule": NOW,
            "chargingRateUnit": "A",
            "chargingSchedulePeriod": [{"startPeriod": 0, "limit": 6.0}],
        }
        profile = {
            "id": 7,
            "stackLevel": 0,
            "chargingProfilePurpose": "TxDefaultProfile",
            "chargingProfileKind": "Absolute",
            "chargingSchedule": [schedule],
        }
        await upstream.call("CP001", "SetChargingProfile", {"evseId": 1, "chargingProfile": profile})
        async with asyncio.timeout(10):
            while not await b.records.charging_profiles.of("CP001"):
                await asyncio.sleep(0.01)
        (row,) = await b.records.charging_profiles.of("CP001")
        assert (row.profile_id, row.evse) == (7, 1)
