import pytest
from hypothesis import given
from hypothesis import strategies as st
from ocpp201_tx_kit import NOW, at, patient

from plugins.ocpp201.transactions.readings import Reading, energy, readings

MINUTE = at(60)


def read(*sampled, timestamp=MINUTE, otherwise=None):
    return readings([{"timestamp": timestamp, "sampledValue": list(sampled)}], otherwise)


def test_a_reading_without_anything_else_is_wh_of_the_imported_energy():
    assert read({"value": 1500}) == [Reading(NOW + 60, 1500, "Sample.Periodic")]


@pytest.mark.parametrize(
    ("sampled", "wh"),
    [
        ({"value": 1.5, "unitOfMeasure": {"unit": "kWh"}}, 1500),
        ({"value": 1.5, "unitOfMeasure": {"unit": "KWH"}}, 1500),
        ({"value": 15, "unitOfMeasure": {"multiplier": 2}}, 1500),
        ({"value": 1500, "unitOfMeasure": {"unit": "kWh", "multiplier": -3}}, 1500),
        ({"value": 2, "unitOfMeasure": {"unit": "MWh"}}, 2_000_000),
        ({"value": "1499.6"}, 1500),
        ({"value": 0}, 0),
        ({"value": 5, "unitOfMeasure": {"unit": "varh"}}, None),
        ({"value": 5, "unitOfMeasure": {"multiplier": 400}}, None),
        ({"value": 5, "unitOfMeasure": {"multiplier": "x"}}, None),
        ({"value": 5, "unitOfMeasure": "kWh"}, 5),
        ({"value": True}, None),
        ({"value": "energy"}, None),
        ({"value": "inf"}, None),
        ({"value": float("nan")}, None),
        ({"value": 10**30}, None),
        ({"value": 10**400}, None),
        ({"value": 10**400, "unitOfMeasure": {"multiplier": -1}}, None),
        ({"value": 1e308, "unitOfMeasure": {"multiplier": 12}}, None),
        ({"value": float("inf")}, None),
        ({"value": 9e18, "unitOfMeasure": {"unit": "kWh"}}, None),
        ({"value": "9" * 400}, None),
        ({}, None),
    ],
)
def test_energy_is_brought_into_wh(sampled, wh):
    assert energy(sampled) == wh


@pytest.mark.parametrize(
    "other",
    [
        {"measurand": "Energy.Active.Export.Register"},
        {"measurand": "Power.Active.Import"},
        {"phase": "L1"},
        {"location": "EV"},
        {"location": "Upstream"},
        {"value": None},
    ],
)
def test_what_is_no_reading_of_the_station_s_meter_is_none(other):
    assert read({"value": 7, **other}) == []


def test_of_several_meters_that_of_the_outlet_counts():
    assert [
        one.wh for one in read({"value": 1, "location": "Inlet"}, {"value": 2}, {"value": 3, "location": "Body"})
    ] == [2]
    assert [one.wh for one in read({"value": 1, "location": "Inlet"}, {"value": 3, "location": "Body"})] == [3]


def test_readings_of_several_contexts_are_several():
    found = read({"value": 1, "context": "Transaction.Begin"}, {"value": 1, "context": "Sample.Clock"})
    assert [one.context for one in found] == ["Transaction.Begin", "Sample.Clock"]


@pytest.mark.parametrize(("otherwise", "found"), [(5.0, 5.0), (None, 0.0)])
def test_a_reading_without_a_time_has_that_of_its_event(otherwise, found):
    assert read({"value": 1}, timestamp="yesterday", otherwise=otherwise)[0].at == found


def test_one_where_a_list_of_one_should_be_is_read_too():
    assert readings({"timestamp": at(0), "sampledValue": {"value": 1}}, None) == [Reading(NOW, 1, "Sample.Periodic")]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text("aé1", max_size=5),
    lambda children: (
        st.lists(children, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["value", "sampledValue", "timestamp", "unitOfMeasure", "unit", "multiplier", "phase", "context"]
            ),
            children,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@patient
@given(JSON)
def test_nothing_that_is_measured_raises(value):
    assert all(type(one.wh) is int for one in readings(value, None))
