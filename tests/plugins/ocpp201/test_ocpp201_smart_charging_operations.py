"""The operations of smart charging: what is composed, what is refused, what is sent, what comes back."""

import asyncio

import pytest
from ocpp201_smart_kit import (
    ACCEPTED,
    ID,
    NOW,
    V21,
    V,
    asked,
    known,
    knows,
    levels,
    needs,
    profile,
    sent,
    settled,
    smart,
    started,
    status,
)
from pydantic import ValidationError

from broker.api import OperationFailed, Reply, StationRefused, Variable


async def test_a_default_profile_for_an_evse():
    """K_01: purpose, kind, validity and start are there without being said."""
    async with smart() as h:
        result = await h.operate(V, "set-charging-profile", {"evseId": 1, "limit": 6.0, "duration": 300})
        (payload,) = sent(h.session(V))
        found = payload["chargingProfile"]
        assert result == {"status": "Accepted", **payload}
        assert payload["evseId"] == 1
        assert (found["chargingProfilePurpose"], found["chargingProfileKind"]) == ("TxDefaultProfile", "Absolute")
        assert (found["validFrom"], found["validTo"]) == (NOW, "2026-01-01T00:05:00Z")
        assert await known(h) == [found["id"]]


async def test_a_default_profile_is_for_all_evses_unless_said():
    """K_10."""
    async with smart() as h:
        await h.operate(V, "set-charging-profile", {"limit": 6})
        assert sent(h.session(V))[0]["evseId"] == 0


async def test_a_tx_profile_is_for_the_transaction_that_runs():
    """K_60."""
    async with smart() as h:
        started(h, "tx1", evse=2)
        await h.operate(V, "set-charging-profile", {"purpose": "TxProfile", "limit": 6, "kind": "Relative"})
        (payload,) = sent(h.session(V))
        assert payload["evseId"] == 2
        assert payload["chargingProfile"]["transactionId"] == "tx1"
        assert "startSchedule" not in payload["chargingProfile"]["chargingSchedule"][0]


async def test_of_several_transactions_one_has_to_be_said():
    async with smart() as h:
        started(h, "tx1", evse=1)
        started(h, "tx2", evse=2)
        with pytest.raises(OperationFailed, match="several EVSEs"):
            await h.operate(V, "set-charging-profile", {"purpose": "TxProfile", "limit": 6})
        await h.operate(V, "set-charging-profile", {"purpose": "TxProfile", "limit": 6, "evseId": 2})
        await h.operate(V, "set-charging-profile", {"purpose": "TxProfile", "limit": 6, "transactionId": "tx1"})
        told = [(each["evseId"], each["chargingProfile"]["transactionId"]) for each in sent(h.session(V))]
        assert told == [(2, "tx2"), (1, "tx1")]


async def test_without_a_transaction_a_tx_profile_is_refused_unless_forced():
    async with smart() as h:
        with pytest.raises(OperationFailed, match="transactionId"):
            await h.operate(V, "set-charging-profile", {"purpose": "TxProfile", "limit": 6, "evseId": 1})
        forced = {"purpose": "TxProfile", "limit": 6, "evseId": 1, "force": True}
        await h.operate(V, "set-charging-profile", forced)
        (payload,) = sent(h.session(V))
        assert "transactionId" not in payload["chargingProfile"]


async def test_what_the_checks_find_is_refused_unless_forced():
    async with smart() as h:
        knows(h, RateUnit="W", ProfileStackLevel="1")
        wrong = {"limit": 6, "stackLevel": 2}
        with pytest.raises(OperationFailed, match=r"stackLevel: .*; chargingSchedule.*RateUnit"):
            await h.operate(V, "set-charging-profile", wrong)
        assert sent(h.session(V)) == []
        await h.operate(V, "set-charging-profile", wrong | {"force": True})
        assert len(sent(h.session(V))) == 1


async def test_a_profile_given_whole():
    async with smart() as h:
        started(h, "tx1", evse=2)
        await h.operate(V, "set-charging-profile", {"chargingProfile": profile(7)})
        whole = profile(8, "TxProfile", transactionId="tx1")
        await h.operate(V, "set-charging-profile", {"chargingProfile": whole})
        assert sent(h.session(V)) == [
            {"evseId": 0, "chargingProfile": profile(7)},
            {"evseId": 2, "chargingProfile": whole},
        ]
        with pytest.raises(OperationFailed, match="limit: has no place beside chargingProfile"):
            await h.operate(V, "set-charging-profile", {"chargingProfile": profile(7), "limit": 6})


