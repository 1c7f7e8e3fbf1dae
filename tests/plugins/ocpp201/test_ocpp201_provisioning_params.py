"""What operators give to the operations on variables and reports."""

import pytest
from pydantic import ValidationError

from plugins.ocpp201.provisioning.params import GetBaseReport, GetReport, GetVariables, Reset, SetVariables

ONE = {"component": {"name": "A"}, "variable": {"name": "B"}}


@pytest.mark.parametrize(
    "given",
    [
        {"variable": "A.B"},
        {"variable": ["A.B"]},
        {"getVariableData": [ONE]},
        {"getVariableData": ONE},
        {"variable": ONE},
    ],
)
def test_one_variable_is_a_list_of_one(given):
    assert GetVariables.model_validate(given).items == [ONE]


@pytest.mark.parametrize(
    "given",
    [
        {"variable": "A.B", "value": "5"},
        {"variable": "A.B", "value": 5},
        {"values": {"A.B": 5}},
        {"setVariableData": [{**ONE, "attributeValue": "5"}]},
    ],
)
def test_a_value_is_text_however_it_is_given(given):
    assert SetVariables.model_validate(given).items == [{**ONE, "attributeValue": "5"}]


def test_values_keep_their_order_and_attributes():
    given = {"values": {"A.B/Target": True, "A.A": "x"}}
    assert SetVariables.model_validate(given).items == [
        {**ONE, "attributeType": "Target", "attributeValue": "true"},
        {"component": {"name": "A"}, "variable": {"name": "A"}, "attributeValue": "x"},
    ]


@pytest.mark.parametrize(
    ("model", "given"),
    [
        (GetVariables, {}),
        (GetVariables, {"variable": "A.B", "getVariableData": [ONE]}),
        (GetVariables, {"variable": []}),
        (SetVariables, {}),
        (SetVariables, {"variable": "A.B"}),
        (SetVariables, {"value": "1"}),
        (SetVariables, {"values": {}}),
        (SetVariables, {"values": {"A": "1"}}),
        (SetVariables, {"variable": "A.B", "value": "1", "values": {"A.B": "1"}}),
        (GetBaseReport, {"reportBase": "All"}),
        (GetBaseReport, {"requestId": -1}),
        (GetBaseReport, {"timeout": 0}),
        (GetReport, {"componentCriteria": ["Broken"]}),
        (Reset, {"type": "Soft"}),
    ],
)
def test_what_is_wrong_is_refused(model, given):
    with pytest.raises(ValidationError):
        model.model_validate(given)


def test_no_error_shows_a_value():
    for given in (
        {"value": "canary"},
        {"values": {"A": "canary"}},
        {"variable": "A.B", "value": "canary", "x": "canary"},
    ):
        with pytest.raises(ValidationError) as error:
            SetVariables.model_validate(given)
        assert "canary" not in str(error.value)


def test_one_criterion_is_a_list_of_one():
    assert GetReport.model_validate({"componentCriteria": "Problem"}).componentCriteria == ["Problem"]
