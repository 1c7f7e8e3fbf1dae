from datetime import UTC
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from broker.api import Call, Version
from broker.ocpp import Schemas
from plugins.ocpp201.tariff_cost.cost import Phase, cost
from plugins.ocpp201.tariff_cost.tariff import Tariff
from tests.plugins.ocpp201.ocpp201_tariff_kit import FULL, KWH, MINUTE, START, VAT, costs, course, event, tariff

D = Decimal
HOUR = 60
prices = st.decimals(min_value=0, max_value=5, places=3)
#: (minutes after the one before, Wh that were charged meanwhile, whether energy flows from there on)
steps = st.lists(st.tuples(st.integers(1, 120), st.integers(0, 20_000), st.booleans()), min_size=1, max_size=8)
CONDITIONS = st.sampled_from(
    [
        {},
        {"maxEnergy": 5000},
        {"minEnergy": 7000},
        {"maxTime": 3600},
        {"minChargingTime": 600},
        {"minIdleTime": 900},
        {"startTimeOfDay": "00:30", "endTimeOfDay": "02:10"},
        {"dayOfWeek": ["Friday"]},
    ]
)


def priced(name, condition, price):
    one = {name: price, "conditions": condition} if condition else {name: price}
    return {"prices": [one, {name: price / 2}], "taxRates": VAT}


@st.composite
def tariffs(draw):
    return tariff(
        energy=priced("priceKwh", draw(CONDITIONS), draw(prices)),
        chargingTime=priced("priceMinute", draw(CONDITIONS), draw(prices)),
        idleTime=priced("priceMinute", draw(CONDITIONS), draw(prices)),
        fixedFee={"prices": [{"priceFixed": draw(prices)}]},
    )


def walked(given_steps):
    """The course of the steps, and how many minutes it takes."""
    minute, wh, readings, states = 0, 0, [(0, 0)], [(0, True)]
    for minutes, energy, charging in given_steps:
        minute, wh = minute + minutes, wh + energy
        readings.append((minute, wh))
        states.append((minute, charging))
    return course(*readings, states=tuple(states)), minute


def test_energy_by_the_kilowatt_hour():
    found = costs(tariff(energy=KWH["energy"]), course((0, 1000), (30, 11_000)), HOUR)
    assert (found.total.incl, found.energy, found.kind) == (D("2.50"), D(10_000), "NormalCost")


def test_each_part_with_its_taxes_and_the_total_is_their_sum():
    of = course((0, 0), (60, 10_000), states=((0, True), (60, False)))
    found = costs(Tariff.model_validate(FULL), of, 90)
    assert {name: amount.as_price() for name, amount in found.parts.items()} == {
        "fixed": {"exclTax": 0.5, "inclTax": 0.6},
        "energy": {"exclTax": 2.5, "inclTax": 3},
        "chargingTime": {"exclTax": 6, "inclTax": 7.2},
        "idleTime": {"exclTax": 6, "inclTax": 7.2},
    }
    assert found.total.as_price() == {"exclTax": 15, "inclTax": 18}


def test_a_price_that_ends_with_an_amount_of_energy_ends_there():
    given_tariff = tariff(energy={"prices": [{"priceKwh": 1, "conditions": {"maxEnergy": 4000}}, {"priceKwh": 0.1}]})
    found = costs(given_tariff, course((0, 0), (60, 10_000)), HOUR)
    assert found.total.incl == D("4.60")
    assert [(period.at - START, period.energy) for period in found.periods] == [(0, 4000), (24 * MINUTE, 6000)]


def test_a_price_that_ends_with_a_time_of_day_ends_there():
    day = {"priceKwh": 0.4, "conditions": {"startTimeOfDay": "08:00", "endTimeOfDay": "18:00"}}
    given_tariff = tariff(energy={"prices": [day, {"priceKwh": 0.25}]})
    before, after = 17 * 60 + 30, 18 * 60 + 20
    of = course((before, 0), (after, 10_000))
    of.start = START + before * MINUTE
    assert costs(given_tariff, of, after).total.incl == D("3.40")  # 6 kWh and 4 kWh
    assert costs(given_tariff, of, after, zone=ZoneInfo("Europe/Berlin")).total.incl == D("2.50")


