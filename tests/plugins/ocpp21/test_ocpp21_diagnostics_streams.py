"""Periodic event streams: the rules."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugins.ocpp21.diagnostics.streams import MOST, adjusted, batch_of, closed, described, listed, opened

AT = 1_767_225_600.0
DATA = {"id": 2, "variableMonitoringId": 3, "params": {"interval": 10, "values": 30}}
ROW = {"variableMonitoringId": 3, "params": {"interval": 10, "values": 30}, "at": AT}


def _values(*pairs, **more):
    return {
        "id": 2,
        "pending": 0,
        "basetime": "2026-01-01T00:00:00Z",
        "data": [{"t": t, "v": v} for t, v in pairs],
        **more,
    }


def test_a_stream_is_opened_adjusted_and_closed():
    known = opened({}, DATA, AT)
    assert known == {"2": ROW}
    assert adjusted(known, 2, {"interval": 5, "values": "x"}) == {"2": {**ROW, "params": {"interval": 5}}}
    assert adjusted(known, 9, {"interval": 5}) == known
    assert closed(known, 9) == known
    assert closed(known, 2) == {}
    assert known == {"2": ROW}


@pytest.mark.parametrize("data", [None, 5, {}, {"id": "x"}])
def test_a_stream_without_a_number_is_none(data):
    assert opened({}, data, AT) is None


def test_there_is_an_end_to_the_streams_of_a_station():
    known = {str(number): ROW for number in range(MOST)}
    assert opened(known, {**DATA, "id": MOST}, AT) is None
    assert len(opened(known, DATA, AT)) == MOST


def test_the_streams_that_a_station_lists():
    assert [*listed([DATA, {**DATA, "id": 4}, 5], AT)] == ["2", "4"]
    assert listed(None, AT) == {}


def test_the_values_of_a_message():
    batch = batch_of(_values((1.5, "7"), (2, "8"), (2.25, "9")))
    assert batch == (AT + 2.25, "9", [[0.0, "7"], [0.5, "8"], [0.75, "9"]])


def test_values_without_a_time():
    assert batch_of(_values(("x", "7"), (True, "8"), basetime="x")) == (None, "8", [[0.0, "7"], [0.0, "8"]])


@pytest.mark.parametrize("payload", [{}, {"data": 5}, {"data": [5, {"t": 1}, {"t": 1, "v": 5}]}])
def test_a_message_without_values(payload):
    assert batch_of(payload) is None


def test_there_is_an_end_to_the_values_of_a_message():
    batch = batch_of(_values(*((number, "x" * 9_000) for number in range(1_200))))
    assert (len(batch.values), len(batch.value)) == (1_000, 2_500)


def test_operators_see_them_by_number():
    known = {"12": ROW, "2": {"at": AT}}
    assert described(known) == [
        {"id": 2, "at": "2026-01-01T00:00:00Z"},
        {**ROW, "id": 12, "at": "2026-01-01T00:00:00Z"},
    ]


SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5)
NAMES = st.sampled_from(["id", "params", "interval", "values", "variableMonitoringId", "data", "t", "v", "basetime"])
JSON = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner, max_size=5), max_leaves=15
)


@given(JSON, st.dictionaries(NAMES, JSON, max_size=4))
def test_nothing_that_a_station_says_is_an_error(data, payload):
    known = listed([data, payload], AT)
    json.dumps(described(closed(adjusted(known, data, payload), payload)))
    batch = batch_of(payload)
    json.dumps(batch, allow_nan=False)
