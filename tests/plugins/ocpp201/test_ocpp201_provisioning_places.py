"""Components and variables by one text."""

import pytest
from pydantic import ValidationError

from plugins.ocpp201.provisioning.places import ComponentVariable, GetVariable, SetVariable


@pytest.mark.parametrize(
    ("text", "sent"),
    [
        (
            "OCPPCommCtrlr.OfflineThreshold",
            {"component": {"name": "OCPPCommCtrlr"}, "variable": {"name": "OfflineThreshold"}},
        ),
        (
            "EVSE@1.AvailabilityState/Target",
            {
                "component": {"name": "EVSE", "evse": {"id": 1}},
                "variable": {"name": "AvailabilityState"},
                "attributeType": "Target",
            },
        ),
        (
            "Connector#a@1.2.Type#b",
            {
                "component": {"name": "Connector", "instance": "a", "evse": {"id": 1, "connectorId": 2}},
                "variable": {"name": "Type", "instance": "b"},
            },
        ),
        ("A.B/Other", {"component": {"name": "A"}, "variable": {"name": "B/Other"}}),
    ],
)
def test_a_text_names_a_component_and_a_variable(text, sent):
    assert GetVariable.model_validate(text).sent() == sent


def test_what_ocpp_writes_is_taken_as_it_is():
    given = {"component": {"name": "A"}, "variable": {"name": "B.C"}, "attributeType": "MinSet"}
    assert GetVariable.model_validate(given).sent() == given
    assert SetVariable.model_validate({**given, "attributeValue": "1"}).sent() == {**given, "attributeValue": "1"}


@pytest.mark.parametrize(
    ("text", "sent"),
    [
        ("EVSE", {"component": {"name": "EVSE"}}),
        ("Connector@1.2", {"component": {"name": "Connector", "evse": {"id": 1, "connectorId": 2}}}),
        ("EVSE@1.Power", {"component": {"name": "EVSE", "evse": {"id": 1}}, "variable": {"name": "Power"}}),
    ],
)
def test_of_a_report_a_component_alone_will_do(text, sent):
    assert ComponentVariable.model_validate(text).sent() == sent


@pytest.mark.parametrize("wrong", ["EVSE", "", ".A", "A.", 5, {}, {"component": {"name": "A"}}, "A" * 51 + ".B"])
def test_what_names_no_variable_is_refused(wrong):
    with pytest.raises(ValidationError):
        GetVariable.model_validate(wrong)


def test_a_text_without_a_component_is_told_what_is_expected():
    with pytest.raises(ValidationError, match="OCPPCommCtrlr"):
        GetVariable.model_validate("OfflineThreshold")


def test_no_error_and_no_repr_shows_a_value():
    given = {"component": {"name": "A"}, "variable": {"name": "B"}, "attributeValue": "canary"}
    assert "canary" not in repr(SetVariable.model_validate(given))
    with pytest.raises(ValidationError) as error:
        SetVariable.model_validate({**given, "variable": {}})
    assert "canary" not in str(error.value)