def test_what_no_price_applies_to_costs_nothing():
    given_tariff = tariff(energy={"prices": [{"priceKwh": 1, "conditions": {"evseKind": "DC"}}]})
    assert costs(given_tariff, course((0, 0), (60, 10_000)), HOUR).total.incl == 0


def test_idle_time_may_be_free_for_a_while():
    idle = {"prices": [{"priceMinute": 1, "conditions": {"minIdleTime": 600}}]}
    of = course((0, 0), states=((0, True), (10, False)))
    assert costs(tariff(idleTime=idle), of, 20).total.incl == 0
    assert costs(tariff(idleTime=idle), of, 25).total.incl == 5


def test_a_fixed_fee_is_that_of_the_start():
    late = {"priceFixed": 5, "conditions": {"startTimeOfDay": "00:30"}}
    given_tariff = tariff(fixedFee={"prices": [late, {"priceFixed": 1}]})
    assert costs(given_tariff, course(), HOUR).total.incl == 1


def test_a_reservation_costs_where_there_was_one():
    given_tariff = tariff(
        reservationTime={"prices": [{"priceMinute": 0.1}]}, reservationFixed={"prices": [{"priceFixed": 2}]}
    )
    of = course()
    assert costs(given_tariff, of, 10).total.incl == 0
    of.reserved = 15 * MINUTE
    found = costs(given_tariff, of, 10)
    assert found.total.incl == D("3.5")
    assert found.details()["totalUsage"]["reservationTime"] == 900


@pytest.mark.parametrize(
    ("energy", "kind", "total"), [(1000, "MinCost", 2), (10_000, "NormalCost", 3), (50_000, "MaxCost", 12)]
)
def test_a_minimum_and_a_maximum_are_told_as_one_amount(energy, kind, total):
    bounds = {"minCost": {"inclTax": 2, "taxRates": VAT}, "maxCost": {"exclTax": 10, "taxRates": VAT}}
    given_tariff = tariff(energy={"prices": [{"priceKwh": 0.25}], "taxRates": VAT}, **bounds)
    found = costs(given_tariff, course((0, 0), (60, energy)), HOUR)
    assert (found.kind, found.total.incl) == (kind, total)
    if kind != "NormalCost":
        assert found.parts == {"fixed": found.total}


def test_another_tariff_counts_from_its_moment_on():
    phases = [
        Phase(0, tariff(energy={"prices": [{"priceKwh": 1}]}, fixedFee={"prices": [{"priceFixed": 7}]})),
        Phase(
            START + 30 * MINUTE,
            Tariff.model_validate({**KWH, "energy": {"prices": [{"priceKwh": 0.1}]}, "fixedFee": FULL["fixedFee"]}),
        ),
    ]
    found = cost(phases, course((0, 0), (60, 10_000)), START + HOUR * MINUTE)
    assert found.total.incl == D("12.50")  # 7 + 5 * 1 + 5 * 0.1; no second fixed fee
    assert [period.tariff for period in found.periods] == ["T", "KWH"]


def test_readings_with_other_times_than_the_begin_and_the_end_count_whole():
    of = course((-1, 1000), (30, 5000), (61, 11_000))
    assert costs(tariff(energy=KWH["energy"]), of, HOUR).total.incl == D("2.50")


def test_a_transaction_without_duration_costs_its_energy():
    assert costs(tariff(energy=KWH["energy"]), course((-1, 0), (0, 4000)), 0).total.incl == 1


def test_an_end_before_the_start_is_the_start():
    found = costs(Tariff.model_validate(FULL), course(), -60)
    assert (found.total.excl, found.charging, found.idle) == (D("0.50"), 0, 0)


