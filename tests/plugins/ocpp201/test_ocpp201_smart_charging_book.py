"""Which charging profiles a station holds: the rules."""

from typing import Any

import pytest

from broker.api import ChargingProfile
from plugins.ocpp201.smart_charging.book import cleared_by, described, fresh_number, meeting, of_transaction, row_of


def row(number: int, purpose: str = "TxDefaultProfile", evse: int = 1, level: int = 0, **more: Any) -> ChargingProfile:
    profile = {"id": number, "chargingProfilePurpose": purpose, "stackLevel": level, **more}
    found = row_of("CP001", evse, profile, at=0.0)
    assert found is not None
    return found


ROWS = {
    each.profile_id: each
    for each in (
        row(1),
        row(2, level=1),
        row(3, evse=0),
        row(4, "TxProfile", transactionId="tx"),
        row(5, "ChargingStationExternalConstraints", evse=0),
    )
}


def test_a_profile_as_a_row() -> None:
    profile = {
        "id": 7,
        "stackLevel": 2,
        "chargingProfilePurpose": "TxProfile",
        "chargingProfileKind": "Absolute",
        "transactionId": "tx",
        "validFrom": "2026-01-01T00:00:00Z",
        "validTo": "2026-01-01T00:00:10Z",
    }
    found = row_of("CP001", 3, profile, at=5.0, transaction="other")
    assert found == ChargingProfile(
        identity="CP001",
        profile_id=7,
        evse=3,
        purpose="TxProfile",
        kind="Absolute",
        stack_level=2,
        transaction_id="tx",
        valid_from=1_767_225_600.0,
        valid_to=1_767_225_610.0,
        at=5.0,
        profile=profile,
    )


def test_a_profile_that_names_no_transaction_has_the_one_that_is_known() -> None:
    found = row_of("CP001", 1, {"id": 7}, at=0.0, transaction="tx")
    assert found is not None
    assert found.transaction_id == "tx"


@pytest.mark.parametrize(("evse", "profile"), [(1, None), (1, []), (1, {}), (1, {"id": "x"}), (None, {"id": 1})])
def test_what_nobody_could_clear_is_no_row(evse: Any, profile: Any) -> None:
    assert row_of("CP001", evse, profile, at=0.0) is None


@pytest.mark.parametrize(
    ("wanted", "numbers"),
    [
        ({"chargingProfileId": 2}, [2]),
        ({"chargingProfileId": 2, "chargingProfileCriteria": {"evseId": 0}}, [2]),
        ({"chargingProfileId": 9}, []),
        ({"chargingProfileId": "x"}, []),
        ({"chargingProfileCriteria": {"stackLevel": 1}}, [2]),
        ({"chargingProfileCriteria": {"evseId": 0}}, [3]),
        ({"chargingProfileCriteria": {"evseId": 1, "chargingProfilePurpose": "TxDefaultProfile"}}, [1, 2]),
        ({"chargingProfileCriteria": {}}, [1, 2, 3, 4]),
        ({}, [1, 2, 3, 4]),
        ({"chargingProfileCriteria": "x"}, [1, 2, 3, 4]),
    ],
)
def test_what_a_clear_removes(wanted: dict[str, Any], numbers: list[int]) -> None:
    assert cleared_by(ROWS, wanted) == numbers


@pytest.mark.parametrize(
    ("wanted", "numbers"),
    [
        ({}, [1, 2, 3, 4, 5]),
        ({"evseId": 0}, [3, 5]),
        ({"chargingProfileId": [1, 5, 9]}, [1, 5]),
        ({"chargingProfileId": [1, 5], "evseId": 1}, [1]),
        ({"chargingProfileId": "x"}, [1, 2, 3, 4, 5]),
    ],
)
def test_what_meets_criteria(wanted: dict[str, Any], numbers: list[int]) -> None:
    assert meeting(ROWS, wanted) == numbers


def test_the_tx_profiles_of_a_transaction() -> None:
    assert of_transaction(ROWS.values(), "tx") == [4]
    assert of_transaction(ROWS.values(), "other") == []


def test_a_fresh_number_is_neither_taken_nor_reserved() -> None:
    top = 2**31 - 1
    assert all(fresh_number(range(2**30)) >= 2**30 for _ in range(20))
    assert all(1000 < fresh_number((), above=1000) <= top for _ in range(100))
    assert fresh_number((), above=top) > 0


def test_as_operators_see_it() -> None:
    assert described(ROWS[4]) == {
        "evseId": 1,
        "since": "1970-01-01T00:00:00Z",
        "transactionId": "tx",
        "chargingProfile": ROWS[4].profile,
    }
    assert described(ChargingProfile(identity="CP001", profile_id=1)) == {"evseId": 0, "chargingProfile": {}}
