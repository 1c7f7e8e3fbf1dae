from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugins.ocpp201.tariff_cost.course import MOST, Course, Curve, Register, milliseconds

D = Decimal
samples = st.lists(st.tuples(st.integers(0, 10_000), st.integers(0, 100_000)), min_size=1, max_size=30)


def register(*readings):
    found = Register()
    for at, wh in readings:
        found.add(at, D(wh))
    return found


def test_between_two_readings_energy_grows_evenly():
    found = register((0, 1000), (100, 2000))
    assert [found.at(at) for at in (-5, 0, 25, 100, 500)] == [0, 0, 250, 1000, 1000]
    assert found.whole() == 1000


def test_the_moment_when_so_much_has_been_charged():
    found = register((0, 1000), (100, 2000), (200, 2000), (300, 4000))
    assert [found.when(D(wh)) for wh in (0, 250, 1000, 2000, 3000, 3001)] == [0, 25, 100, 250, 300, None]


def test_a_lower_reading_than_one_before_it_is_none():
    found = register((0, 1000), (100, 2000), (200, 5), (300, 3000))
    assert found.at(200) == 1000
    assert found.whole() == 2000


def test_of_two_readings_of_one_moment_both_count():
    """I_02, E_109: a transaction of less than a second, whose timestamps are whole seconds."""
    for found in (register((5, 1000), (5, 2500)), register((5, 2500), (5, 1800), (5, 1000))):
        assert found.whole() == 1500
        assert (found.at(4), found.at(5), found.when(D(100))) == (0, 1500, 5)


def test_without_readings_nothing_was_charged():
    assert (register().at(5), register().whole(), register().when(D(1))) == (0, 0, None)


@given(samples)
def test_the_order_of_readings_does_not_matter(readings):
    forward, backward = register(*readings), register(*reversed(readings))
    assert [forward.at(at) for at in range(0, 10_000, 997)] == [backward.at(at) for at in range(0, 10_000, 997)]


@given(samples, st.lists(st.integers(-10, 11_000), min_size=2, max_size=10))
def test_energy_never_falls(readings, moments):
    found = register(*readings)
    values = [found.at(at) for at in sorted(moments)]
    assert values == sorted(values)


@given(samples, st.integers(1, 100_000))
def test_at_the_moment_that_is_told_it_has_been_reached_and_not_before(readings, wanted):
    found = register(*readings)
    at = found.when(D(wanted))
    if at is None:
        assert found.whole() < wanted
    else:
        assert found.at(at) >= wanted
        assert found.at(at - 1) < wanted or at == found.times[0]


def test_the_last_sample_up_to_a_moment_counts():
    found = Curve()
    for at, value in ((10, 5), (30, 7), (10, 6)):
        found.add(at, D(value))
    assert [found.latest(at) for at in (9, 10, 29, 30, 99)] == [None, 6, 6, 7, 7]


def test_more_samples_than_are_kept_are_thinned_out_and_the_ends_stay():
    found = Register()
    for at in range(3 * MOST):
        found.add(at * 10, D(at))
    assert len(found.times) <= MOST
    assert (found.times[0], found.times[-1]) == (0, (3 * MOST - 1) * 10)
    assert found.at(15_000) == 1500
    found.add(5, D(1))  # a late one that there is no room for
    assert len(found.times) <= MOST


def test_energy_flows_while_a_state_says_so():
    course = Course(0)
    course.set_states([(50, False), (10, True), (80, True), (80, False)])
    assert [course.charging(at) for at in (0, 10, 49, 50, 80, 99)] == [False, True, True, False, False, False]


def test_without_any_state_energy_flows_from_the_start():
    assert Course(0).charging(0)


@pytest.mark.parametrize(("seconds", "expected"), [(1.5, 1500), (-3, 0), (1e300, 250_000_000_000_000)])
def test_a_moment_is_within_the_calendar(seconds, expected):
    assert milliseconds(seconds) == expected
