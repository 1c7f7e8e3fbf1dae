from decimal import Decimal

import pytest

from plugins.ocpp201.tariff_cost.cost import Phase
from plugins.ocpp201.tariff_cost.course import Course
from plugins.ocpp201.tariff_cost.rows import (
    add_meter,
    course_of,
    last_moment,
    of_cost,
    of_event,
    payment_of,
    phases_of,
    refresh,
    station_total,
    with_change,
)
from tests.plugins.ocpp201.ocpp201_tariff_kit import FULL, KWH, NOW, START, costs, course, event, tariff, transaction

SAID = {"totalCost": {"currency": "EUR", "total": {"exclTax": 1, "inclTax": 1.2}}, "totalUsage": {}}


def test_the_course_begins_where_the_transaction_began_and_has_its_states():
    found = course_of(transaction(started_at=NOW, details={"states": [[NOW, "Charging"], [NOW + 60, "SuspendedEV"]]}))
    assert found.start == START
    assert found.states == [(START, True), (START + 60_000, False)]


@pytest.mark.parametrize("states", [None, 5, [5], [[NOW]], [["x", "Charging"]], [[None, "Charging"]], {"a": 1}])
def test_states_that_cannot_be_read_are_none(states):
    assert course_of(transaction(started_at=NOW, details={"states": states})).states == []


def test_without_its_begin_the_first_that_is_known_of_it_counts():
    assert course_of(transaction(received_at=NOW, details={"states": [[NOW - 60, "Charging"]]})).start == START - 60_000
    assert course_of(transaction(received_at=NOW + 5)).start == START + 5000
    assert course_of(transaction(received_at=NOW + 5, stopped_at=NOW)).start == START


def test_a_course_follows_its_row():
    of = Course(0)
    refresh(of, transaction(started_at=NOW, details={"payment": {"PaymentBrand": "VISA", "PaymentRecognition": "CC"}}))
    assert (of.start, of.brand, of.recognition) == (START, "VISA", "CC")


def test_the_meter_of_the_row_counts_where_there_are_no_readings():
    tx = transaction(started_at=NOW, stopped_at=NOW + 60, meter_start=1000, meter_stop=3000)
    of = course_of(tx)
    add_meter(of, tx)
    assert of.energy.whole() == 2000
    measured = course((0, 5), (1, 6))
    add_meter(measured, tx)
    assert measured.energy.whole() == 1


def test_the_tariffs_of_a_transaction_are_its_own_then_the_changes():
    chosen, own, changed = tariff(), {**KWH, "tariffId": "OWN"}, {**KWH, "tariffId": "NEW"}
    assert phases_of(transaction(), None) == []
    assert phases_of(transaction(), chosen) == [Phase(0, chosen)]
    details = {"tariff": own, "tariffChanges": [[NOW, changed], [NOW, "?"], 5, [1]]}
    assert [(one.at, one.tariff.tariffId) for one in phases_of(transaction(details=details), chosen)] == [
        (0, "OWN"),
        (START, "NEW"),
    ]
    assert phases_of(transaction(details={"tariff": {"tariffId": "?"}}), chosen) == [Phase(0, chosen)]


def test_changes_of_the_tariff_are_kept_in_order():
    first = with_change({}, 20.0, KWH)
    assert with_change({"tariffChanges": first}, 10.0, FULL) == [[10.0, FULL], [20.0, KWH]]
    assert len(with_change({"tariffChanges": [[1.0, KWH]] * 200}, 5.0, FULL)) == 100


def test_what_an_event_says_of_the_payment_is_kept():
    info = [{"additionalIdToken": "VISA", "type": "PaymentBrand"}, {"additionalIdToken": "4242", "type": "Card"}, 5]
    assert payment_of({"additionalInfo": info}) == {"PaymentBrand": "VISA"}
    assert payment_of({"additionalInfo": 5}) == payment_of(None) == {}
    tx = transaction(details={"payment": {"PaymentRecognition": "CC"}})
    found = of_event(tx, event("Started", 0, idToken={"idToken": "X", "additionalInfo": info}))
    assert found == {"payment": {"PaymentRecognition": "CC", "PaymentBrand": "VISA"}}
    assert of_event(tx, event("Updated", 1)) == {}


def test_the_costs_that_the_station_has_calculated_are_kept_and_those_of_the_end_stay():
    assert of_event(transaction(), event("Updated", 1, costDetails=SAID)) == {"costDetails": SAID}
    ended = transaction(ended=True, details={"costDetails": SAID})
    assert of_event(ended, event("Updated", 1, costDetails={})) == {}
    assert of_event(ended, event("Ended", 2, costDetails=SAID)) == {"costDetails": SAID}
    long = {**SAID, "failureReason": "x" * 100_000}
    assert of_event(transaction(), event("Ended", 2, costDetails=long)) == {"costDetails": {"failureToCalculate": True}}


@pytest.mark.parametrize(
    ("details", "expected"),
    [
        (SAID, (Decimal("1.2"), "EUR")),
        ({"totalCost": {"total": {"exclTax": 2}}}, (Decimal(2), "")),
        ({**SAID, "failureToCalculate": True}, None),
        ({"totalCost": {"total": {"inclTax": -1}}}, None),
        ({"totalCost": {"total": {"inclTax": True}}}, None),
        ({"totalCost": {"total": {"inclTax": float("nan")}}}, None),
        ({"totalCost": {"total": 5}}, None),
        ({"totalCost": 5}, None),
        (None, None),
    ],
)
def test_the_total_of_the_station_is_one_that_can_be_paid(details, expected):
    assert station_total(details) == expected


def test_what_is_kept_of_the_cost():
    cost = costs(tariff(energy=KWH["energy"]), course((0, 0), (60, 4000)), 60)
    found = of_cost(transaction(token="CARD", ended=True), cost, cost.total.incl, tariff())
    assert (found["totalCost"], found["currency"]) == (1.0, "EUR")
    assert found["cost"]["totalCost"]["total"] == {"exclTax": 1, "inclTax": 1}
    assert "chargingPeriods" in found["cost"]
    assert found["tariff"] == {"tariffId": "T", "currency": "EUR"}
    running = of_cost(transaction(), cost, cost.total.incl, tariff())
    assert "chargingPeriods" not in running["cost"]
    assert "tariff" not in running  # the driver, who may have one, is not known yet
    by_station = of_cost(transaction(details={"costDetails": SAID}), None, Decimal("1.2"), None)
    assert by_station == {"totalCost": 1.2, "currency": "EUR"}


def test_a_transaction_is_known_up_to_its_end_or_the_last_moment_of_the_station():
    of = course((0, 0), (30, 10), states=((0, True), (40, False)))
    assert last_moment(transaction(), of, None) == START + 40 * 60_000
    assert last_moment(transaction(), of, NOW + 3600) == START + 3_600_000
    assert last_moment(transaction(ended=True, stopped_at=NOW + 60), of, NOW + 3600) == START + 60_000
    assert last_moment(transaction(ended=True, stopped_at=NOW - 60), of, None) == START
