"""A charging profile composed from what an operator says."""

from typing import Any

import pytest

from plugins.ocpp201.smart_charging.params import SetParams
from plugins.ocpp201.smart_charging.profile import composed, given

T0 = 1_767_225_600.0
NOW = "2026-01-01T00:00:00Z"


def made(transaction: str | None = None, **told: Any) -> dict[str, Any]:
    params = SetParams.model_validate(told)
    return composed(params, number=7, transaction=transaction, now=T0 + 0.7, valid_days=1)


def test_from_a_limit_and_a_duration() -> None:
    """K_01: validFrom and validTo, startSchedule and duration, without being said."""
    assert made(limit=6.0, duration=300, numberPhases=3) == {
        "id": 7,
        "stackLevel": 0,
        "chargingProfilePurpose": "TxDefaultProfile",
        "chargingProfileKind": "Absolute",
        "validFrom": NOW,
        "validTo": "2026-01-01T00:05:00Z",
        "chargingSchedule": [
            {
                "id": 7,
                "startSchedule": NOW,
                "chargingRateUnit": "A",
                "duration": 300,
                "chargingSchedulePeriod": [{"startPeriod": 0, "limit": 6.0, "numberPhases": 3}],
            }
        ],
    }


def test_without_a_duration_it_is_valid_for_a_while() -> None:
    assert made(limit=6)["validTo"] == "2026-01-02T00:00:00Z"
    assert made(limit=6, startSchedule="2026-02-01T00:00:00Z")["validTo"] == "2026-02-02T00:00:00Z"
    assert made(limit=6, startSchedule="2025-02-01T00:00:00Z")["validTo"] == "2026-01-02T00:00:00Z"


def test_a_recurring_one_is_valid_longer_than_one_round() -> None:
    found = made(limit=6, recurrencyKind="Daily", duration=3600)
    assert (found["chargingProfileKind"], found["recurrencyKind"]) == ("Recurring", "Daily")
    assert found["validTo"] == "2026-01-02T00:00:00Z"


def test_a_tx_profile_has_its_transaction_and_no_validity() -> None:
    found = made("tx1", limit=6, purpose="TxProfile")
    assert found["transactionId"] == "tx1"
    assert found.keys().isdisjoint({"validFrom", "validTo"})
    assert made("tx1", limit=6, purpose="TxProfile", transactionId="tx2")["transactionId"] == "tx2"


def test_a_relative_one_has_no_start() -> None:
    found = made(limit=6, kind="Relative")
    assert "startSchedule" not in found["chargingSchedule"][0]
    assert found.keys().isdisjoint({"validFrom", "validTo"})


def test_a_dynamic_one_begins_at_once() -> None:
    found = made(setpoint=-2000, operationMode="CentralSetpoint", dynUpdateInterval=60, chargingRateUnit="W")
    assert (found["chargingProfileKind"], found["dynUpdateInterval"]) == ("Dynamic", 60)
    schedule = found["chargingSchedule"][0]
    assert "startSchedule" not in schedule
    assert schedule["chargingSchedulePeriod"] == [
        {"startPeriod": 0, "setpoint": -2000, "operationMode": "CentralSetpoint"}
    ]


def test_periods_have_the_common_rates_where_they_say_none() -> None:
    periods = [{"startPeriod": 0, "limit": 6}, {"startPeriod": 60, "limit": 8, "numberPhases": 1}]
    found = made(periods=periods, numberPhases=3, operationMode="ChargingOnly")
    assert found["chargingSchedule"][0]["chargingSchedulePeriod"] == [
        {"startPeriod": 0, "limit": 6, "numberPhases": 3, "operationMode": "ChargingOnly"},
        {"startPeriod": 60, "limit": 8, "numberPhases": 1, "operationMode": "ChargingOnly"},
    ]


def test_members_of_the_schedule_and_of_the_profile_go_where_they_belong() -> None:
    """K_100, K_102, K_106."""
    found = made(
        limit=6,
        maxOfflineDuration=60,
        invalidAfterOfflineDuration=True,
        useLocalTime=True,
        randomizedDelay=30,
        limitAtSoC={"soc": 80, "limit": 6},
    )
    assert (found["maxOfflineDuration"], found["invalidAfterOfflineDuration"]) == (60, True)
    schedule = found["chargingSchedule"][0]
    assert schedule["useLocalTime"] is True
    assert schedule["randomizedDelay"] == 30
    assert schedule["limitAtSoC"] == {"soc": 80, "limit": 6}


def test_schedules_given_whole() -> None:
    schedules = [{"id": 1, "startSchedule": "2026-01-05T00:00:00Z", "chargingRateUnit": "A"}, {"id": 2}]
    found = made(chargingSchedule=schedules, id=9)
    assert found["id"] == 9
    assert found["chargingSchedule"] == schedules
    assert found["validFrom"] == "2026-01-05T00:00:00Z"
    with pytest.raises(ValueError, match="duration, limit: has no place"):
        made(chargingSchedule=schedules, limit=6, duration=60)


def test_nothing_to_say_is_refused() -> None:
    with pytest.raises(ValueError, match="limit: say"):
        made(duration=60)


def test_what_is_said_of_validity_counts() -> None:
    found = made(limit=6, validFrom="2027-01-01T00:00:00Z", validTo="2027-01-02T00:00:00Z")
    assert (found["validFrom"], found["validTo"]) == ("2027-01-01T00:00:00Z", "2027-01-02T00:00:00Z")


def test_false_and_zero_are_given() -> None:
    assert given({"a": 0, "b": False, "c": None, "d": ""}) == {"a": 0, "b": False, "d": ""}
