from datetime import UTC
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugins.ocpp201.tariff_cost.conditions import Point, changes, first, holds
from plugins.ocpp201.tariff_cost.course import Course
from plugins.ocpp201.tariff_cost.tariff import Conditions, FixedConditions, TimePrice
from tests.plugins.ocpp201.ocpp201_tariff_kit import MINUTE, START, course

HOUR = 60 * MINUTE
D = Decimal


def point(minutes=0, *, energy=0, elapsed=0, charged=0, idle=0, zone=UTC):
    return Point(START + minutes * MINUTE, zone, D(energy), elapsed * 1000, charged * 1000, idle * 1000)


def is_met(at, of=None, **conditions):
    return holds(Conditions(**conditions), of or Course(START), at)


def test_without_conditions_a_price_always_applies():
    assert holds(None, Course(START), point())
    assert is_met(point())


@pytest.mark.parametrize(
    ("begin", "end", "minutes", "expected"),
    [
        ("08:00", "18:00", 8 * 60 - 1, False),
        ("08:00", "18:00", 8 * 60, True),
        ("08:00", "18:00", 18 * 60 - 1, True),
        ("08:00", "18:00", 18 * 60, False),
        ("22:00", "06:00", 23 * 60, True),
        ("22:00", "06:00", 5 * 60, True),
        ("22:00", "06:00", 12 * 60, False),
        ("18:00", "00:00", 23 * 60 + 59, True),
        ("18:00", None, 23 * 60 + 59, True),
        (None, "06:00", 5 * 60, True),
        (None, "06:00", 6 * 60, False),
    ],
)
def test_a_time_of_day_includes_its_begin_and_not_its_end(begin, end, minutes, expected):
    assert is_met(point(minutes), startTimeOfDay=begin, endTimeOfDay=end) is expected


def test_times_of_day_are_local():
    assert is_met(point(7 * 60, zone=ZoneInfo("Europe/Berlin")), startTimeOfDay="08:00", endTimeOfDay="09:00")


def test_days_of_the_week_and_dates_are_local():
    berlin = ZoneInfo("Europe/Berlin")
    assert is_met(point(), dayOfWeek=("Thursday",))
    assert is_met(point(23 * 60, zone=berlin), dayOfWeek=("Friday",))
    assert is_met(point(), validFromDate="2026-01-01", validToDate="2026-01-02")
    assert not is_met(point(), validFromDate="2026-01-02")
    assert not is_met(point(), validToDate="2026-01-01")


@pytest.mark.parametrize(
    ("name", "unit"), [("Energy", "energy"), ("Time", "elapsed"), ("ChargingTime", "charged"), ("IdleTime", "idle")]
)
def test_a_minimum_is_inclusive_and_a_maximum_exclusive(name, unit):
    low, high = {f"min{name}": 100}, {f"max{name}": 100}
    assert [is_met(point(**{unit: value}), **low) for value in (99, 100, 101)] == [False, True, True]
    assert [is_met(point(**{unit: value}), **high) for value in (99, 100, 101)] == [True, False, False]


@pytest.mark.parametrize(("name", "curve"), [("Power", "power"), ("Current", "current")])
def test_power_and_current_are_as_they_were_sampled_last(name, curve):
    of = Course(START)
    getattr(of, curve).add(START + MINUTE, D(100))
    assert not is_met(point(0), of, **{f"min{name}": 1})  # nobody has measured yet
    assert is_met(point(2), of, **{f"min{name}": 100})
    assert not is_met(point(2), of, **{f"max{name}": 100})


def test_of_discharging_the_minimum_is_the_one_closest_to_zero():
    of = Course(START)
    of.power.add(START, D(-20))
    assert is_met(point(), of, minPower=-10, maxPower=-50)
    assert not is_met(point(), of, minPower=-30)
    assert not is_met(point(), of, maxPower=-20)


def test_the_kind_of_evse_has_to_be_known():
    of = Course(START)
    assert not is_met(point(), of, evseKind="DC")
    of.evse_kind = "DC"
    assert is_met(point(), of, evseKind="DC")


@pytest.mark.parametrize(("member", "name"), [("brand", "paymentBrand"), ("recognition", "paymentRecognition")])
def test_a_fixed_price_may_depend_on_the_payment(member, name):
    of = Course(START)
    given_conditions = FixedConditions(**{name: "X"})
    assert not holds(given_conditions, of, point())
    setattr(of, member, "X")
    assert holds(given_conditions, of, point())


def test_the_first_price_whose_conditions_hold_counts():
    prices = [
        TimePrice(priceMinute=D(1), conditions=Conditions(minTime=60)),
        TimePrice(priceMinute=D(2), conditions=Conditions(minTime=30)),
        TimePrice(priceMinute=D(3)),
    ]
    assert [first(prices, Course(START), point(elapsed=value)) for value in (0, 30, 60)] == [2, 1, 0]
    assert first(prices[:2], Course(START), point()) is None


def test_changes_are_where_a_condition_begins_or_ends_to_hold():
    of = course((0, 0), (60, 6000), states=((0, True), (10, False), (30, True)))
    asked = [
        Conditions(minEnergy=1000),
        Conditions(maxTime=120),
        Conditions(minChargingTime=900),
        Conditions(maxIdleTime=60),
    ]
    found = {(at - START) / MINUTE for at in changes(asked, of, START + HOUR, UTC)}
    assert found == {10, 2, 35, 11}


def test_times_of_day_and_midnights_are_changes_and_summer_time_moves_them():
    berlin = ZoneInfo("Europe/Berlin")
    of = Course(1_774_738_800_000)  # 2026-03-29T00:00+01:00, the day on which the clock goes forward
    asked = [Conditions(startTimeOfDay="06:00")]
    found = sorted(at for at in changes(asked, of, of.start + 24 * HOUR, berlin) if at > of.start)
    assert [(at - of.start) / HOUR for at in found[:3]] == [5, 23, 29]


def test_the_samples_are_changes_where_somebody_asks_for_them():
    of = course((0, 0))
    of.power.add(START + 5, D(1))
    of.current.add(START + 6, D(1))
    assert list(changes([Conditions(minEnergy=99)], of, START + HOUR, UTC)) == []
    assert list(changes([Conditions(minPower=1)], of, START + HOUR, UTC)) == [START + 5]
    assert list(changes([Conditions(maxCurrent=1)], of, START + HOUR, UTC)) == [START + 6]


def test_a_span_of_many_years_has_no_more_than_so_many_days():
    of = Course(0)
    assert len(list(changes([Conditions(startTimeOfDay="06:00")], of, START, UTC))) == 800


@given(st.integers(0, 10**6), st.integers(0, 10**6), st.integers(0, 10**6))
def test_a_span_is_within_its_ends(value, low, high):
    assert is_met(point(energy=value), minEnergy=low, maxEnergy=high) is (low <= value < high)
