"""What is read of a station's words about its variables, and what is kept of it."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broker.api import Variable
from plugins.ocpp201.provisioning.told import (
    Told,
    attribute_of,
    is_secret,
    key_of,
    place_of,
    reported,
    row_of,
    without_secrets,
)

CP = "CP001"
HERE = {"component": {"name": "EVSE", "evse": {"id": 1}}, "variable": {"name": "Power", "instance": "x"}}
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                (
                    *("component", "variable", "variableAttribute", "variableCharacteristics", "name", "evse", "id"),
                    *("type", "value", "mutability", "persistent", "minLimit", "valuesList", "instance"),
                )
            ),
            inner,
            max_size=5,
        )
    ),
    max_leaves=20,
)


def told_of(*attributes, **characteristics):
    item = {**HERE, "variableAttribute": list(attributes)}
    if characteristics:
        item["variableCharacteristics"] = characteristics
    return list(reported([item]))


def test_each_attribute_is_one():
    first, second = told_of(
        {"value": "1", "mutability": "ReadOnly", "persistent": True, "constant": False},
        {"type": "MaxSet", "value": "9"},
        dataType="integer",
        unit="W",
        minLimit=0,
        maxLimit=9.5,
        supportsMonitoring=True,
        valuesList="a,b",
        maxElements=2,
    )
    characteristics = {
        "unit": "W", "dataType": "integer", "valuesList": "a,b", "minLimit": 0, "maxLimit": 9.5, "maxElements": 2,
        "supportsMonitoring": True,
    }  # fmt: skip
    assert (first.component, first.variable, first.attribute, first.value) == ("EVSE@1", "Power#x", "Actual", "1")
    assert first.details == {
        "mutability": "ReadOnly", "persistent": True, "constant": False, "characteristics": characteristics,
    }  # fmt: skip
    assert (second.attribute, second.value) == ("MaxSet", "9")
    assert second.details == {"mutability": "ReadWrite", "characteristics": characteristics}


@pytest.mark.parametrize("attributes", [{"value": "1"}, [{"value": "1"}], [{"value": "1"}, 5]])
def test_one_attribute_where_a_list_should_be_is_read(attributes):
    (one,) = reported([{**HERE, "variableAttribute": attributes}])
    assert one.value == "1"


def test_a_variable_without_attributes_is_there_all_the_same():
    (one,) = reported([HERE])
    assert (one.key, one.value) == (("evse@1", "power#x", "actual"), None)


@pytest.mark.parametrize("items", [None, "x", {}, [5], [{}], [{"component": {"name": "A"}}], [{**HERE, "variable": 1}]])
def test_what_names_no_variable_is_left_out(items):
    assert list(reported(items)) == []


def test_characteristics_of_other_types_are_left_out():
    (one,) = told_of({}, minLimit="0", maxLimit=float("inf"), supportsMonitoring="no", unit=5, maxElements=True, x="y")
    assert one.details == {"mutability": "ReadWrite"}


def test_a_long_list_of_values_is_cut():
    (one,) = told_of({"mutability": "x" * 100}, valuesList="v" * 5000)
    assert len(one.details["characteristics"]["valuesList"]) == 1000
    assert len(one.details["mutability"]) == 50


@pytest.mark.parametrize(
    ("name", "secret"),
    [
        ("BasicAuthPassword", True), ("VpnKey", True), ("VPNKEY#1", True), ("ApnPassword", True), ("ApnSimPin", True),
        ("OfflineThreshold", False), ("Keyboard", False), ("TxStartPoint", False),
    ],
)  # fmt: skip
def test_secrets_are_known_by_their_names(name, secret):
    assert is_secret(name) is secret


def test_names_of_another_case_are_the_same():
    row = Variable(identity=CP, component="EVSE@1", variable="Power", attribute="Actual")
    assert key_of(row) == Told("evse@1", "POWER").key


@pytest.mark.parametrize(
    ("given_as", "attribute"),
    [({}, "Actual"), ({"attributeType": "Target"}, "Target"), ({"attributeType": 5}, "Actual")],
)
def test_an_attribute_that_is_not_named_is_the_actual_one(given_as, attribute):
    assert attribute_of(given_as) == attribute


@pytest.mark.parametrize("given_as", [None, 5, {"component": {"name": "A"}}, {"variable": {"name": "A"}}])
def test_what_names_no_place_has_none(given_as):
    assert place_of(given_as) is None


def test_a_new_variable_has_nothing_before_it():
    row = row_of(CP, Told("A", "B", value="1", details={"mutability": "ReadOnly"}), None, 5.0)
    assert (row.value, row.readonly, row.at, row.changed_at, row.previous) == ("1", True, 5.0, 5.0, None)


def test_a_change_keeps_what_was_before_and_how_it_is_written():
    before = row_of(CP, Told("Abc", "Def", value="1", details={"mutability": "ReadWrite"}), None, 5.0)
    row = row_of(CP, Told("ABC", "def", value="2"), before, 9.0)
    assert (row.component, row.variable, row.value, row.previous) == ("Abc", "Def", "2", "1")
    assert (row.at, row.changed_at, row.details) == (9.0, 9.0, {"mutability": "ReadWrite"})
    same = row_of(CP, Told("Abc", "Def", value="2"), row, 9.0 + 3600)
    assert (same.at, same.changed_at, same.previous) == (9.0 + 3600, 9.0, "1")


def test_what_was_told_a_moment_ago_is_not_written_again():
    before = row_of(CP, Told("A", "B", value="1", details={"mutability": "ReadWrite"}), None, 5.0)
    assert row_of(CP, Told("A", "B", value="1"), before, 5.0 + 3599) is None
    assert row_of(CP, Told("A", "B", value="1", details={"mutability": "ReadOnly"}), before, 6.0).readonly
    assert row_of(CP, Told("A", "B", value="1"), before, 4.0).at == 4.0, "a clock that was set back"


@pytest.mark.parametrize(
    "told",
    [
        Told("SecurityCtrlr", "BasicAuthPassword", value="canary"),
        Told("X", "Anything", value="canary", details={"mutability": "WriteOnly"}),
    ],
)
def test_the_value_of_a_secret_is_not_kept(told):
    assert row_of(CP, told, None, 5.0).value is None


def test_what_is_known_to_be_write_only_is_not_kept_either():
    before = row_of(CP, Told("X", "Y", details={"mutability": "WriteOnly"}), None, 5.0)
    assert row_of(CP, Told("X", "Y", value="canary"), before, 9999.0).value is None


def test_items_are_shown_without_secrets():
    secret = {**HERE, "variable": {"name": "BasicAuthPassword"}}
    assert "canary" not in str(without_secrets({**secret, "attributeValue": "canary", "attributeStatus": "Accepted"}))
    hidden = without_secrets({**secret, "variableAttribute": [{"type": "Actual", "value": "canary"}, 5]})
    assert hidden["variableAttribute"] == [{"type": "Actual"}]
    open_one = {**HERE, "attributeValue": "1", "variableAttribute": [{"value": "1"}]}
    assert without_secrets(open_one) == open_one
    assert without_secrets({"component": 5}) == {"component": 5}
    assert "canary" not in str(without_secrets({"variable": {"name": "ApnPassword"}, "attributeValue": "canary"}))
    write_only = {**HERE, "variableAttribute": [{"value": "canary", "mutability": "WriteOnly"}]}
    assert "canary" not in str(without_secrets(write_only))
    assert "canary" not in str(without_secrets({**HERE, "attributeValue": "ftp://me:canary@host"}))


@pytest.mark.parametrize("attribute", [{"value": "canary"}, "canary", [["canary"]]])
def test_no_shape_of_an_item_shows_a_secret(attribute):
    secret = {**HERE, "variable": {"name": "BasicAuthPassword"}, "variableAttribute": attribute}
    assert "canary" not in str(without_secrets(secret))


@given(JSON)
def test_nothing_that_a_station_says_raises(said):
    for item in said if isinstance(said, list) else [said]:
        for one in reported([item, {**HERE, "variableAttribute": item, "variableCharacteristics": item}]):
            row = row_of(CP, one, None, 5.0)
            json.dumps(row.details, allow_nan=False)
        if isinstance(item, dict):
            without_secrets(item)
