"""The composite schedule that is expected of a station (1.6 3.13.2, 3.13.3)."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugins.shared.charging.composite import LONGEST, MOST_STEPS, Asked, composite
from plugins.shared.charging.schedule import Schedule, schedule_of

T0 = 1_767_225_600  # 2026-01-01T00:00:00Z
DAY = 86_400
MAX, DEFAULT, TX = "ChargePointMaxProfile", "TxDefaultProfile", "TxProfile"


def held(
    number: int, purpose: str, connector: int, periods: list[tuple[int, float]], *, level: int = 0, **more: Any
) -> Schedule:
    """A profile that a station holds."""
    transaction, phases = more.pop("transaction", None), more.pop("phases", None)
    schedule = {
        "startSchedule": more.pop("startSchedule", "2026-01-01T00:00:00Z"),
        "duration": more.pop("duration", None),
        "chargingRateUnit": more.pop("unit", "A"),
        "chargingSchedulePeriod": [
            {"startPeriod": start, "limit": limit, "numberPhases": phases} for start, limit in periods
        ],
    }
    profile = {
        "chargingProfileId": number,
        "stackLevel": level,
        "chargingProfilePurpose": purpose,
        "chargingProfileKind": more.pop("kind", "Absolute"),
        "chargingSchedule": schedule,
        **more,
    }
    found = schedule_of(profile, connector, transaction)
    assert found is not None
    return found


def expected(schedules: list[Schedule], **asked: Any) -> list[tuple[int, float | None]]:
    """The periods as (startPeriod, limit)."""
    wanted = {"evse": 1, "start": T0, "duration": 1000, "unit": "A"} | asked
    return [
        (period.start, None if period.limit is None else period.limit.value)
        for period in composite(schedules, Asked(**wanted)).periods
    ]


def test_the_highest_stack_level_prevails_while_it_sets_a_limit() -> None:
    low = held(1, DEFAULT, 1, [(0, 6)], level=0)
    high = held(2, DEFAULT, 1, [(0, 16)], level=1, startSchedule="2026-01-01T00:01:00Z", duration=300)
    assert expected([low, high]) == [(0, 6), (60, 16), (360, 6)]


def test_valid_from_and_valid_to_decide_who_prevails() -> None:
    low = held(1, DEFAULT, 1, [(0, 6)])
    span = {"validFrom": "2026-01-01T00:05:00Z", "validTo": "2026-01-01T00:10:00Z"}
    assert expected([low, held(2, DEFAULT, 1, [(0, 16)], level=9, **span)]) == [(0, 6), (300, 16), (600, 6)]


def test_the_lowest_of_the_purposes_counts() -> None:
    most = held(1, MAX, 0, [(0, 10), (500, 32)])
    default = held(2, DEFAULT, 1, [(0, 16), (700, 8)])
    assert expected([most, default]) == [(0, 10), (500, 16), (700, 8)]


def test_of_the_station_the_highest_level_prevails_not_the_lowest_limit() -> None:
    assert expected([held(1, MAX, 0, [(0, 6)]), held(2, MAX, 0, [(0, 20)], level=1)]) == [(0, 20)]


def test_a_tx_profile_overrules_the_default_while_its_transaction_runs() -> None:
    default, own = held(1, DEFAULT, 0, [(0, 6)], level=5), held(2, TX, 1, [(0, 16)], transaction="7")
    assert expected([default, own], transaction="7") == [(0, 16)]
    assert expected([default, own], transaction="8") == [(0, 6)]
    assert expected([default, own]) == [(0, 6)]
    assert expected([default, own], transaction="7", evse=2) == [(0, 6)]
    nobodys = held(3, TX, 1, [(0, 16)])
    assert expected([default, nobodys], transaction="7") == [(0, 16)]
    assert expected([default, nobodys]) == [(0, 6)]


def test_after_the_end_of_a_tx_profile_the_default_is_back() -> None:
    default, own = held(1, DEFAULT, 0, [(0, 6)]), held(2, TX, 1, [(0, 16)], transaction="7", duration=100)
    assert expected([default, own], transaction="7") == [(0, 16), (100, 6)]


def test_a_default_of_the_connector_replaces_that_of_the_station_at_the_same_level() -> None:
    everywhere, here = held(9, DEFAULT, 0, [(0, 6)]), held(1, DEFAULT, 1, [(0, 16)])
    assert expected([everywhere, here]) == [(0, 16)]
    assert expected([everywhere, here], evse=2) == [(0, 6)]
    assert expected([held(9, DEFAULT, 0, [(0, 6)], level=1), here]) == [(0, 6)]


def test_of_the_whole_station_only_its_own_limit_is_known() -> None:
    profiles = [held(1, MAX, 0, [(0, 20)]), held(2, DEFAULT, 0, [(0, 6)]), held(3, TX, 0, [(0, 6)], transaction="7")]
    assert expected(profiles, evse=0, transaction="7") == [(0, 20)]


def test_a_maximum_that_stands_at_a_connector_is_none() -> None:
    assert expected([held(1, MAX, 1, [(0, 6)])]) == [(0, None)]


def test_where_nothing_limits_there_is_no_limit() -> None:
    assert expected([]) == [(0, None)]
    assert expected([held(1, DEFAULT, 1, [(0, 6)], duration=60)]) == [(0, 6), (60, None)]


def test_a_relative_profile_begins_with_the_transaction_or_now() -> None:
    profile = held(1, DEFAULT, 1, [(0, 6), (600, 10)], kind="Relative")
    assert expected([profile], transaction="7", transaction_start=T0 - 500) == [(0, 6), (100, 10)]
    assert expected([profile]) == [(0, 6), (600, 10)]


def test_a_recurring_profile_comes_again_each_day() -> None:
    night = held(1, DEFAULT, 0, [(0, 16)], kind="Recurring", recurrencyKind="Daily", duration=6 * 3600)
    day = 6 * 3600
    assert expected([night], duration=2 * DAY) == [(0, 16), (day, None), (DAY, 16), (DAY + day, None)]


def test_units_are_mixed_only_where_the_voltage_is_known() -> None:
    most, default = held(4, MAX, 0, [(0, 6900)], unit="W"), held(2, DEFAULT, 1, [(0, 16)])
    asked = Asked(evse=1, start=T0, duration=10, unit="A")
    alone = composite([most, default], asked)
    assert [period.limit.value for period in alone.periods if period.limit] == [16]
    assert alone.left_out == (4,)
    assert expected([most, default], voltage=230) == [(0, 10)]
    assert expected([most, default], voltage=230, unit="W") == [(0, 6900)]


def test_the_fewest_phases_count_and_the_profiles_are_named() -> None:
    most, default = held(4, MAX, 0, [(0, 10)], phases=3), held(2, DEFAULT, 1, [(0, 16)], phases=1)
    found = composite([most, default], Asked(evse=1, start=T0, duration=600, unit="A")).describe()
    assert found == {
        "scheduleStart": "2026-01-01T00:00:00Z",
        "duration": 600,
        "chargingRateUnit": "A",
        "chargingSchedulePeriod": [
            {"startPeriod": 0, "limit": 10, "numberPhases": 1, "chargingProfileIds": [4, 2]},
        ],
        "leftOut": [],
    }


def test_no_limit_is_shown_as_null() -> None:
    found = composite([], Asked(evse=1, start=T0, duration=600, unit="W")).describe()
    assert found["chargingSchedulePeriod"] == [{"startPeriod": 0, "limit": None, "chargingProfileIds": []}]


def test_it_is_no_longer_than_a_year() -> None:
    assert composite([], Asked(1, T0, 10**12, "A")).duration == LONGEST


def test_it_stops_where_it_would_take_too_many_steps_and_says_how_far_it_goes() -> None:
    minutes = [(60 * minute, float(minute % 2)) for minute in range(1440)]
    busy = held(1, DEFAULT, 0, minutes, kind="Recurring", recurrencyKind="Daily")
    found = composite([busy], Asked(1, T0, 300 * DAY, "A"))
    assert len(found.periods) == MOST_STEPS
    assert found.duration == MOST_STEPS * 60


@pytest.mark.parametrize("duration", [0, -5])
def test_no_time_is_one_period_without_length(duration: int) -> None:
    found = composite([held(1, DEFAULT, 1, [(0, 6), (1, 7)])], Asked(1, T0, duration, "A"))
    assert (found.duration, len(found.periods)) == (0, 1)


@st.composite
def stations(draw: st.DrawFn) -> list[Schedule]:
    profiles = []
    for number in range(draw(st.integers(0, 5))):
        starts = [0, *sorted(draw(st.sets(st.integers(1, 2000), max_size=3)))]
        purpose = draw(st.sampled_from([MAX, DEFAULT, TX]))
        connector = 0 if purpose == MAX else 1 if purpose == TX else draw(st.integers(0, 2))
        kind = draw(st.sampled_from(["Absolute", "Relative", "Recurring"]))
        more: dict[str, Any] = {"recurrencyKind": "Daily"} if kind == "Recurring" else {}
        periods = [(start, draw(st.integers(0, 320)) / 10) for start in starts]
        duration = draw(st.none() | st.integers(1, 3000))
        unit = draw(st.sampled_from("AW"))
        level = draw(st.integers(0, 2))
        profiles.append(
            held(number, purpose, connector, periods, level=level, kind=kind, unit=unit, duration=duration, **more)
        )
    return profiles


@given(stations(), st.integers(T0 - 1000, T0 + 3000), st.integers(0, 4000), st.sampled_from([None, 230.0]))
def test_the_periods_ascend_from_0_and_allow_nothing_that_a_maximum_forbids(
    profiles: list[Schedule], start: int, duration: int, voltage: float | None
) -> None:
    asked = Asked(1, start, duration, "A", voltage=voltage, transaction="7", transaction_start=T0)
    found = composite(profiles, asked)
    starts = [period.start for period in found.periods]
    assert starts[0] == 0
    assert starts == sorted(set(starts))
    assert found.duration == duration
    for period in found.periods:
        moment = start + period.start
        most = [each for each in profiles if each.purpose == MAX and each.at(moment, T0) is not None]
        most = [each for each in most if each.unit == "A" or voltage]
        if most:
            prevailing = max(each.stack_level for each in most)
            allowed = [each.at(moment, T0) for each in most if each.stack_level == prevailing]
            converted = [
                limit.in_unit(each.unit, "A", voltage)
                for each, limit in zip([each for each in most if each.stack_level == prevailing], allowed, strict=True)
                if limit
            ]
            assert period.limit is not None
            assert period.limit.value <= max(limit.value for limit in converted if limit)


@given(stations(), st.integers(0, 3000), st.integers(0, 3000))
def test_a_later_question_has_the_same_answer_for_the_same_time(
    profiles: list[Schedule], first: int, more: int
) -> None:
    early = Asked(1, T0 + first, 10_000, "A", voltage=230, transaction="7", transaction_start=T0)
    late = Asked(1, T0 + first + more, 10_000, "A", voltage=230, transaction="7", transaction_start=T0)
    at = [period for period in composite(profiles, early).periods if period.start <= more][-1]
    assert composite(profiles, late).periods[0].limit == at.limit


# What is different in 2.x.

STATION, EXTERNAL = "ChargingStationMaxProfile", "ChargingStationExternalConstraints"


def test_the_maximum_of_a_station_of_2_x_limits_every_evse() -> None:
    most, tx = held(1, STATION, 0, [(0, 10)]), held(2, TX, 1, [(0, 16)], transaction="tx")
    assert expected([most, tx], transaction="tx") == [(0, 10)]
    assert expected([most, tx], evse=0) == [(0, 10)]


def test_limits_from_outside_hold_for_the_station_and_for_an_evse_each_by_itself() -> None:
    station, evse = held(1, EXTERNAL, 0, [(0, 20)], level=5), held(2, EXTERNAL, 1, [(0, 10)])
    default = held(3, DEFAULT, 0, [(0, 32)])
    assert expected([station, evse, default]) == [(0, 10)]
    assert expected([station, evse, default], evse=2) == [(0, 20)]
    assert expected([station, evse, default], evse=0) == [(0, 20)]
    lower = held(4, EXTERNAL, 0, [(0, 6)], level=6)
    assert expected([station, lower, evse, default]) == [(0, 6)]


def test_what_sets_a_setpoint_and_no_limit_leaves_it_to_the_others() -> None:
    periods = [{"startPeriod": 0, "setpoint": 5.0}]
    schedule = {"startSchedule": "2026-01-01T00:00:00Z", "chargingRateUnit": "A", "chargingSchedulePeriod": periods}
    profile = {"id": 9, "stackLevel": 9, "chargingProfilePurpose": DEFAULT, "chargingSchedule": [schedule]}
    found = schedule_of(profile, 1)
    assert found is not None
    assert expected([found, held(1, DEFAULT, 1, [(0, 6)])]) == [(0, 6)]
