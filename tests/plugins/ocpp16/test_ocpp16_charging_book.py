"""Which charging profiles a station holds after what it has accepted."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broker.api import ChargingProfile
from plugins.ocpp16.charging_book import cleared_by, described, of_ended, of_others, replaced_by, row_of

MAX, DEFAULT, TX = "ChargePointMaxProfile", "TxDefaultProfile", "TxProfile"


def row(number: int, purpose: str = DEFAULT, connector: int = 1, level: int = 0, **more: Any) -> ChargingProfile:
    return ChargingProfile(
        identity="CP1", profile_id=number, purpose=purpose, evse=connector, stack_level=level, **more
    )


def rows(*each: ChargingProfile) -> dict[int, ChargingProfile]:
    return {one.profile_id: one for one in each}


HELD = rows(row(1, MAX, 0), row(2, DEFAULT, 0), row(3, DEFAULT, 1), row(4, DEFAULT, 1, 1), row(5, TX, 2, 1))


def test_a_row_is_what_was_sent() -> None:
    profile = {
        "chargingProfileId": 5,
        "transactionId": 77,
        "stackLevel": 3,
        "chargingProfilePurpose": TX,
        "chargingProfileKind": "Relative",
        "validFrom": "2026-01-01T00:00:00Z",
        "validTo": "2026-01-01T01:00:00+01:00",
        "chargingSchedule": {},
    }
    assert row_of("CP1", 2, profile, at=5.0, transaction="8") == ChargingProfile(
        identity="CP1",
        profile_id=5,
        evse=2,
        purpose=TX,
        kind="Relative",
        stack_level=3,
        transaction_id="77",
        valid_from=1_767_225_600.0,
        valid_to=1_767_225_600.0,
        at=5.0,
        profile=profile,
    )


def test_a_profile_that_names_no_transaction_has_the_one_that_is_known() -> None:
    found = row_of("CP1", 2, {"chargingProfileId": 5, "chargingProfilePurpose": TX}, at=5.0, transaction="8")
    assert found is not None
    assert found.transaction_id == "8"


@pytest.mark.parametrize(
    ("connector", "profile"),
    [(1, None), (1, []), (1, {}), (1, {"chargingProfileId": "x"}), (1, {"chargingProfileId": 2**64}), (None, HELD)],
)
def test_what_has_no_number_or_place_is_no_row(connector: Any, profile: Any) -> None:
    assert row_of("CP1", connector, profile, at=0.0) is None


def test_no_connector_is_no_row_though_the_profile_is_good() -> None:
    assert row_of("CP1", None, {"chargingProfileId": 1}, at=0.0) is None
    assert row_of("CP1", 0, {"chargingProfileId": 1}, at=0.0) is not None


@pytest.mark.parametrize(
    ("new", "gone"),
    [
        (row(9, DEFAULT, 1, 0), [3]),
        (row(9, DEFAULT, 1, 1), [4]),
        (row(9, DEFAULT, 0, 0), [2]),
        (row(9, DEFAULT, 2, 0), []),
        (row(9, TX, 2, 0), []),
        (row(9, MAX, 0, 0), [1]),
        (row(5, DEFAULT, 1, 1), [4, 5]),
        (row(3, DEFAULT, 1, 0), [3]),
    ],
)
def test_the_same_number_and_the_same_level_purpose_and_connector_are_replaced(
    new: ChargingProfile, gone: list[int]
) -> None:
    assert replaced_by(HELD, new) == gone


@pytest.mark.parametrize(
    ("wanted", "gone"),
    [
        ({}, [1, 2, 3, 4, 5]),
        ({"id": 3}, [3]),
        ({"id": 99}, []),
        ({"id": None}, []),
        ({"id": 3, "connectorId": 2, "stackLevel": 7}, [3]),
        ({"connectorId": 0}, [1, 2]),
        ({"connectorId": 1}, [3, 4]),
        ({"chargingProfilePurpose": DEFAULT}, [2, 3, 4]),
        ({"stackLevel": 1}, [4, 5]),
        ({"stackLevel": 0, "chargingProfilePurpose": DEFAULT}, [2, 3]),
        ({"connectorId": 1, "chargingProfilePurpose": DEFAULT, "stackLevel": 1}, [4]),
        ({"connectorId": 1, "chargingProfilePurpose": TX}, []),
        ({"unheardOf": 1}, [1, 2, 3, 4, 5]),
    ],
)
def test_a_clear_removes_exactly_what_meets_its_criteria(wanted: dict[str, Any], gone: list[int]) -> None:
    assert cleared_by(HELD, wanted) == gone


def test_tx_profiles_go_with_their_transaction() -> None:
    held = [row(1, TX, 1, transaction_id="7"), row(2, TX, 2, transaction_id="8"), row(3, DEFAULT, 1)]
    assert of_ended(held, "7") == [1]
    assert of_ended(held, "9") == []


def test_of_a_connector_with_a_new_transaction_the_others_go() -> None:
    held = [
        row(1, TX, 1, transaction_id="7"),
        row(2, TX, 1, transaction_id="8"),
        row(3, TX, 2, transaction_id="7"),
        row(4, TX, 1),
        row(5, DEFAULT, 1),
    ]
    assert of_others(held, 1, "8") == [1, 4]


def test_operators_see_the_connector_the_transaction_and_the_profile() -> None:
    shown = described(row(1, TX, 2, transaction_id="7", at=1_767_225_600.0, profile={"chargingProfileId": 1}))
    assert shown == {
        "connectorId": 2,
        "since": "2026-01-01T00:00:00Z",
        "transactionId": 7,
        "csChargingProfiles": {"chargingProfileId": 1},
    }
    assert described(row(1)) == {"connectorId": 1, "csChargingProfiles": {}}


places = st.tuples(st.sampled_from([MAX, DEFAULT, TX]), st.integers(0, 2), st.integers(0, 2))
sets = st.lists(st.tuples(st.integers(1, 6), places), max_size=30)


@given(sets)
def test_never_two_with_one_number_or_one_place(sent: list[tuple[int, tuple[str, int, int]]]) -> None:
    held: dict[int, ChargingProfile] = {}
    for number, (purpose, connector, level) in sent:
        new = row(number, purpose, connector, level)
        for gone in replaced_by(held, new):
            del held[gone]
        held[number] = new
        taken = [(each.purpose, each.evse, each.stack_level) for each in held.values()]
        assert len(taken) == len(set(taken))
        assert held[number] is new


@given(sets, st.dictionaries(st.sampled_from(["connectorId", "stackLevel"]), st.integers(0, 2)))
def test_a_clear_leaves_none_that_meets_it(
    sent: list[tuple[int, tuple[str, int, int]]], wanted: dict[str, int]
) -> None:
    held = rows(*(row(number, *place) for number, place in sent))
    left = {number: each for number, each in held.items() if number not in cleared_by(held, wanted)}
    assert cleared_by(left, wanted) == []
    if "connectorId" in wanted:
        assert all(each.evse != wanted["connectorId"] or "stackLevel" in wanted for each in left.values())
