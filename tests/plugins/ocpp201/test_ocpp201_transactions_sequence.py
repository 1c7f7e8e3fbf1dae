from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ocpp201_tx_kit import patient

from plugins.ocpp201.transactions import sequence
from plugins.ocpp201.transactions.sequence import missing, ranges_in, whole_between, with_number

NUMBERS = st.lists(st.integers(0, 30))


def ranges_of(numbers):
    ranges = []
    for number in numbers:
        ranges = with_number(ranges, number)
    return ranges


def told(ranges):
    return {number for first, last in ranges for number in range(first, last + 1)}


@patient
@given(NUMBERS)
def test_ranges_hold_exactly_the_numbers_that_came_and_do_not_touch(numbers):
    ranges = ranges_of(numbers)
    assert told(ranges) == set(numbers)
    flat = [edge for one in ranges for edge in one]
    assert flat == sorted(flat)
    assert all(after[0] - before[1] > 1 for before, after in pairwise(ranges))


@patient
@given(NUMBERS, st.integers(0, 30), st.integers(0, 30))
def test_what_is_missing_is_what_did_not_come(numbers, first, last):
    ranges = ranges_of(numbers)
    gone = set(range(first, last + 1)) - set(numbers)
    assert told(missing(ranges, first, last)) == gone
    if first <= last:
        assert whole_between(ranges, first, last) == (not gone)


def test_an_event_without_a_number_changes_nothing():
    assert with_number([[0, 3]], None) == [[0, 3]]


def test_ranges_are_not_changed_in_place():
    ranges = [[0, 1], [3, 4]]
    assert with_number(ranges, 2) == [[0, 4]]
    assert ranges == [[0, 1], [3, 4]]


def test_a_station_that_skips_numbers_cannot_fill_the_store(monkeypatch):
    monkeypatch.setattr(sequence, "_MOST", 3)
    assert ranges_of(range(0, 20, 2)) == [[0, 0], [2, 2], [4, 4]]


@pytest.mark.parametrize(
    ("kept", "read"),
    [(None, []), ("x", []), ([[0, 5], "x", [1], [1, "y"], [7, 9]], [[0, 5], [7, 9]]), ([[0.0, 2]], [[0, 2]])],
)
def test_what_is_damaged_is_left_out(kept, read):
    assert ranges_in(kept) == read
