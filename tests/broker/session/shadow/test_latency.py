"""Percentiles from a small histogram."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broker.session.shadow.latency import Latency


def of(*seconds):
    latency = Latency()
    for each in seconds:
        latency.observe(each)
    return latency


def test_nothing_is_no_number():
    assert of().describe() == {"count": 0, "mean": None, "p50": None, "p95": None}


def test_count_and_mean_are_exact():
    assert of(0.1, 0.2, 0.6).describe()["count"] == 3
    assert of(0.1, 0.2, 0.6).describe()["mean"] == 0.3


def test_one_in_twenty_may_be_slow_without_being_the_95th():
    assert of(*[0.01] * 19, 9.0).percentile(0.95) == pytest.approx(0.01, rel=0.12)
    assert of(*[0.01] * 18, 9.0, 9.0).percentile(0.95) == pytest.approx(9.0, rel=0.12)


def test_beyond_the_last_bound_it_counts_as_the_longest():
    assert of(1e9).percentile(0.5) == of(100.0).percentile(0.5)
    assert 60 < of(1e9).percentile(0.5) < 100


def test_a_clock_that_was_set_back_counts_as_no_time():
    latency = of(-5.0)
    assert (latency.total, latency.percentile(0.5)) == (0.0, of(0.0).percentile(0.5))
    assert latency.percentile(0.5) <= 0.001


@given(st.lists(st.floats(0.001, 60), min_size=1, max_size=200), st.sampled_from([0.5, 0.95, 1.0]))
def test_a_percentile_is_right_to_an_eighth(seconds, part):
    exact = sorted(seconds)[math.ceil(part * len(seconds)) - 1]
    assert of(*seconds).percentile(part) == pytest.approx(exact, rel=0.13)
