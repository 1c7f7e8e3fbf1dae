"""References to the environment."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broker.config.expand import Expansion

ENV = {"A": "one", "EMPTY": "", "NESTED": "${A}"}


@pytest.mark.parametrize(
    ("text", "expanded"),
    [
        ("${A}", "one"),
        ("x${A}y${A}", "xoneyone"),
        ("${B:-two}", "two"),
        ("${A:-two}", "one"),
        ("${EMPTY:-two}", "two"),
        ("${EMPTY}", ""),
        ("${B:-}", ""),
        ("$${A}", "${A}"),
        ("$$${A}", "$${A}"),
        ("sha256$a$b", "sha256$a$b"),
        ("$A", "$A"),
        ("${NESTED}", "${A}"),
        ("{identity}", "{identity}"),
        ("${B:-a:-b c}", "a:-b c"),
    ],
)
def test_a_text_is_expanded(text, expanded):
    expansion = Expansion(ENV)
    assert expansion.value(text) == expanded
    assert expansion.problems == []


@pytest.mark.parametrize("text", ["${", "${}", "${1A}", "${A", "${A-b}", "${A:b}", "x${ A }"])
def test_a_broken_reference_is_a_problem(text):
    expansion = Expansion(ENV)
    expansion.value({"k": [text]})
    assert [problem.path for problem in expansion.problems] == ["k[0]"]


def test_all_unset_variables_are_told_at_once():
    expansion = Expansion({})
    expansion.value({"a": "${ONE}", "b": {"c": "${TWO}${THREE}"}})
    assert [(problem.path, problem.expected) for problem in expansion.problems] == [
        ("a", "the environment variable ONE, which is not set"),
        ("b.c", "the environment variable TWO, which is not set"),
        ("b.c", "the environment variable THREE, which is not set"),
    ]


def test_keys_and_other_values_stay():
    document = {"${A}": 1, 2: [True, None, 1.5, "x"]}
    assert Expansion(ENV).value(document) == document


@given(st.text(alphabet="${}AB:-_ x1"))
def test_any_text_becomes_text(text):
    assert isinstance(Expansion(ENV).value(text), str)


@given(st.text().filter(lambda text: "${" not in text))
def test_text_without_a_reference_stays_as_it_is(text):
    assert Expansion(ENV).value(text) == text
