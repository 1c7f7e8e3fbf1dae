"""What operators give to the operations of `ocpp201.diagnostics`."""

import pytest
from pydantic import ValidationError

from plugins.ocpp201.diagnostics.params import (
    ClearVariableMonitoring,
    CustomerInformation,
    GetMonitoringReport,
    Monitor,
    SetMonitoringBase,
    SetVariableMonitoring,
)

ONE = {"component": "EVSE@1", "variable": "Power", "type": "Delta"}
HASH = {"hashAlgorithm": "SHA256", "issuerNameHash": "a", "issuerKeyHash": "b", "serialNumber": "1"}


def test_components_and_variables_are_given_by_their_text_or_whole():
    by_text = Monitor(component="Connector@1.2", variable="Level#a", type="Delta")
    assert by_text.payload == {
        "component": {"name": "Connector", "evse": {"id": 1, "connectorId": 2}},
        "variable": {"name": "Level", "instance": "a"},
        "type": "Delta",
        "severity": 8,
        "value": 1,
    }
    assert Monitor(**by_text.model_dump()).payload == by_text.payload


@pytest.mark.parametrize("member", [{"component": ""}, {"component": {}}, {"variable": ""}, {"component": 5}])
def test_a_component_has_a_name(member):
    with pytest.raises(ValidationError):
        Monitor(**{**ONE, **member})


@pytest.mark.parametrize(
    "kind", ["UpperThreshold", "LowerThreshold", "Periodic", "PeriodicClockAligned", "TargetDelta"]
)
def test_all_but_a_delta_need_a_value(kind):
    with pytest.raises(ValidationError):
        Monitor(**{**ONE, "type": kind})
    assert Monitor(**{**ONE, "type": kind, "value": 0}).payload["value"] == 0


def test_whole_numbers_stay_whole():
    assert repr(Monitor(**ONE, value=5).payload["value"]) == "5"
    assert repr(Monitor(**ONE, value=0.5).payload["value"]) == "0.5"


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"setMonitoringData": []},
        {**ONE, "setMonitoringData": [ONE]},
        {"component": "EVSE@1"},
        {**ONE, "type": "Vendor"},
        {**ONE, "x": 1},
    ],
)
def test_several_monitors_or_the_members_of_one(given):
    with pytest.raises(ValidationError):
        SetVariableMonitoring(**given)


def test_one_of_a_list_needs_no_list():
    assert [one.type for one in SetVariableMonitoring(setMonitoringData=ONE).monitors] == ["Delta"]
    assert [one.type for one in SetVariableMonitoring(**ONE).monitors] == ["Delta"]
    assert ClearVariableMonitoring(id=5).id == [5]
    assert GetMonitoringReport(monitoringCriteria="DeltaMonitoring").monitoringCriteria == ["DeltaMonitoring"]


def test_nothing_to_clear_is_an_error():
    with pytest.raises(ValidationError):
        ClearVariableMonitoring(id=[])


def test_a_base_is_one_of_three():
    with pytest.raises(ValidationError):
        SetMonitoringBase(monitoringBase="Everything")


@pytest.mark.parametrize(
    "given",
    [{}, {"idToken": "TAG", "customerIdentifier": "x"}, {"customerIdentifier": ""}, {"customerCertificate": {}}],
)
def test_a_customer_is_named_in_one_way(given):
    """N10.FR.08."""
    with pytest.raises(ValidationError):
        CustomerInformation(**given)


def test_customers_by_each_way():
    assert CustomerInformation(idToken="TAG/ISO14443").idToken.type == "ISO14443"
    assert CustomerInformation(customerIdentifier="OpenChargeAlliance").customerIdentifier == "OpenChargeAlliance"
    assert CustomerInformation(customerCertificate=HASH).customerCertificate.model_dump() == HASH


def test_an_error_shows_no_token():
    with pytest.raises(ValidationError) as error:
        CustomerInformation(idToken={"idToken": "SECRET-TAG", "type": 5})
    assert "SECRET-TAG" not in str(error.value)


@pytest.mark.parametrize("timeout", [0, -1, 601])
def test_nobody_waits_for_ever(timeout):
    with pytest.raises(ValidationError):
        GetMonitoringReport(timeout=timeout)