async def test_several_schedules_for_an_ev_that_has_told_its_needs():
    """K01.FR.34."""
    async with smart() as h:
        started(h)
        several = profile(8, "TxProfile", transactionId="tx1")
        several["chargingSchedule"] *= 2
        with pytest.raises(OperationFailed, match="more than one schedule"):
            await h.operate(V, "set-charging-profile", {"chargingProfile": several})
        await status(h, needs())
        await h.operate(V, "set-charging-profile", {"chargingProfile": several})
        assert sent(h.session(V))[-1]["chargingProfile"] == several


async def test_nothing_to_say_is_refused():
    async with smart() as h:
        with pytest.raises(OperationFailed, match="limit: say"):
            await h.operate(V, "set-charging-profile", {"evseId": 1})
        with pytest.raises(ValidationError):
            await h.operate(V, "set-charging-profile", {"purpose": "Mine"})


async def test_a_refusal_is_shown_and_leaves_no_trace():
    """K_15."""
    async with smart() as h:
        no = {"status": "Rejected", "statusInfo": {"reasonCode": "InvalidProfile"}}
        h.session(V).replies["SetChargingProfile"] = Reply.result(no)
        result = await h.operate(V, "set-charging-profile", {"limit": 6, "evseId": 1})
        assert (result["status"], result["statusInfo"]) == ("Rejected", {"reasonCode": "InvalidProfile"})
        h.session(V).replies["SetChargingProfile"] = Reply.error("NotSupported", "")
        with pytest.raises(StationRefused):
            await h.operate(V, "set-charging-profile", {"limit": 6, "evseId": 1})
        assert await known(h) == []


async def test_members_of_2_1_are_sent():
    """K_100, K_102, K_104, K_106, Q_125."""
    async with smart(version=V21) as h:
        for told in (
            {"limit": 6, "maxOfflineDuration": 60, "invalidAfterOfflineDuration": True},
            {"limit": 6, "limitAtSoC": {"soc": 80, "limit": 6}},
            {"limit": 6, "purpose": "PriorityCharging"},
            {"limit": 6, "useLocalTime": True, "randomizedDelay": 30},
            {"operationMode": "Idle", "evseSleep": True},
            {"setpoint": -5000, "operationMode": "CentralSetpoint", "chargingRateUnit": "W", "kind": "Dynamic"},
        ):
            await h.operate(V21, "set-charging-profile", told)
        assert len(sent(h.session(V21))) == 6


async def test_ids_are_above_those_that_stations_keep_for_limits():
    """K_109."""
    async with smart(version=V21) as h:
        knows(h, MaxExternalConstraintsId=str(2**30 - 2))
        for _ in range(20):
            await h.operate(V21, "set-charging-profile", {"limit": 6})
        assert all(each["chargingProfile"]["id"] > 2**30 - 2 for each in sent(h.session(V21)))


@pytest.mark.parametrize(
    ("told", "payload"),
    [
        ({"id": 7}, {"chargingProfileId": 7}),
        (
            {"purpose": "TxDefaultProfile", "stackLevel": 0, "evseId": 1},
            {
                "chargingProfileCriteria": {
                    "chargingProfilePurpose": "TxDefaultProfile",
                    "stackLevel": 0,
                    "evseId": 1,
                }
            },
        ),
        ({}, {"chargingProfileCriteria": {}}),
    ],
)
async def test_clear(told, payload):
    """K_05, K_06, K_08."""
    async with smart() as h:
        assert await h.operate(V, "clear-charging-profile", told) == {"status": "Accepted"}
        assert sent(h.session(V), "ClearChargingProfile") == [payload]


@pytest.mark.parametrize(
    ("told", "payload"),
    [
        (
            {"evseId": 0, "purpose": "TxProfile"},
            {"evseId": 0, "chargingProfile": {"chargingProfilePurpose": "TxProfile"}},
        ),
        ({}, {"chargingProfile": {}}),
        ({"chargingProfileId": 7}, {"chargingProfile": {"chargingProfileId": [7]}}),
        ({"evseId": 1, "stackLevel": 0}, {"evseId": 1, "chargingProfile": {"stackLevel": 0}}),
        (
            {"evseId": 1, "chargingLimitSource": "EMS"},
            {"evseId": 1, "chargingProfile": {"chargingLimitSource": ["EMS"]}},
        ),
    ],
)
async def test_get_by_each_criterion(told, payload):
    """K_29 to K_36."""
    async with smart() as h:
        result = await h.operate(V, "get-charging-profiles", told | {"wait": False})
        (asked_for,) = sent(h.session(V), "GetChargingProfiles")
        assert asked_for.pop("requestId") == result["requestId"]
        assert asked_for == payload
        assert result["status"] == "Accepted"
        assert not result["complete"]


