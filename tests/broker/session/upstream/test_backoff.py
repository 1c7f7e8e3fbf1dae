"""When to dial again."""

import pytest

from broker.session.upstream.backoff import Backoff


def test_the_waits_double_up_to_the_maximum():
    backoff = Backoff(1.0, 10.0)
    assert [backoff.next(1.0) for _ in range(6)] == [1.0, 2.0, 4.0, 8.0, 10.0, 10.0]


def test_the_shortest_wait_is_a_tenth_of_the_longest():
    backoff = Backoff(1.0, 10.0)
    assert [backoff.next(0.0) for _ in range(5)] == pytest.approx([0.1, 0.2, 0.4, 0.8, 1.0])


def test_chance_decides_in_between_so_that_a_fleet_does_not_come_in_step():
    waits = [Backoff(1.0, 60.0).next() for _ in range(200)]
    assert all(0.1 <= wait <= 1.0 for wait in waits)
    assert len(set(waits)) > 150


def test_a_link_that_held_begins_anew():
    backoff = Backoff(1.0, 60.0, stable=10.0)
    for _ in range(5):
        backoff.next()
    backoff.held(10.0)
    assert backoff.next(1.0) == 1.0


def test_a_link_that_breaks_at_once_does_not():
    backoff = Backoff(1.0, 60.0, stable=10.0)
    for _ in range(3):
        backoff.next()
        backoff.held(9.9)
    assert backoff.next(1.0) == 8.0


def test_an_upstream_that_is_away_for_months_overflows_nothing():
    backoff = Backoff(1.0, 60.0)
    for _ in range(5000):
        wait = backoff.next(1.0)
    assert wait == 60.0
