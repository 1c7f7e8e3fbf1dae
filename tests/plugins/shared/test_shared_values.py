import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugins.shared.values import connector, moment, number, reading, text, timestamp, whole

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(codec=None)),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
    max_leaves=4,
)


@given(JSON)
def test_whatever_a_station_sends_becomes_something_that_can_be_written_down(value):
    written = text(value)
    assert written is None or written.encode().decode() == written
    found = whole(value)
    assert found is None or -(2**63) <= found < 2**63
    evse, place = connector(value)
    assert (evse, place) == (0, 0) or (0 < evse < 2**63 and place == 1)
    seconds = moment(value)
    assert seconds is None or isinstance(seconds, float)


def test_text_is_text_alone():
    assert text("idTäg") == "idTäg"
    assert text("a\ud800b") == "a?b"
    assert [text(value) for value in (None, 5, ["a"])] == [None, None, None]


@pytest.mark.parametrize(
    ("value", "expected"),
    [(5, 5), (-1, -1), (5.0, 5), ("5", 5), ("-1", -1), (2**63 - 1, 2**63 - 1), (2**70, 2**70)],
)
def test_a_whole_number_in_another_type_is_that_number(value, expected):
    assert number(value) == expected


@pytest.mark.parametrize(
    "value", [True, 1.5, float("inf"), float("nan"), "", "-", "--1", "1.0", "9" * 21, "²", [], None]
)
def test_everything_else_is_no_number(value):
    assert number(value) is None


def test_what_the_store_cannot_hold_is_no_whole_number():
    assert whole(2**63 - 1) == 2**63 - 1
    assert whole(2**63) is None
    assert whole(-(2**70)) is None


@pytest.mark.parametrize(
    ("value", "expected"),
    [(5, 5), ("5", 5), (5.0, 5), (1234.6, 1235), ("1234.4", 1234), (-0.2, 0), (9.3e18, None), (2**63, None)],
)
def test_a_reading_of_a_meter_is_rounded_to_whole_watt_hours(value, expected):
    assert reading(value) == expected


@pytest.mark.parametrize("value", [True, None, "", "x", [5], float("inf"), "NaN", "1e999", "1." + "0" * 30])
def test_what_is_no_number_is_no_reading(value):
    assert reading(value) is None


@given(JSON)
def test_whatever_a_meter_says_the_store_can_hold_its_reading(value):
    found = reading(value)
    assert found is None or -(2**63) <= found < 2**63


def test_a_connector_is_the_first_of_its_evse_and_the_station_is_zero():
    assert connector(2) == (2, 1)
    assert connector("2") == (2, 1)
    assert [connector(value) for value in (0, -3, None, {})] == [(0, 0)] * 4


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("1970-01-01T00:00:10Z", 10.0),
        ("1970-01-01T00:00:10.250Z", 10.25),
        ("1970-01-01T02:00:00+02:00", 0.0),
        ("1970-01-01T00:01:00", 60.0),
        ("not a time", None),
        ("", None),
        (5, None),
        (None, None),
    ],
)
def test_a_moment_is_unix_seconds_and_without_a_zone_it_is_utc(value, expected):
    assert moment(value) == expected


def test_a_timestamp_has_a_z_and_no_fraction():
    assert timestamp(1_767_225_610.9) == "2026-01-01T00:00:10Z"
    assert timestamp(1e30) is None
    assert timestamp(float("nan")) is None


@given(st.integers(-10_000_000_000, 100_000_000_000))
def test_a_timestamp_is_read_as_it_was_written(seconds):
    assert moment(timestamp(seconds)) == seconds
