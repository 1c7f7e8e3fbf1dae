"""A charging profile composed from the few things that an operator says."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugins.ocpp16.charging_checks import faults
from plugins.ocpp16.charging_params import ProfileWanted
from plugins.ocpp16.charging_profile import composed

NOW = 1_767_225_600.75  # 2026-01-01T00:00:00.75Z


def compose(transaction: int | None = None, **wanted: Any) -> dict[str, Any]:
    model = ProfileWanted.model_validate(wanted)
    return composed(model, number=5, transaction=transaction, now=NOW, valid_days=10)


def test_a_limit_and_a_duration_are_enough() -> None:
    assert compose(limit=6, duration=300) == {
        "chargingProfileId": 5,
        "stackLevel": 0,
        "chargingProfilePurpose": "TxDefaultProfile",
        "chargingProfileKind": "Absolute",
        "validFrom": "2026-01-01T00:00:00Z",
        "validTo": "2026-01-01T00:05:00Z",
        "chargingSchedule": {
            "duration": 300,
            "startSchedule": "2026-01-01T00:00:00Z",
            "chargingRateUnit": "A",
            "chargingSchedulePeriod": [{"startPeriod": 0, "limit": 6.0}],
        },
    }


def test_without_an_end_it_is_valid_for_so_many_days() -> None:
    assert compose(limit=6)["validTo"] == "2026-01-11T00:00:00Z"
    assert "duration" not in compose(limit=6)["chargingSchedule"]


def test_of_a_start_in_the_future_the_days_count_from_there() -> None:
    profile = compose(limit=6, startSchedule="2026-03-01T12:00:00Z")
    assert (profile["validFrom"], profile["validTo"]) == ("2026-03-01T12:00:00Z", "2026-03-11T12:00:00Z")


def test_all_that_is_said_is_in_it() -> None:
    said = {
        "purpose": "ChargePointMaxProfile",
        "periods": [{"startPeriod": 0, "limit": 6000.5}, {"startPeriod": 60, "limit": 0, "numberPhases": 1}],
        "numberPhases": 3,
        "chargingRateUnit": "W",
        "minChargingRate": 1.5,
        "duration": 7200,
        "stackLevel": 3,
        "kind": "Recurring",
        "recurrencyKind": "Weekly",
        "startSchedule": "2025-12-01T00:00:00Z",
        "validFrom": "2025-12-02T00:00:00Z",
        "validTo": "2027-01-01T00:00:00Z",
        "transactionId": 0,
        "chargingProfileId": 0,
    }
    assert compose(**said) == {
        "chargingProfileId": 0,
        "transactionId": 0,
        "stackLevel": 3,
        "chargingProfilePurpose": "ChargePointMaxProfile",
        "chargingProfileKind": "Recurring",
        "recurrencyKind": "Weekly",
        "validFrom": "2025-12-02T00:00:00Z",
        "validTo": "2027-01-01T00:00:00Z",
        "chargingSchedule": {
            "duration": 7200,
            "startSchedule": "2025-12-01T00:00:00Z",
            "chargingRateUnit": "W",
            "chargingSchedulePeriod": [
                {"startPeriod": 0, "limit": 6000.5, "numberPhases": 3},
                {"startPeriod": 60, "limit": 0.0, "numberPhases": 1},
            ],
            "minChargingRate": 1.5,
        },
    }


def test_a_recurrency_makes_it_recurring_and_its_duration_does_not_end_it() -> None:
    profile = compose(limit=6, recurrencyKind="Daily", duration=3600)
    assert profile["chargingProfileKind"] == "Recurring"
    assert profile["validTo"] == "2026-01-11T00:00:00Z"


def test_a_tx_profile_has_its_transaction_and_no_validity_of_its_own() -> None:
    profile = compose(transaction=77, purpose="TxProfile", limit=10)
    assert profile["transactionId"] == 77
    assert not {"validFrom", "validTo"} & set(profile)
    assert compose(transaction=77, purpose="TxProfile", limit=10, transactionId=3)["transactionId"] == 3
    said = compose(purpose="TxProfile", limit=10, validTo="2026-02-01T00:00:00Z")
    assert said["validTo"] == "2026-02-01T00:00:00Z"


def test_a_relative_one_has_no_start_and_no_validity_of_its_own() -> None:
    profile = compose(limit=6, kind="Relative", duration=60)
    assert "startSchedule" not in profile["chargingSchedule"]
    assert not {"validFrom", "validTo"} & set(profile)


@pytest.mark.parametrize("said", [{}, {"limit": 6, "periods": [{"startPeriod": 0, "limit": 6}]}])
def test_no_limit_and_two_limits_are_refused(said: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="limit: say either limit or periods"):
        compose(**said)


@given(
    purpose=st.sampled_from(["ChargePointMaxProfile", "TxDefaultProfile", "TxProfile"]),
    kind=st.sampled_from(["Absolute", "Recurring", "Relative"]),
    limit=st.integers(0, 500).map(lambda tenths: tenths / 10),
    duration=st.none() | st.integers(1, 10**7),
    phases=st.none() | st.integers(1, 3),
    level=st.integers(0, 9),
)
def test_what_is_composed_has_no_fault(
    purpose: str, kind: str, limit: float, duration: int | None, phases: int | None, level: int
) -> None:
    profile = compose(
        transaction=9 if purpose == "TxProfile" else None,
        purpose=purpose,
        kind=kind,
        recurrencyKind="Daily" if kind == "Recurring" else None,
        limit=limit,
        duration=duration,
        numberPhases=phases,
        stackLevel=level,
    )
    connector = {"ChargePointMaxProfile": 0, "TxDefaultProfile": 2, "TxProfile": 1}[purpose]
    assert faults(profile, connector) == []
