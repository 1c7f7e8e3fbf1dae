"""What every version demands of a charging profile."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugins.shared.charging.rules import Fault, date_time, of_kind, of_periods, of_recurrency, of_times, rate


@pytest.mark.parametrize("value", [0, 6, 6.5, 16.1, 1e12, 10**20])
def test_a_rate_has_one_digit_after_the_point(value: Any) -> None:
    assert rate(value) == ""


@pytest.mark.parametrize("value", [-1, -0.1, 6.25, 1e-9, True, None, "6", float("nan"), float("inf")])
def test_what_is_no_rate(value: Any) -> None:
    assert rate(value)


@given(st.integers(0, 10**9))
def test_every_tenth_is_a_rate(tenths: int) -> None:
    assert rate(tenths / 10) == ""


@pytest.mark.parametrize("value", ["2026-01-31T12:00:00Z", "2026-01-31T12:00:00.5+02:00"])
def test_a_time(value: Any) -> None:
    assert date_time(value) == ""


@pytest.mark.parametrize("value", ["2026-01-31", "2026-01-31T12:00:00", "2026-02-30T12:00:00Z", 7, None])
def test_what_is_no_time(value: Any) -> None:
    assert date_time(value)


@pytest.mark.parametrize(
    ("kind", "starts", "faulty"),
    [
        ("Absolute", True, False),
        ("Absolute", False, True),
        ("Recurring", False, True),
        ("Relative", True, True),
        ("Relative", False, False),
        ("Dynamic", False, False),
        ("Dynamic", True, False),
    ],
)
def test_whether_a_schedule_has_a_start_is_a_matter_of_its_kind(kind: str, starts: bool, faulty: bool) -> None:
    schedule = {"startSchedule": "2026-01-31T12:00:00Z"} if starts else {}
    found = list(of_kind({"chargingProfileKind": kind}, schedule, "here"))
    assert [fault.field for fault in found] == (["here.startSchedule"] if faulty else [])


def test_without_a_schedule_its_kind_says_nothing() -> None:
    assert list(of_kind({"chargingProfileKind": "Absolute"}, None, "here")) == []


@pytest.mark.parametrize(
    ("kind", "given_kind", "faulty"),
    [
        ("Recurring", True, False),
        ("Recurring", False, True),
        ("Absolute", True, True),
        ("Relative", True, True),
        ("Dynamic", True, True),
        ("Absolute", False, False),
    ],
)
def test_a_recurring_profile_says_how_often_and_no_other_does(kind: str, given_kind: bool, faulty: bool) -> None:
    profile = {"chargingProfileKind": kind} | ({"recurrencyKind": "Daily"} if given_kind else {})
    assert bool(list(of_recurrency(profile))) == faulty


@pytest.mark.parametrize(
    ("starts", "fields"),
    [
        ([0, 60, 61], []),
        ([], []),
        ([1], ["p[0].startPeriod"]),
        ([0, 60, 60], ["p[2].startPeriod"]),
        ([0, 60, 30, 40], ["p[2].startPeriod"]),
        ([0, "x", 60], []),
    ],
)
def test_periods_begin_at_0_and_follow_each_other(starts: list[Any], fields: list[str]) -> None:
    found = of_periods([{"startPeriod": each} for each in starts], "p")
    assert [fault.field for fault in found] == fields


def test_what_is_no_period_is_for_the_schema_to_say() -> None:
    assert list(of_periods([None, 7, {}], "p")) == []


def test_it_is_valid_for_some_time() -> None:
    one, two = "2026-01-31T12:00:00Z", "2026-01-31T12:00:01Z"
    assert list(of_times({"validFrom": one, "validTo": two})) == []
    assert [str(fault) for fault in of_times({"validFrom": two, "validTo": one})] == ["validTo: is not after validFrom"]
    assert len(list(of_times({"validFrom": one, "validTo": one}))) == 1
    assert list(of_times({"validTo": one})) == []


def test_a_fault_names_its_field() -> None:
    assert str(Fault("a.b", "is wrong")) == "a.b: is wrong"
