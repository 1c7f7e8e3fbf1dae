"""Components and variables as texts."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broker.api import Variable
from broker.testing import harness
from plugins.ocpp201.availability.plugin import Availability
from plugins.ocpp201.device_model import (
    component_key,
    component_of,
    number_of,
    shown,
    value_of,
    variable_key,
    variable_of,
)

NAMES = st.text(st.characters(codec="utf-8"), min_size=1, max_size=50)
COMPONENTS = st.fixed_dictionaries(
    {"name": NAMES},
    optional={
        "instance": NAMES,
        "evse": st.fixed_dictionaries({"id": st.integers(0, 999)}, optional={"connectorId": st.integers(0, 99)}),
    },
)


@pytest.mark.parametrize(
    ("component", "key"),
    [
        ({"name": "OCPPCommCtrlr"}, "OCPPCommCtrlr"),
        ({"name": "EVSE", "evse": {"id": 1}}, "EVSE@1"),
        ({"name": "Connector", "evse": {"id": 1, "connectorId": 2}}, "Connector@1.2"),
        ({"name": "ConnectedEV", "instance": "second", "evse": {"id": 3}}, "ConnectedEV#second@3"),
        ({"name": "a#b@c%d"}, "a%23b%40c%25d"),
    ],
)
def test_a_component_as_text(component, key):
    assert component_key(component) == key
    assert component_of(key) == component


@given(COMPONENTS)
def test_every_component_comes_back(component):
    assert component_of(component_key(component)) == component


@given(COMPONENTS, COMPONENTS)
def test_two_components_never_have_one_text(one, other):
    assert (component_key(one) == component_key(other)) == (one == other)


@given(st.fixed_dictionaries({"name": NAMES}, optional={"instance": NAMES}))
def test_every_variable_comes_back(variable):
    assert variable_of(variable_key(variable)) == variable


@pytest.mark.parametrize("given_", [None, "EVSE", 5, [], {}, {"name": 5}, {"name": ""}, {"instance": "x"}])
def test_what_has_no_name_has_no_text(given_):
    assert component_key(given_) is None
    assert variable_key(given_) is None


@pytest.mark.parametrize("evse", [None, "1", 5, {}, {"id": "x"}, {"connectorId": 1}])
def test_an_evse_that_cannot_be_read_is_none(evse):
    assert component_key({"name": "EVSE", "evse": evse}) == "EVSE"


def test_a_name_longer_than_the_specification_has_it_is_cut():
    assert component_key({"name": "x" * 51, "instance": "y" * 51}) == f"{'x' * 50}#{'y' * 50}"


async def test_a_value_is_found_whatever_its_case():
    h = harness(Availability)
    row = Variable(identity="CP1", component="DeviceDataCtrlr", variable="ItemsPerMessage#GetVariables", value="4")
    await h.ready()
    await h.records.commit(h.records.variables.put(row))
    read = (h.records, "CP1", "deviceDATActrlr", "itemspermessage#getvariables")
    assert await value_of(*read) == "4"
    assert await number_of(*read) == 4
    assert await number_of(h.records, "CP1", "DeviceDataCtrlr", "ItemsPerMessage#GetVariables") == 4
    assert await value_of(h.records, "CP2", "DeviceDataCtrlr", "ItemsPerMessage#GetVariables") is None
    assert await value_of(*read, attribute="Target") is None
    await h.stop()


async def test_what_is_no_number_is_none():
    h = harness(Availability)
    await h.ready()
    await h.records.commit(h.records.variables.put(Variable(identity="CP1", component="A", variable="B", value="many")))
    assert await number_of(h.records, "CP1", "A", "B") is None
    await h.stop()


@pytest.mark.parametrize(
    ("value", "text"),
    [("a", "a"), (True, "true"), (False, "false"), (5, "5"), (1.5, "1.5"), (None, None), ([], None)],
)
def test_values_become_text(value, text):
    assert shown(value) == text


def test_the_user_of_a_url_is_not_kept():
    assert "user:pw" not in shown("ftp://user:pw@host/x")
