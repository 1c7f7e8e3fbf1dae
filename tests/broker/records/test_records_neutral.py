"""Meter values of every version in one form."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broker.records.neutral import neutral, normalised

DEFAULTS = {
    "context": "Sample.Periodic",
    "measurand": "Energy.Active.Import.Register",
    "location": "Outlet",
    "unit": "Wh",
}

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=10,
)
NAMES = st.sampled_from(
    [
        "meterValue",
        "transactionData",
        "timestamp",
        "sampledValue",
        "value",
        "unit",
        "format",
        "unitOfMeasure",
        "multiplier",
        "measurand",
        "signedMeterValue",
        "context",
        "phase",
        "location",
    ]
)
LIKE = st.recursive(
    JSON | st.sampled_from(["1", "1.5", "SignedData", "Raw", "Wh", "1e5", "-0", "nan", "1e999", "١"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=5),
    max_leaves=30,
)


def of(one):
    ((value,),) = (entry["sampledValue"] for entry in neutral([{"timestamp": "t", "sampledValue": [one]}]))
    return value


def test_what_a_station_leaves_out_is_what_the_specification_says():
    assert of({"value": "12"}) == {"value": 12, **DEFAULTS}


def test_what_a_station_of_1_6_says_is_kept():
    one = {
        "value": "-1.50",
        "context": "Transaction.End",
        "format": "Raw",
        "measurand": "Current.Import",
        "phase": "L1",
        "location": "EV",
        "unit": "A",
    }
    assert of(one) == {
        "value": -1.5,
        "context": "Transaction.End",
        "measurand": "Current.Import",
        "phase": "L1",
        "location": "EV",
        "unit": "A",
    }


def test_only_energy_has_a_unit_that_is_left_out():
    assert "unit" not in of({"value": "12", "measurand": "SoC"})
    assert of({"value": "12", "measurand": "Energy.Reactive.Import.Interval"})["unit"] == "Wh"


def test_2_x_says_it_with_an_object():
    one = {
        "value": 12.5,
        "unitOfMeasure": {"unit": "kWh", "multiplier": 3},
        "signedMeterValue": {"signedMeterData": "x", "signingMethod": "", "encodingMethod": "OCMF", "publicKey": ""},
    }
    assert of(one) == {
        "value": 12.5,
        **DEFAULTS,
        "unit": "kWh",
        "multiplier": 3,
        "signed": one["signedMeterValue"],
    }


@pytest.mark.parametrize("multiplier", [None, True, "3", 1.5])
def test_a_multiplier_is_a_whole_number(multiplier):
    assert "multiplier" not in of({"value": 1, "unitOfMeasure": {"multiplier": multiplier}})


def test_a_value_that_a_meter_of_1_6_has_signed_is_no_number():
    assert of({"value": "OCMF|{}", "format": "SignedData"}) == {"signed": {"signedMeterData": "OCMF|{}"}, **DEFAULTS}


@pytest.mark.parametrize(
    ("value", "read"),
    [
        ("0", 0),
        ("007", 7),
        (" 5 ", 5),
        ("+5", 5),
        ("1.", 1.0),
        ("1.25e3", 1250.0),
        ("-1e-2", -0.01),
        (5, 5),
        (0.5, 0.5),
        ("9" * 300, int("9" * 300)),
    ],
)
def test_numbers_are_read_however_they_are_written(value, read):
    assert of({"value": value})["value"] == read


@pytest.mark.parametrize("value", ["", "nan", "inf", "1e999", "1,5", "1_000", "0x10", "١", ".", "9" * 5000, True, [1]])
def test_what_is_no_number_is_kept_as_it_is(value):
    found = of({"value": value})
    assert "value" not in found
    assert found["raw"] == (value if isinstance(value, str) else str(value))


def test_nothing_is_made_of_nothing():
    assert of({}) == DEFAULTS


@pytest.mark.parametrize("name", ["meterValue", "transactionData"])
def test_it_is_found_in_the_call_that_brought_it(name):
    payload = {"transactionId": 5, name: [{"timestamp": "a", "sampledValue": [{"value": "1"}]}, {"timestamp": "b"}]}
    assert [entry["timestamp"] for entry in normalised(json.dumps(payload).encode())] == ["a", "b"]


def test_one_where_a_list_should_be_is_a_list_of_one():
    assert neutral({"meterValue": {"timestamp": "t", "sampledValue": {"value": "1"}}}) == [
        {"timestamp": "t", "sampledValue": [{"value": 1, **DEFAULTS}]}
    ]


@pytest.mark.parametrize("payload", [b"", b"{", b"\xff", b"5", b"null", b"[1]", b"[" * 100_000, b'{"meterValue":5}'])
def test_what_is_no_meter_value_is_none(payload):
    assert normalised(payload) == []


@given(JSON | LIKE)
def test_it_never_raises_and_makes_json_of_the_specified_form(value):
    for entry in neutral(value):
        assert set(entry) == {"timestamp", "sampledValue"}
        for one in entry["sampledValue"]:
            assert set(one) >= {"context", "measurand", "location"}
            if "value" in one:
                assert type(one["value"]) in (int, float)
                assert one["value"] - one["value"] == 0


@given(LIKE)
def test_bytes_of_json_are_read_like_the_json(value):
    raw = json.dumps(value, allow_nan=False) if _finite(value) else "[]"
    assert isinstance(normalised(raw.encode()), list)


def _finite(value):
    try:
        json.dumps(value, allow_nan=False)
    except ValueError:
        return False
    return True


@given(st.lists(st.tuples(st.text(), st.lists(st.integers()))))
def test_order_and_timestamps_are_those_of_the_station(sent):
    payload = [
        {"timestamp": timestamp, "sampledValue": [{"value": str(number)} for number in numbers]}
        for timestamp, numbers in sent
    ]
    for source in (payload, {"meterValue": payload}):
        found = neutral(source)
        assert [(entry["timestamp"], [one["value"] for one in entry["sampledValue"]]) for entry in found] == sent
