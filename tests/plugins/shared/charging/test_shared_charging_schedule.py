"""A charging profile as a function of time."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugins.shared.charging.schedule import Limit, Schedule, schedule_of

T0 = 1_767_225_600  # 2026-01-01T00:00:00Z
DAY = 86_400


def read(periods: list[tuple[int, float]], **changes: Any) -> Schedule:
    given_members = {"startSchedule": "2026-01-01T00:00:00Z", "duration": None, "chargingRateUnit": "A"}
    schedule = {name: changes.pop(name, default) for name, default in given_members.items()}
    schedule["chargingSchedulePeriod"] = [{"startPeriod": start, "limit": limit} for start, limit in periods]
    profile = {
        "chargingProfileId": 1,
        "stackLevel": 0,
        "chargingProfilePurpose": "TxDefaultProfile",
        "chargingProfileKind": "Absolute",
        "chargingSchedule": schedule,
        **changes,
    }
    found = schedule_of(profile, 1)
    assert found is not None
    return found


def limits(schedule: Schedule, *moments: int, begin: int = T0) -> list[float | None]:
    found = [schedule.at(moment, begin) for moment in moments]
    return [None if limit is None else limit.value for limit in found]


def test_a_period_lasts_until_the_next_and_the_last_without_end() -> None:
    schedule = read([(0, 6), (60, 10)])
    assert limits(schedule, T0 - 1, T0, T0 + 59, T0 + 60, T0 + 10 * DAY) == [None, 6, 6, 10, 10]


def test_the_duration_ends_it_even_before_its_last_periods() -> None:
    schedule = read([(0, 6), (60, 10), (600, 16)], duration=100)
    assert limits(schedule, T0 + 99, T0 + 100, T0 + 600) == [10, None, None]


def test_a_daily_schedule_restarts_every_24_hours() -> None:
    schedule = read([(0, 6), (3600, 10)], chargingProfileKind="Recurring", recurrencyKind="Daily", duration=7200)
    moments = [T0 + 5 * DAY + offset for offset in (-1, 0, 3600, 7200)]
    assert limits(schedule, T0 - 1, *moments) == [None, None, 6, 10, None]


def test_a_weekly_schedule_ends_with_its_week() -> None:
    kind = {"chargingProfileKind": "Recurring", "recurrencyKind": "Weekly"}
    schedule = read([(0, 6), (6 * DAY, 10), (8 * DAY, 16)], duration=9 * DAY, **kind)
    assert limits(schedule, T0 + 6 * DAY, T0 + 7 * DAY, T0 + 8 * DAY, T0 + 13 * DAY) == [10, 6, 6, 10]


def test_recurrency_counts_for_a_recurring_profile_alone() -> None:
    assert limits(read([(0, 6)], recurrencyKind="Daily", duration=60), T0 + DAY) == [None]


def test_a_relative_schedule_starts_with_the_transaction() -> None:
    schedule = read([(0, 6), (60, 10)], chargingProfileKind="Relative", startSchedule=None)
    assert limits(schedule, T0 + 499, T0 + 500, T0 + 560, begin=T0 + 500) == [None, 6, 10]


def test_without_a_start_an_absolute_schedule_is_relative_and_with_one_a_relative_is() -> None:
    assert read([(0, 6)], startSchedule=None).anchor is None
    assert read([(0, 6)], chargingProfileKind="Relative").anchor is None


def test_it_counts_from_valid_from_to_before_valid_to() -> None:
    schedule = read([(0, 6)], validFrom="2026-01-01T01:00:00Z", validTo="2026-01-01T02:00:00Z")
    assert limits(schedule, T0 + 3599, T0 + 3600, T0 + 7199, T0 + 7200) == [None, 6, 6, None]


@pytest.mark.parametrize(
    ("limit", "unit", "wanted", "expected"),
    [
        (Limit(16, 1), "A", "A", 16),
        (Limit(16, 1), "A", "W", 3680),
        (Limit(16, None), "A", "W", 11_040),
        (Limit(11_000, 3), "W", "A", 15.9),
        (Limit(6900, None), "W", "A", 10),
        (Limit(3703, 1), "W", "A", 16.1),
    ],
)
def test_units_are_converted_by_the_phases_and_never_up(limit: Limit, unit: str, wanted: str, expected: float) -> None:
    assert limit.in_unit(unit, wanted, 230) == Limit(expected, limit.phases)


def test_what_floats_cannot_hold_is_not_rounded_down() -> None:
    assert Limit(2.3, 1).in_unit("A", "W", 110) == Limit(253, 1)
    assert Limit(812.8, 1).in_unit("W", "A", 127) == Limit(6.4, 1)


def test_without_a_voltage_no_unit_becomes_another() -> None:
    assert Limit(16, 1).in_unit("A", "W", None) is None
    assert Limit(16, 1).in_unit("W", "W", None) == Limit(16, 1)


UNREADABLE: list[dict[str, Any]] = [
    {},
    {"chargingSchedule": None},
    {"chargingProfileId": "x"},
    {"stackLevel": None},
    {"chargingSchedule": {"chargingRateUnit": "A", "chargingSchedulePeriod": []}},
    {"chargingSchedule": {"chargingRateUnit": "A", "chargingSchedulePeriod": [5]}},
    {"chargingSchedule": {"chargingRateUnit": "A", "chargingSchedulePeriod": [{"startPeriod": 1, "limit": 6}]}},
    {"chargingSchedule": {"chargingRateUnit": "A", "chargingSchedulePeriod": [{"startPeriod": 0, "limit": True}]}},
    {"chargingSchedule": {"chargingRateUnit": "A", "chargingSchedulePeriod": [{"startPeriod": 0, "limit": 1e300}]}},
    {"chargingSchedule": {"chargingRateUnit": "kW", "chargingSchedulePeriod": [{"startPeriod": 0, "limit": 6}]}},
]


@pytest.mark.parametrize("changes", UNREADABLE)
def test_from_what_makes_no_sense_nothing_is_computed(changes: dict[str, Any]) -> None:
    schedule = {"chargingRateUnit": "A", "chargingSchedulePeriod": [{"startPeriod": 0, "limit": 6}]}
    whole: dict[str, Any] = {"chargingProfileId": 1, "stackLevel": 0, "chargingSchedule": schedule}
    assert schedule_of(whole, 1) is not None
    assert schedule_of(whole | changes if changes else {}, 1) is None


@pytest.mark.parametrize("phases", [0, -3, 4, 2**70, "many"])
def test_a_number_of_phases_that_cannot_be_is_none(phases: Any) -> None:
    period = {"startPeriod": 0, "limit": 6, "numberPhases": phases}
    schedule = {"chargingRateUnit": "A", "chargingSchedulePeriod": [period]}
    found = schedule_of({"chargingProfileId": 1, "stackLevel": 0, "chargingSchedule": schedule}, 1)
    assert found is not None
    assert found.limits == (Limit(6, None),)


@st.composite
def schedules(draw: st.DrawFn) -> Schedule:
    starts = [0, *sorted(draw(st.sets(st.integers(1, 2 * DAY), max_size=4)))]
    kind = draw(st.sampled_from(["Absolute", "Recurring", "Relative"]))
    changes: dict[str, Any] = {"chargingProfileKind": kind, "duration": draw(st.none() | st.integers(1, 3 * DAY))}
    if kind == "Recurring":
        changes["recurrencyKind"] = draw(st.sampled_from(["Daily", "Weekly"]))
    for name in ("validFrom", "validTo"):
        day = draw(st.none() | st.integers(1, 28))
        if day is not None:
            changes[name] = f"2026-01-{day:02}T07:00:00Z"
    return read([(start, draw(st.integers(0, 32))) for start in starts], **changes)


@given(schedules(), st.integers(T0 - DAY, T0 + 30 * DAY), st.integers(T0 - DAY, T0 + DAY))
def test_between_two_changes_the_limit_stays(schedule: Schedule, moment: int, begin: int) -> None:
    following = schedule.next_change(moment, begin)
    assert following is None or following > moment
    last = moment + 40 * DAY if following is None else following - 1
    for between in (moment + 1, (moment + last) // 2, last):
        if moment <= between <= last:
            assert schedule.at(between, begin) == schedule.at(moment, begin)


# What is different in 2.x.


def test_a_profile_of_2_x_has_its_id_and_a_list_of_schedules() -> None:
    first = {"chargingRateUnit": "A", "chargingSchedulePeriod": [{"startPeriod": 0, "limit": 6}]}
    second = {"chargingRateUnit": "W", "chargingSchedulePeriod": [{"startPeriod": 0, "limit": 7}]}
    found = schedule_of({"id": 7, "stackLevel": 0, "chargingSchedule": [first, second]}, 2, "tx")
    assert found is not None
    assert (found.profile_id, found.evse, found.transaction, found.unit) == (7, 2, "tx", "A")


@pytest.mark.parametrize("schedules", [[], [None], ["x"], {}])
def test_without_a_schedule_that_can_be_read_there_is_none(schedules: Any) -> None:
    assert schedule_of({"id": 7, "stackLevel": 0, "chargingSchedule": schedules}, 1) is None


@pytest.mark.parametrize("rate", [{"setpoint": -100.0}, {"dischargeLimit": -10.0}, {"operationMode": "Idle"}])
def test_a_period_of_2_1_may_set_no_limit(rate: dict[str, Any]) -> None:
    periods = [{"startPeriod": 0, **rate}, {"startPeriod": 60, "limit": 6.0}]
    schedule = {"chargingRateUnit": "A", "chargingSchedulePeriod": periods}
    found = schedule_of({"id": 7, "stackLevel": 0, "chargingSchedule": [schedule]}, 1)
    assert found is not None
    assert found.at(0, 0) is None
    assert found.at(60, 0) == Limit(6.0, None)
    assert found.next_change(0, 0) == 60


def test_a_period_that_says_nothing_at_all_cannot_be_read() -> None:
    schedule = {"chargingRateUnit": "A", "chargingSchedulePeriod": [{"startPeriod": 0}]}
    assert schedule_of({"id": 7, "stackLevel": 0, "chargingSchedule": [schedule]}, 1) is None
