"""Which messages a station shows: the rules."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugins.ocpp201.display.messages import (
    MOST,
    after_report,
    described,
    has_transaction,
    meeting,
    merged,
    of_transaction,
    past,
    reported_in,
    row_of,
    without,
)

AT = 1_767_225_600.0


def _known(*messages):
    return reported_in([*messages], AT)


def _message(number, **more):
    return {"id": number, "priority": "NormalCycle", "message": {"format": "UTF8", "content": "hi"}, **more}


def test_a_message_is_kept_as_it_was_said():
    assert row_of(_message(7), AT) == {"7": {"message": _message(7), "at": AT}}


@pytest.mark.parametrize("message", [None, 5, {}, {"id": "x"}, _message(7, message={"content": "x" * 9000})])
def test_what_has_no_number_or_is_too_large_is_not(message):
    assert row_of(message, AT) == {}


def test_the_same_number_is_another_message_now():
    """O_12."""
    assert merged(_known(_message(7), _message(8)), _known(_message(7, priority="InFront"))) == {
        "8": {"message": _message(8), "at": AT},
        "7": {"message": _message(7, priority="InFront"), "at": AT},
    }


def test_the_oldest_go_where_they_are_too_many():
    known = _known(*map(_message, range(MOST)))
    assert len(_known(*map(_message, range(MOST + 5)))) == MOST
    assert [*merged(known, row_of(_message(999), AT))] == [*map(str, range(1, MOST)), "999"]


CYCLE, FRONT = _message(1, state="Idle"), _message(2, priority="InFront", state="Charging")


@pytest.mark.parametrize(
    ("asked", "numbers"),
    [
        ({}, {"1", "2"}),
        ({"id": None, "priority": None, "state": None}, {"1", "2"}),
        ({"id": [2, 5]}, {"2"}),
        ({"priority": "NormalCycle"}, {"1"}),
        ({"state": "Charging"}, {"2"}),
        ({"id": [1], "state": "Charging"}, set()),
    ],
)
def test_what_a_request_asks_for(asked, numbers):
    """O_02, O_07, O_08, O_09."""
    assert meeting(_known(CYCLE, FRONT), asked) == numbers


def test_what_should_be_in_a_report_and_is_not_is_gone():
    known = _known(CYCLE, FRONT)
    assert [*after_report(known, {}, _known(_message(3)))] == ["3"]
    assert [*after_report(known, {"state": "Idle"}, {})] == ["2"]
    assert [*after_report(known, None, _known(_message(3)))] == ["1", "2", "3"]


def test_messages_of_a_transaction():
    known = _known(CYCLE, _message(3, transactionId="T1"), _message(4, transactionId="T2"))
    assert of_transaction(known, "T1") == {"3"}
    assert has_transaction(known)
    assert not has_transaction(without(known, {"3", "4"}))
    assert not has_transaction(_known(_message(3, transactionId=5)))


@pytest.mark.parametrize(
    ("end", "over"), [("2025-12-31T23:59:59Z", True), ("2026-01-01T00:00:00Z", False), ("x", False), (None, False)]
)
def test_a_message_is_over_with_its_end(end, over):
    """O_14."""
    assert bool(past(_known(_message(1, endDateTime=end)), AT)) is over


def test_operators_see_them_by_number():
    assert described(_known(_message(12), _message(3))) == [
        {"messageInfo": _message(3), "since": "2026-01-01T00:00:00Z"},
        {"messageInfo": _message(12), "since": "2026-01-01T00:00:00Z"},
    ]


SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5)
NAMES = st.sampled_from(["id", "priority", "state", "transactionId", "endDateTime", "message"])
JSON = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner, max_size=6), max_leaves=15
)


@given(st.lists(JSON, max_size=5), st.dictionaries(NAMES, JSON, max_size=3))
def test_nothing_that_a_station_says_is_an_error(items, asked):
    known = after_report(_known(*items), asked, _known(*items))
    gone = past(known, AT) | of_transaction(known, "T1")
    assert not gone & set(without(known, gone))
    json.dumps(described(known))
    has_transaction(known)
