"""The price of energy as a function of time."""

import itertools
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugins.ocpp201.smart_charging.prices import Prices, Rule, hourly, of_tariff

T0 = 1_767_225_600  # Thursday, 2026-01-01T00:00:00Z
HOUR = 3600
BERLIN = ZoneInfo("Europe/Berlin")


def tariff(*prices: dict) -> dict:
    return {"tariffId": "T", "currency": "EUR", "energy": {"prices": list(prices)}}


def when(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp())


def test_no_prices_are_none() -> None:
    assert hourly([]) is None


def test_each_hour_has_its_price() -> None:
    prices = hourly([float(hour) for hour in range(24)])
    assert prices is not None
    assert prices.at(T0) == 0
    assert prices.at(T0 + HOUR - 1) == 0
    assert prices.at(T0 + HOUR) == 1
    assert prices.at(T0 + 47 * HOUR) == 23


def test_the_hours_are_those_of_the_time_zone() -> None:
    prices = hourly([float(hour) for hour in range(24)], BERLIN)
    assert prices is not None
    assert prices.at(T0) == 1


def test_it_changes_where_the_price_does() -> None:
    prices = hourly([0.1] * 6 + [0.3] * 12 + [0.1] * 6)
    assert prices is not None
    assert prices.changes(T0, T0 + 48 * HOUR) == [T0 + hour * HOUR for hour in (6, 18, 30, 42)]
    assert prices.changes(T0 + 6 * HOUR, T0 + 18 * HOUR) == []


def test_a_day_of_23_hours_has_its_changes_by_the_clock() -> None:
    prices = hourly([0.1] * 6 + [0.3] * 18, BERLIN)
    assert prices is not None
    begin = when("2026-03-28T23:00:00")  # midnight in Berlin; at 2 the clock goes to 3
    assert prices.changes(begin, begin + 20 * HOUR) == [begin + 5 * HOUR]


def test_a_rule_over_midnight() -> None:
    prices = Prices((Rule(0.1, 22 * 60, 6 * 60), Rule(0.3)))
    assert [prices.at(T0 + hour * HOUR) for hour in (0, 5, 6, 21, 22)] == [0.1, 0.1, 0.3, 0.3, 0.1]


def test_a_tariff_by_time_of_day_and_day_of_week() -> None:
    night = {"priceKwh": 0.1, "conditions": {"startTimeOfDay": "22:00", "endTimeOfDay": "06:00"}}
    weekend = {"priceKwh": 0.2, "conditions": {"dayOfWeek": ["Saturday", "Sunday"]}}
    prices = of_tariff(tariff(night, weekend, {"priceKwh": 0.3}))
    assert prices is not None
    assert prices.at(when("2026-01-01T23:00:00")) == 0.1
    assert prices.at(when("2026-01-01T12:00:00")) == 0.3
    assert prices.at(when("2026-01-03T12:00:00")) == 0.2


def test_a_tariff_by_date() -> None:
    row = {"priceKwh": 0.1, "conditions": {"validFromDate": "2026-01-02", "validToDate": "2026-01-03"}}
    prices = of_tariff(tariff(row))
    assert prices is not None
    assert [prices.at(T0 + day * 24 * HOUR) for day in range(3)] == [None, 0.1, None]


def test_of_ac_and_dc_the_one_that_is_asked_for() -> None:
    rows = ({"priceKwh": 0.5, "conditions": {"evseKind": "DC"}}, {"priceKwh": 0.3, "conditions": {"evseKind": "AC"}})
    ac, dc = of_tariff(tariff(*rows)), of_tariff(tariff(*rows), direct=True)
    assert ac is not None
    assert dc is not None
    assert (ac.at(T0), dc.at(T0)) == (0.3, 0.5)


def test_what_depends_on_more_than_time_is_not_known_ahead() -> None:
    row = {"priceKwh": 0.5, "conditions": {"minEnergy": 1000}}
    assert of_tariff(tariff(row)) is None
    with_rest = of_tariff(tariff(row, {"priceKwh": 0.3}))
    assert with_rest is not None
    assert with_rest.at(T0) == 0.3


@pytest.mark.parametrize(
    "told",
    [
        None,
        [],
        {},
        {"energy": None},
        {"energy": {"prices": None}},
        tariff("x"),
        tariff({}),
        tariff({"priceKwh": "1"}),
        tariff({"priceKwh": True}),
        tariff({"priceKwh": float("inf")}),
        tariff({"priceKwh": 1, "conditions": [1]}),
    ],
)
def test_what_is_no_tariff_has_no_prices(told) -> None:
    assert of_tariff(told) is None


def test_times_that_are_none_are_left_out() -> None:
    odd = {"startTimeOfDay": "25:99", "endTimeOfDay": None, "validFromDate": 7, "validToDate": "x"}
    prices = of_tariff(tariff({"priceKwh": 0.2, "conditions": odd}))
    assert prices is not None
    assert prices.at(T0) == 0.2


def test_changes_come_to_an_end() -> None:
    prices = hourly([0.1, 0.2] * 12)
    assert prices is not None
    assert len(prices.changes(T0, T0 + 10_000 * HOUR)) <= 8 * 24


@given(st.lists(st.sampled_from([0.1, 0.2, 0.3]), min_size=24, max_size=24), st.integers(0, 72), st.integers(1, 72))
def test_between_two_changes_the_price_is_one(of_hours, begin, length) -> None:
    prices = hourly(of_hours, BERLIN)
    assert prices is not None
    start, end = T0 + begin * HOUR, T0 + (begin + length) * HOUR
    points = [start, *prices.changes(start, end), end]
    for one, other in itertools.pairwise(points):
        assert len({prices.at(moment) for moment in range(one, other, 1800)}) == 1