def test_the_details_fit_the_schema_of_2_1():
    of = course((0, 0), (60, 10_000.25), states=((0, True), (60, False)))
    of.reserved = 60_000
    found = costs(Tariff.model_validate(FULL), of, 90).details()
    call = Call.of("TransactionEvent", event("Ended", 1, costDetails=found), version=Version.V21)
    assert Schemas().check_call(call) is None
    assert found["totalUsage"] == {"energy": 10_000.25, "chargingTime": 3600, "idleTime": 1800, "reservationTime": 60}
    assert found["chargingPeriods"] == [
        {
            "startPeriod": "2026-01-01T00:00:00.000Z",
            "tariffId": "FULL",
            "dimensions": [
                {"type": "Energy", "volume": 10_000.25},
                {"type": "ChargingTime", "volume": 3600},
                {"type": "IdleTIme", "volume": 1800},
            ],
        }
    ]


def test_the_periods_are_left_out_while_it_runs():
    assert "chargingPeriods" not in costs(Tariff.model_validate(FULL), course(), 90).details(periods=False)


def test_the_periods_are_no_more_than_so_many():
    change = {"prices": [{"priceKwh": 1, "conditions": {"minPower": 10}}, {"priceKwh": 2}]}
    of = course((0, 0), (1500, 1500))
    for minute in range(1500):
        of.power.add(START + minute * MINUTE, D(20 * (minute % 2)))
    found = costs(tariff(energy=change), of, 1500)
    assert len(found.periods) == 1000
    assert sum(period.energy for period in found.periods) == found.energy == 1500


@given(tariffs(), steps, st.data())
def test_the_cost_of_the_parts_of_a_span_is_that_of_the_span(given_tariff, given_steps, data):
    """Cut anywhere, by a change to the same tariff: the same sums."""
    of, minutes = walked(given_steps)
    cuts = data.draw(st.lists(st.integers(0, minutes * MINUTE), max_size=4))
    until = START + minutes * MINUTE
    whole = cost([Phase(0, given_tariff)], of, until, decimals=6)
    phases = [Phase(0, given_tariff), *(Phase(START + at, given_tariff) for at in sorted(cuts))]
    cut = cost(phases, of, until, decimals=6)
    assert abs(cut.total.incl - whole.total.incl) <= D("0.00001")
    assert abs(cut.energy - whole.energy) <= D("0.00001")
    assert (cut.charging, cut.idle) == (whole.charging, whole.idle)


@given(tariffs(), steps)
def test_the_periods_add_up_to_the_usage(given_tariff, given_steps):
    of, minutes = walked(given_steps)
    found = costs(given_tariff, of, minutes)
    assert sum(period.charging + period.idle for period in found.periods) == minutes * MINUTE
    assert abs(sum(period.energy for period in found.periods) - of.energy.whole()) < D("1e-9")
    assert found.periods[0].at == START


@given(tariffs(), steps, st.integers(1, 10))
def test_the_cost_never_falls_while_time_passes(given_tariff, given_steps, more):
    of, minutes = walked(given_steps)
    assert costs(given_tariff, of, minutes).total.incl <= costs(given_tariff, of, minutes + more).total.incl


@given(prices, CONDITIONS, steps, st.integers(2, 5))
def test_more_energy_never_costs_less(price, condition, given_steps, times):
    given_tariff = tariff(energy=priced("priceKwh", condition, price))
    of, minutes = walked(given_steps)
    more, _ = walked([(length, energy * times, charging) for length, energy, charging in given_steps])
    assert costs(given_tariff, of, minutes).total.incl <= costs(given_tariff, more, minutes).total.incl


@given(tariffs(), steps, prices, prices)
@settings(max_examples=50)
def test_the_total_is_never_below_the_minimum_nor_above_the_maximum(given_tariff, given_steps, one, other):
    low, high = min(one, other) * 10, max(one, other) * 10
    bounds = {"minCost": {"inclTax": low}, "maxCost": {"inclTax": high}}
    bounded = tariff(**{**given_tariff.model_dump(exclude_none=True), **bounds})
    of, minutes = walked(given_steps)
    assert low <= costs(bounded, of, minutes).total.incl <= high


@given(tariffs(), steps)
def test_taxes_only_add(given_tariff, given_steps):
    of, minutes = walked(given_steps)
    found = costs(given_tariff, of, minutes, zone=UTC)
    assert found.total.excl <= found.total.incl
    assert found.total.incl == sum(amount.incl for amount in found.parts.values())
