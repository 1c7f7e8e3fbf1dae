"""Times of the API."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broker.server.admin.moments import iso, moment_of
from broker.server.admin.problems import ApiProblem


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("1970-01-01T00:00:01Z", 1.0),
        ("1970-01-01T01:00:00.250+01:00", 0.25),
        ("1970-01-01T01:00:00 01:00", 0.0),
        ("1970-01-01T00:00:00-00:30", 1800.0),
    ],
)
def test_a_time_has_a_zone(text: str, at: float) -> None:
    assert moment_of({"since": text}, "since") == at


def test_what_is_not_given_is_no_time() -> None:
    assert moment_of({"until": "x"}, "since") is None


@pytest.mark.parametrize("text", ["yesterday", "1970-01-01", "1970-01-01T00:00:00", "0", "99999-01-01T00:00:00Z"])
def test_what_is_no_time_is_a_bad_request(text: str) -> None:
    with pytest.raises(ApiProblem, match="parameter since is a time"):
        moment_of({"since": text}, "since")


def test_times_are_written_to_the_millisecond() -> None:
    assert iso(1.5) == "1970-01-01T00:00:01.500Z"
    assert iso(None) is None


@given(st.floats() | st.integers())
def test_whatever_a_clock_says_can_be_written_or_is_nothing(at: float) -> None:
    text = iso(at)
    assert text is None or (text.endswith("Z") and abs((moment_of({"t": text}, "t") or 0.0) - at) < 0.002)


@pytest.mark.parametrize("at", [1e300, -1e300, float("nan"), float("inf")])
def test_what_no_calendar_has_is_nothing(at: float) -> None:
    assert iso(at) is None
