from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugins.ocpp201.tariff_cost.readings import collect
from tests.plugins.ocpp201.ocpp201_tariff_kit import START, course

AT = "2026-01-01T00:00:00Z"
D = Decimal
MEASURED = ("Energy.Active.Import.Register", "Current.Import")
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


def collected(*samples: dict[str, Any]):
    found = course()
    collect(found, [{"timestamp": AT, "sampledValue": list(samples)}])
    return found


def energy(*samples):
    return collected(*samples).energy.latest(START)


@pytest.mark.parametrize(
    ("sample", "expected"),
    [
        ({"value": 1234.5}, D("1234.5")),
        ({"value": 1.5, "unitOfMeasure": {"unit": "kWh"}}, 1500),
        ({"value": 15, "unitOfMeasure": {"unit": "Wh", "multiplier": 2}}, 1500),
        ({"value": 1.5, "unit": "kWh", "multiplier": 0}, 1500),  # as the records give it
        ({"value": "12.5", "measurand": "Energy.Active.Import.Register"}, D("12.5")),
        ({"value": 5, "measurand": "Energy.Active.Export.Register"}, None),
        ({"value": float("inf")}, None),
        ({"value": float("nan")}, None),
        ({"value": 1e16}, None),
        ({"value": True}, None),
        ({"value": "five"}, None),
        ({"value": "1" * 41}, None),
        ({"value": 5, "unitOfMeasure": {"multiplier": 99}}, None),
        ({"value": 5, "unitOfMeasure": {"unit": 5}}, None),
        ({}, None),
    ],
)
def test_energy_is_the_register_in_watt_hours(sample, expected):
    assert energy(sample) == expected


def test_the_value_without_a_phase_counts_before_the_sum_of_the_phases():
    phases = [{"value": value, "phase": phase} for phase, value in (("L1", 1), ("L2", 2), ("L3", 3))]
    assert energy(*phases) == 6
    assert energy(*phases, {"value": 7}) == 7


def test_the_outlet_counts_where_there_are_several_places():
    assert energy({"value": 9, "location": "Inlet"}, {"value": 8}) == 8
    assert energy({"value": 9, "location": "Inlet"}) == 9


def test_a_current_is_the_sum_of_the_phases():
    phases = [{"value": value, "phase": phase} for phase, value in (("L1", 16), ("L2", 15))]
    found = collected(*({**one, "measurand": "Current.Import"} for one in (*phases, {"value": 16})))
    assert found.current.latest(START) == 31


def test_power_is_in_watts():
    sample = {"value": 11, "measurand": "Power.Active.Import", "unitOfMeasure": {"unit": "kW"}}
    assert collected(sample).power.latest(START) == 11_000


@given(json_values)
def test_nothing_that_a_station_can_write_raises(value):
    of = course()
    for values in (
        value,
        [value],
        [{"timestamp": AT, "sampledValue": value}],
        [{"timestamp": AT, "sampledValue": [value]}],
    ):
        collect(of, values)
    collect(of, [{"timestamp": AT, "sampledValue": [{"value": value, "unitOfMeasure": value, "phase": "L1"}]}])
    collect(of, [{"timestamp": AT, "sampledValue": [{"value": 1, "phase": value, "measurand": m} for m in MEASURED]}])
    assert of.energy.whole() <= 1