async def test_a_report_in_parts_is_waited_for():
    async with smart() as h:
        task = asyncio.create_task(h.operate(V, "get-charging-profiles", {"requestId": 5}))
        await settled()
        part = {"requestId": 5, "chargingLimitSource": "CSO", "evseId": 1, "chargingProfile": [profile(1)], "tbc": True}
        assert (await h.call(V, "ReportChargingProfiles", part)).payload == {}
        rest = {"requestId": 5, "chargingLimitSource": "EMS", "evseId": 0, "chargingProfile": [profile(-2)]}
        await h.call(V, "ReportChargingProfiles", rest)
        assert await task == {
            "requestId": 5,
            "status": "Accepted",
            "complete": True,
            "chargingProfiles": [
                {"evseId": 1, "chargingLimitSource": "CSO", "chargingProfile": profile(1)},
                {"evseId": 0, "chargingLimitSource": "EMS", "chargingProfile": profile(-2)},
            ],
        }
        assert await known(h) == [-2, 1]


async def test_what_has_come_of_a_report_is_shown_when_the_time_is_over():
    async with smart() as h:
        task = asyncio.create_task(h.operate(V, "get-charging-profiles", {"requestId": 5, "timeout": 0.05}))
        await asyncio.sleep(0.01)
        part = {"requestId": 5, "chargingLimitSource": "CSO", "evseId": 1, "chargingProfile": [profile(1)], "tbc": True}
        await h.call(V, "ReportChargingProfiles", part)
        result = await task
        assert not result["complete"]
        assert [each["chargingProfile"]["id"] for each in result["chargingProfiles"]] == [1]


async def test_no_profiles_is_a_whole_report():
    async with smart() as h:
        h.session(V).replies["GetChargingProfiles"] = Reply.result({"status": "NoProfiles"})
        result = await h.operate(V, "get-charging-profiles", {"requestId": 5})
        assert result == {"requestId": 5, "status": "NoProfiles", "complete": True, "chargingProfiles": []}


async def test_composite_schedule_with_what_is_expected_beside_it():
    """K_43, K_44."""
    async with smart() as h:
        started(h, "tx1", evse=1)
        for each in (profile(1, limit=16.0), profile(2, "TxProfile", limit=10.0, transactionId="tx1")):
            await asked(h, "SetChargingProfile", {"evseId": 1, "chargingProfile": each}, ACCEPTED)
        top = profile(3, "ChargingStationMaxProfile", limit=5520.0)
        top["chargingSchedule"][0]["chargingRateUnit"] = "W"
        await asked(h, "SetChargingProfile", {"evseId": 0, "chargingProfile": top}, ACCEPTED)
        answer = {"status": "Rejected"}
        h.session(V).replies["GetCompositeSchedule"] = Reply.result(answer)
        result = await h.operate(V, "get-composite-schedule", {"evseId": 1, "duration": 60, "chargingRateUnit": "A"})
        assert sent(h.session(V), "GetCompositeSchedule") == [{"evseId": 1, "duration": 60, "chargingRateUnit": "A"}]
        assert result["status"] == "Rejected"
        assert result["expected"]["chargingSchedulePeriod"] == [
            {"startPeriod": 0, "limit": 8.0, "chargingProfileIds": [3, 2]}
        ]


async def test_the_time_and_unit_of_the_stations_answer_count():
    async with smart() as h:
        later = profile(1, limit=16.0, validFrom="2026-01-01T01:00:00Z")
        await asked(h, "SetChargingProfile", {"evseId": 1, "chargingProfile": later}, ACCEPTED)
        schedule = {
            "evseId": 1,
            "duration": 60,
            "scheduleStart": "2026-01-01T02:00:00Z",
            "chargingRateUnit": "W",
            "chargingSchedulePeriod": [{"startPeriod": 0, "limit": 1}],
        }
        answer = Reply.result({"status": "Accepted", "schedule": schedule})
        h.session(V).replies["GetCompositeSchedule"] = answer
        result = await h.operate(V, "get-composite-schedule", {"evseId": 1, "duration": 60})
        assert result["schedule"] == schedule
        assert result["expected"]["scheduleStart"] == "2026-01-01T02:00:00Z"
        assert result["expected"]["chargingSchedulePeriod"][0]["limit"] == 11_040.0


async def test_known_profiles_without_asking():
    async with smart() as h:
        await h.operate(V, "set-charging-profile", {"evseId": 1, "limit": 6, "id": 7})
        shown = await h.operate(V, "charging-profiles", {})
        assert [(each["evseId"], each["since"]) for each in shown["chargingProfiles"]] == [(1, NOW)]
        assert levels({"chargingProfile": shown["chargingProfiles"][0]["chargingProfile"]}) == [(0, 6)]
        assert len(sent(h.session(V))) == 1


async def test_a_variable_of_another_component_says_nothing():
    async with smart() as h:
        row = Variable(identity=ID, component="Other", variable="RateUnit", attribute="Actual", value="W")
        h.records.later(h.records.variables.put(row))
        await h.operate(V, "set-charging-profile", {"limit": 6})
        assert len(sent(h.session(V))) == 1
