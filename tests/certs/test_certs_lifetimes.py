"""When it is time to renew, and that the constants keep their promises."""

from datetime import UTC, datetime, timedelta

import pytest

from certs import lifetimes
from certs.lifetimes import BACKDATING, is_due, life

START = datetime(2026, 6, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("days", "due_with_days_left"), [(3650, 30), (1095, 30), (397, 30), (90, 30), (30, 10), (3, 1)]
)
def test_due_with_a_month_left_or_a_third_of_a_short_life(days, due_with_days_left):
    begin, end = START - BACKDATING, START + timedelta(days=days)
    due = end - timedelta(days=due_with_days_left)
    assert is_due(begin, end, due)
    assert not is_due(begin, end, due - timedelta(seconds=1))


def test_what_was_just_issued_is_never_due():
    for lifetime in (timedelta(hours=1), timedelta(days=1), lifetimes.STATION_LIFETIME):
        assert not is_due(START - BACKDATING, START + lifetime, START)


def test_what_has_ended_is_due():
    assert is_due(START - timedelta(days=9), START, START + timedelta(days=1))


def test_a_life_is_counted_without_the_backdating():
    assert life(START - BACKDATING, START + timedelta(days=5)) == timedelta(days=5)
    assert life(START, START + timedelta(days=1)) == timedelta(days=1)


def test_the_present_has_whole_seconds_and_a_zone():
    """RFC 5280 4.1.2.5: X.509 knows no fractions."""
    assert lifetimes.now().microsecond == 0
    assert lifetimes.now().tzinfo is UTC


def test_what_signs_outlives_what_it_signs():
    assert lifetimes.ROOT_LIFETIME > lifetimes.INTERMEDIATE_LIFETIME > lifetimes.STATION_LIFETIME
    assert lifetimes.INTERMEDIATE_LIFETIME > lifetimes.SERVER_LIFETIME
