"""Families of a scrape out of plain integers."""

from collections import defaultdict

import pytest

from broker.metrics.families import Histogram, counter, gauge, histogram, rows


def samples(family):
    return {(sample.name, tuple(sorted(sample.labels.items()))): sample.value for sample in family.samples}


def test_a_counter_has_a_sample_for_each_set_of_labels():
    counts = defaultdict(int, {("main", "refused"): 2, ("billing", "too_old"): 1})
    found = samples(counter("dead_letters", "text", ("upstream", "reason"), counts))
    assert found[("switchboard_dead_letters_total", (("reason", "refused"), ("upstream", "main")))] == 2
    assert found[("switchboard_dead_letters_total", (("reason", "too_old"), ("upstream", "billing")))] == 1


def test_a_gauge_shows_the_rows_that_it_is_given():
    found = samples(gauge("links", "text", ("upstream",), rows({"main": 2, "other": False})))
    assert found == {
        ("switchboard_links", (("upstream", "main"),)): 2.0,
        ("switchboard_links", (("upstream", "other"),)): 0.0,
    }


@pytest.mark.parametrize(
    ("seconds", "bound"), [(0.0, "0.0001"), (0.0001, "0.0001"), (0.00011, "0.00025"), (30.0, "30.0"), (31.0, "+Inf")]
)
def test_an_observation_counts_from_its_bound_on(seconds, bound):
    one = Histogram()
    one.observe(seconds)
    buckets = one.buckets()
    assert next(name for name, count in buckets if count) == bound
    assert buckets[-1] == ("+Inf", 1)


def test_a_histogram_has_count_and_sum_by_label():
    one = Histogram()
    for seconds in (0.5, 1.5):
        one.observe(seconds)
    found = samples(histogram("lag_seconds", "text", "upstream", {"main": one}))
    labels = (("upstream", "main"),)
    assert found[("switchboard_lag_seconds_count", labels)] == 2
    assert found[("switchboard_lag_seconds_sum", labels)] == 2.0
