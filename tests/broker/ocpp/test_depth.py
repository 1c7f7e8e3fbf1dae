"""How deep JSON nests, told without parsing it."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broker.ocpp.depth import too_deep


def nested(depth: int, filling: str = "1") -> str:
    return "[" * depth + filling + "]" * depth


@pytest.mark.parametrize(("depth", "deep"), [(1, False), (64, False), (65, True), (5_000, True)])
def test_q18_depth_is_counted_exactly(depth, deep):
    assert too_deep(nested(depth), 64) is deep
    assert too_deep('{"a":' * depth + "1" + "}" * depth, 64) is deep


def test_many_brackets_that_do_not_nest_are_not_deep():
    assert not too_deep("[" + ",".join(['{"a":[1]}'] * 1_000) + "]", 64)


@pytest.mark.parametrize("text", ["[" * 100, '\\"[', "\\\\", '\\\\\\"[[', "]" * 100])
def test_q18_brackets_in_strings_count_for_nothing(text):
    assert not too_deep(json.dumps([text, text] + [{}] * 70), 64)
    assert too_deep(nested(65, json.dumps(text)), 64)


def test_unclosed_brackets_are_deep():
    assert too_deep("[" * 100_000, 64)
    assert too_deep("[2," + "{[" * 40, 64)


def depth_of(value: object) -> int:
    if isinstance(value, dict):
        return 1 + max(map(depth_of, value.values()), default=0)
    if isinstance(value, list):
        return 1 + max(map(depth_of, value), default=0)
    return 0


AWKWARD = st.text(alphabet='[]{}"\\,: a')
VALUES = st.recursive(
    AWKWARD, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(AWKWARD, inner, max_size=3), max_leaves=12
)


@given(VALUES, st.integers(1, 6))
def test_the_verdict_is_that_of_the_parsed_value(value, limit):
    assert too_deep(json.dumps(value), limit) is (depth_of(value) > limit)
