"""Signed meter values are taken out."""

import copy

from broker.session.shadow.signed_values import drop_signed

SIGNED = {"value": 'OCMF|{"ID":"04AB"}|{}', "format": "SignedData"}
PLAIN = {"value": "17"}


def reading(*values):
    return {"timestamp": "2026-01-01T00:00:00Z", "sampledValue": list(values)}


def dropped(item):
    item = copy.deepcopy(item)
    return drop_signed(item), item


def test_the_plain_ones_beside_them_stay():
    for name in ("meterValue", "transactionData"):
        assert dropped({name: [reading(PLAIN, SIGNED)], "a": 1}) == (True, {name: [reading(PLAIN)], "a": 1})


def test_a_reading_of_nothing_else_goes_and_so_does_an_array_of_such():
    assert dropped({"meterValue": [reading(SIGNED), reading(PLAIN)]}) == (True, {"meterValue": [reading(PLAIN)]})
    assert dropped({"transactionData": [reading(SIGNED)], "meterStop": 1}) == (True, {"meterStop": 1})


def test_a_signature_that_does_not_say_so_is_known_by_its_beginning():
    assert dropped({"meterValue": [reading({"value": "OCMF|{}|{}"})]}) == (True, {})
    assert dropped({"meterValue": [reading({"value": "x", "format": "SignedData"})]}) == (True, {})


def test_what_stands_beside_a_plain_value_goes_by_itself():
    assert dropped({"value": 1.5, "signedMeterValue": {"signedMeterData": "x"}}) == (True, {"value": 1.5})


def test_what_is_not_signed_stays_as_it_is():
    for item in (
        {},
        {"meterValue": [reading(PLAIN)], "transactionData": []},
        {"meterValue": "x", "transactionData": None},
        {"meterValue": ["x", {}, {"sampledValue": 3}, reading("x", 3)]},
        {"value": "SignedData", "format": "Raw"},
    ):
        assert dropped(item) == (False, item)
