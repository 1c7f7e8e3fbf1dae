"""What changes the schedule of an EV after it was made: an operator, and limits from outside."""

import pytest
from ocpp201_smart_kit import (
    ACCEPTED,
    ID,
    LIMIT,
    REJECTED,
    V,
    asked,
    ended,
    ev_schedule,
    event,
    levels,
    needs,
    profile,
    sent,
    settled,
    smart,
    started,
    status,
    told,
)

from broker.api import OperationFailed


async def test_renegotiation_by_an_operator():
    """K_58, K_59."""
    async with smart() as h:
        started(h)
        await status(h, needs())
        result = await h.operate(V, "renegotiate", {})
        assert result["status"] == "Accepted"
        await h.operate(V, "renegotiate", {"limit": 10, "evseId": 1})
        await h.operate(V, "renegotiate", {"limit": 5520, "chargingRateUnit": "W", "transactionId": "tx1"})
        assert [levels(each) for each in sent(h.session(V))] == [
            [(0, 32.0)],
            [(0, 32.0)],
            [(0, 10.0)],
            [(0, 8.0)],
        ]


async def test_what_an_operator_allows_holds_until_the_operator_says_otherwise():
    async with smart() as h:
        started(h)
        await status(h, needs())
        await h.operate(V, "renegotiate", {"limit": 10})
        assert (await h.call(V, "NotifyEVChargingSchedule", ev_schedule(11.0))).payload["status"] == "Rejected"
        await settled()
        await status(h, needs(ac={"evMaxCurrent": 16}))
        h.session(V).replies["SetChargingProfile"] = REJECTED
        await h.operate(V, "renegotiate", {"limit": 12})
        h.session(V).replies["SetChargingProfile"] = ACCEPTED
        await status(h, needs())
        await h.operate(V, "renegotiate", {})
        await status(h, needs())
        found = [levels(each)[0][1] for each in sent(h.session(V))]
        assert found == [32.0, 10.0, 10.0, 10.0, 12.0, 10.0, 32.0, 32.0]


async def test_what_an_operator_allows_ends_with_the_transaction():
    async with smart() as h:
        started(h)
        started(h, "tx2", evse=2)
        for transaction in ("tx1", "tx2"):
            await h.operate(V, "renegotiate", {"limit": 10, "transactionId": transaction})
        ended(h)
        await told(h, "TransactionEvent", event("Ended"))
        kept = await h.records.documents.get("ocpp201.smart_charging", ID, "ceilings")
        assert kept == {"tx2": [10.0, "A"]}


async def test_without_needs_an_ev_that_goes_beyond_gets_the_same_again():
    async with smart() as h:
        started(h)
        await h.operate(V, "renegotiate", {"limit": 10})
        assert (await h.call(V, "NotifyEVChargingSchedule", ev_schedule(11.0))).payload["status"] == "Rejected"
        await settled()
        first, second = sent(h.session(V))
        assert first == second


async def test_renegotiation_without_needs_wants_a_limit():
    """K_113."""
    async with smart() as h:
        with pytest.raises(OperationFailed, match="no such transaction"):
            await h.operate(V, "renegotiate", {"limit": 10})
        started(h)
        with pytest.raises(OperationFailed, match="limit: say one"):
            await h.operate(V, "renegotiate", {})
        await h.operate(V, "renegotiate", {"limit": 10})
        (payload,) = sent(h.session(V))
        assert levels(payload) == [(0, 10.0)]


async def test_a_limit_from_outside_is_kept_and_kept_to():
    """K_48, K_50."""
    async with smart() as h:
        started(h)
        await status(h, needs())
        assert (await h.call(V, "NotifyChargingLimit", LIMIT)).payload == {}
        await settled()
        shown = await h.operate(V, "charging-limits", {})
        assert [(each["source"], each["since"]) for each in shown["chargingLimits"]] == [
            ("EMS", "2026-01-01T00:00:00Z")
        ]
        await h.call(V, "NotifyChargingLimit", LIMIT)
        await settled()
        assert (await h.call(V, "ClearedChargingLimit", {"chargingLimitSource": "EMS"})).payload == {}
        await settled()
        assert [levels(each) for each in sent(h.session(V))] == [[(0, 32.0)], [(0, 10.0)], [(0, 32.0)]]
        assert (await h.operate(V, "charging-limits", {}))["chargingLimits"] == []


async def test_a_limit_without_an_ev_that_has_told_its_needs_changes_nothing():
    """Q_111, Q_112: what an operator has set stays as it is."""
    async with smart() as h:
        started(h)
        await h.call(V, "NotifyChargingLimit", LIMIT)
        await settled()
        assert sent(h.session(V)) == []


async def test_a_limit_of_the_station_is_shared_by_its_transactions():
    async with smart() as h:
        started(h)
        started(h, "tx2", evse=2)
        await h.call(V, "NotifyChargingLimit", LIMIT | {"evseId": 0})
        await status(h, needs(ac={"evMinCurrent": 1}))
        assert levels(sent(h.session(V))[0]) == [(0, 5.0)]


async def test_profiles_for_the_whole_station_limit_the_schedule():
    async with smart() as h:
        started(h)
        top = profile(3, "ChargingStationMaxProfile", limit=20.0)
        await asked(h, "SetChargingProfile", {"evseId": 0, "chargingProfile": top}, ACCEPTED)
        other = profile(4, "ChargingStationExternalConstraints", limit=1.0)
        await asked(h, "SetChargingProfile", {"evseId": 2, "chargingProfile": other}, ACCEPTED)
        await status(h, needs())
        assert levels(sent(h.session(V))[0]) == [(0, 20.0)]
