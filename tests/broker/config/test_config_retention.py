"""How long records are kept."""

import pytest
from pydantic import ValidationError

from broker.config.retention import Retention

DAY = 86400


def test_only_what_comes_all_the_time_ends_unless_it_is_said():
    assert Retention().limits == {"messages": 30 * DAY, "meter_values": 90 * DAY, "events": 90 * DAY}


@pytest.mark.parametrize(
    ("written", "seconds"),
    [
        ("90d", 90 * DAY), ("12h", 43200), ("5m", 300), ("45s", 45), ("2w", 14 * DAY), ("3600", 3600), (3600, 3600),
        (0.5, 0.5),
    ],
)  # fmt: skip
def test_a_time_may_have_a_unit(written, seconds):
    assert Retention(transactions=written).limits["transactions"] == seconds


@pytest.mark.parametrize("written", ["off", False, None])
def test_off_is_for_ever(written):
    assert Retention(messages=written, meter_values=written, events=written).limits == {}


def test_each_kind_has_its_own():
    kinds = ("meter_values", "transactions", "security_events", "events", "messages", "reservations")
    limits = Retention(**{kind: f"{number}d" for number, kind in enumerate(kinds, start=1)}).limits
    assert limits == {kind: number * DAY for number, kind in enumerate(kinds, start=1)}


@pytest.mark.parametrize(
    "wrong", ["90 days", "d", "-1d", "1.5d", "", 0, "0d", -1, True, "3651d", 3651 * DAY, [], "off!"]
)
def test_anything_else_is_refused(wrong):
    with pytest.raises(ValidationError):
        Retention(messages=wrong)


def test_an_unknown_kind_is_refused():
    with pytest.raises(ValidationError):
        Retention(meter_value="1d")


def test_the_schema_knows_the_units():
    spans = Retention.model_json_schema()["properties"]["messages"]["anyOf"]
    assert {"type": "string", "pattern": "^([0-9]{1,9})([smhdw]?)$"} in spans
