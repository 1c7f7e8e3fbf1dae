"""What is wrong with a charging profile before it goes to a station."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugins.ocpp201.smart_charging.checks import Capabilities, capabilities, faults, schedules_of
from plugins.ocpp201.smart_charging.params import SetParams
from plugins.ocpp201.smart_charging.profile import composed

NOW = "2026-01-01T00:00:00Z"
ANY = Capabilities()


def profile(
    purpose: str = "TxDefaultProfile", *, schedule: Any = None, period: Any = None, **more: Any
) -> dict[str, Any]:
    base = {"startSchedule": NOW, "chargingRateUnit": "A", "chargingSchedulePeriod": [{"startPeriod": 0, "limit": 6.0}]}
    if period is not None:
        base["chargingSchedulePeriod"] = [{"startPeriod": 0, **period}]
    found = {
        "id": 1,
        "stackLevel": 0,
        "chargingProfilePurpose": purpose,
        "chargingProfileKind": "Absolute",
        "chargingSchedule": [{**base, **(schedule or {})}],
    }
    return {**found, **more}


def wrong(given_profile: Any, evse: Any = 1, capable: Capabilities = ANY, **more: Any) -> list[str]:
    return [each.field.rsplit(".", 1)[-1] for each in faults(given_profile, evse, capable, **more)]


def test_a_good_one_has_no_faults() -> None:
    assert wrong(profile()) == []
    assert wrong(profile("TxProfile", transactionId="tx")) == []
    assert wrong(profile("ChargingStationMaxProfile"), 0) == []


@pytest.mark.parametrize(
    ("given_profile", "evse", "fields"),
    [
        ("no profile", 1, ["chargingProfile"]),
        (profile("ChargingStationExternalConstraints"), 1, ["chargingProfilePurpose"]),
        (profile("TxProfile"), 1, ["transactionId"]),
        (profile("TxProfile", transactionId="tx"), 0, ["evseId"]),
        (profile(transactionId="tx"), 1, ["transactionId"]),
        (profile("ChargingStationMaxProfile"), 1, ["evseId"]),
        (profile(), -1, ["evseId"]),
        (profile(), None, ["evseId"]),
        (profile(), "1", ["evseId"]),
        (profile(chargingProfileKind="Recurring"), 1, ["recurrencyKind"]),
        (profile(recurrencyKind="Daily"), 1, ["recurrencyKind"]),
        (profile(chargingProfileKind="Relative"), 1, ["startSchedule"]),
        (profile(validFrom="2026-01-02T00:00:00Z", validTo=NOW), 1, ["validTo"]),
        (profile(dynUpdateInterval=60), 1, ["dynUpdateInterval"]),
        (profile(dynUpdateTime=NOW), 1, ["dynUpdateTime"]),
        (profile("PriorityCharging", schedule={"duration": 60}), 1, ["duration"]),
        (profile("PriorityCharging", period={"limit": 6.0, "operationMode": "Idle"}), 1, ["operationMode"]),
        (profile(period={"limit": 6.25}), 1, ["limit"]),
        (profile(period={"limit": -1}), 1, ["limit"]),
        (profile(period={"limit": 6.0, "phaseToUse": 2}), 1, ["phaseToUse"]),
        (profile(period={"limit": 6.0, "phaseToUse": 2, "numberPhases": 1}), 1, []),
        (profile(period={"limit": 6.0, "limit_L2": 6.0}), 1, ["chargingSchedulePeriod[0]"]),
        (profile("TxProfile", transactionId="tx", period={"limit_L3": 6.0}), 1, ["limit"]),
        (profile("TxProfile", transactionId="tx", period={"limit": 6.0, "limit_L3": 6.0}), 1, []),
        (profile(period={"operationMode": "CentralSetpoint"}), 1, ["setpoint"]),
        (profile(period={"operationMode": "CentralFrequency", "setpoint": -100.0}), 1, []),
        (profile(schedule={"chargingSchedulePeriod": [{"startPeriod": 5, "limit": 6.0}]}), 1, ["startPeriod"]),
    ],
)
def test_each_fault_is_found(given_profile: Any, evse: Any, fields: list[str]) -> None:
    assert wrong(given_profile, evse) == fields


def test_a_station_maximum_is_not_relative() -> None:
    found = profile("ChargingStationMaxProfile", chargingProfileKind="Relative")
    del found["chargingSchedule"][0]["startSchedule"]
    assert wrong(found, 0) == ["chargingProfileKind"]


def test_a_dynamic_profile_has_one_schedule_with_one_period() -> None:
    good = profile(chargingProfileKind="Dynamic", dynUpdateInterval=60)
    assert wrong(good) == []
    two = {"chargingSchedulePeriod": [{"startPeriod": 0, "limit": 6.0}, {"startPeriod": 60, "limit": 8.0}]}
    assert wrong(profile(chargingProfileKind="Dynamic", schedule=two)) == ["chargingSchedule"]
    good["chargingSchedule"] *= 2
    assert wrong(good, negotiated=True) == ["chargingSchedule"]


def test_several_schedules_only_where_the_ev_has_told_its_needs() -> None:
    found = profile("TxProfile", transactionId="tx")
    found["chargingSchedule"] *= 2
    assert wrong(found) == ["chargingSchedule"]
    assert wrong(found, negotiated=True) == []


def test_with_a_remote_start_it_is_a_tx_profile_without_a_transaction() -> None:
    assert wrong(profile("TxProfile"), None, remote_start=True) == []
    assert wrong(profile("TxProfile", transactionId="tx"), 1, remote_start=True) == ["transactionId"]
    assert wrong(profile(), 1, remote_start=True) == ["chargingProfilePurpose"]


def test_what_the_station_cannot_do() -> None:
    capable = capabilities({"rateunit": "W", "profilestacklevel": "3", "periodsperschedule": "1"})
    assert capable == Capabilities(3, 1, frozenset({"W"}))
    two = {"chargingSchedulePeriod": [{"startPeriod": 0, "limit": 6.0}, {"startPeriod": 60, "limit": 8.0}]}
    assert wrong(profile(stackLevel=4, schedule=two), 1, capable) == [
        "stackLevel",
        "chargingSchedulePeriod",
        "chargingRateUnit",
    ]
    assert wrong(profile(stackLevel=3, schedule={"chargingRateUnit": "W"}), 1, capable) == []


@pytest.mark.parametrize(
    ("told", "units"), [("A,W", {"A", "W"}), ("A; W", {"A", "W"}), ("a", {"A"}), ("Furlong", None), (None, None)]
)
def test_the_units_of_a_station(told: str | None, units: set[str] | None) -> None:
    assert capabilities({"rateunit": told}).units == units


@pytest.mark.parametrize("told", [None, {}, "x", [None, "x"]])
def test_schedules_that_are_none_are_left_out(told: Any) -> None:
    assert schedules_of({"chargingSchedule": told}) == []


@given(
    st.sampled_from(["TxDefaultProfile", "ChargingStationMaxProfile", "PriorityCharging"]),
    st.sampled_from(["Absolute", None]),
    st.integers(0, 100).map(float),
    st.none() | st.integers(1, 3),
)
def test_what_is_composed_is_without_fault(purpose: str, kind: str | None, limit: float, phases: int | None) -> None:
    wanted = SetParams(purpose=purpose, kind=kind, limit=limit, numberPhases=phases)  # type: ignore[arg-type]
    found = composed(wanted, number=1, transaction=None, now=0.0, valid_days=1)
    assert wrong(found, 0) == []
