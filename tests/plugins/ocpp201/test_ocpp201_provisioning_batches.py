"""Items in as many calls as a station takes."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugins.ocpp201.provisioning.batches import batches


def payload(items):
    return {"getVariableData": list(items)}


def of(*sizes):
    """Items whose JSON has so many characters."""
    return [{"x": "y" * (size - 8)} for size in sizes]


def split(items, most=None, size=None):
    return [list(part) for part in batches(items, payload, most=most, size=size)]


@pytest.mark.parametrize("unlimited", [None, 0, -1])
def test_without_limits_it_is_one(unlimited):
    items = of(*[50] * 100)
    assert split(items, unlimited, unlimited) == [items]


def test_so_many_at_once():
    items = of(*[20] * 5)
    assert split(items, 2) == [items[:2], items[2:4], items[4:]]


def test_nothing_takes_no_call():
    assert split([], 2, 100) == []


def test_frames_are_no_longer_than_they_may_be():
    items = of(*[100] * 10)
    parts = split(items, None, 500)
    assert [len(part) for part in parts] == [3, 3, 3, 1]


def test_what_is_too_long_by_itself_goes_alone():
    items = of(20, 900, 20)
    assert split(items, None, 300) == [items[:1], items[1:2], items[2:]]


def test_letters_outside_ascii_count_as_bytes():
    items = [{"x": "ü" * 20}, {"x": "ü" * 20}]
    assert len(split(items, None, 300)) == 2


@given(
    st.lists(st.integers(10, 400), max_size=30).map(lambda sizes: of(*sizes)),
    st.none() | st.integers(-1, 40),
    st.none() | st.integers(-1, 2000),
)
def test_all_items_go_in_their_order_within_the_limits(items, most, size):
    parts = split(items, most, size)
    assert [item for part in parts for item in part] == items
    for part in parts:
        assert part
        if most is not None and most > 0:
            assert len(part) <= most
        if size is not None and size > 0 and len(part) > 1:
            frame = json.dumps([2, "x" * 36, "SetMonitoringVariables", payload(part)], separators=(",", ":"))
            assert len(frame) <= size
