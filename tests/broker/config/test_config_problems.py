"""How a fault is told: path, value, and never a secret."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broker.config.problems import ConfigError, Problem, path_text, problem_at, shown, shown_key


@pytest.mark.parametrize(
    ("loc", "text"),
    [
        ((), ""),
        (("routes", 1, "match", "identity"), "routes[1].match.identity"),
        (("a", "b c"), 'a["b c"]'),
        (("upstreams", "eu-1"), "upstreams.eu-1"),
        ((0,), "[0]"),
        (("compress", "ocpp1.6"), 'compress["ocpp1.6"]'),
        (("a", "password:hunter2"), 'a["password:..."]'),
        (("a", "x" * 200), "a." + "x" * 200),
    ],
)
def test_a_path_reads_as_it_is_written(loc, text):
    assert path_text(loc) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "nothing"),
        ({}, "a mapping"),
        (["a"], "a list"),
        ([1, 4], "[1, 4]"),
        (True, "true"),
        (5, "5"),
        ("a", "'a'"),
        ("x" * 90, repr("x" * 80 + "...")),
        ("a\nb", "'a?b'"),
    ],
)
def test_a_value_is_shown_short(value, text):
    assert shown(("bind",), value) == text


@pytest.mark.parametrize(
    "loc",
    [
        ("stations", "known", 0, "password"),
        ("admin", "tokens", 0, "token"),
        ("admin", "tokens", 0),
        ("plugins", 0),
        ("upstreams", "a", "headers", "X"),
        ("upstreams", "a", "auth"),
        ("upstreams", "a", "auth", "basic"),
        ("upstreams", "a", "auth", "basic", "password"),
        ("store", "url"),
        ("outbox", "pseudonym_key"),
    ],
)
@pytest.mark.parametrize("value", ["hunter2", 123456789])
def test_a_value_that_may_be_a_secret_is_masked(loc, value):
    assert shown(loc, value) == "**********"


@pytest.mark.parametrize("loc", [("admin", "tokens", 0, "role"), ("upstreams", "a", "auth", "basic", "user")])
def test_what_lies_beside_a_secret_is_shown(loc):
    assert shown(loc, "root") == "'root'"


@pytest.mark.parametrize("url", ["wss://u:hunter2@h/x", "u:hunter2@h", "ws://h/x?key=hunter2", "ws://a:hunter2@b@c/"])
def test_the_secrets_of_a_url_are_masked(url):
    assert "hunter2" not in shown(("url",), url)


def test_a_key_with_its_value_stuck_to_it_is_cut():
    assert shown_key("password:hunter2") == "password:..."
    assert shown_key("password") == "password"


def test_a_problem_is_one_readable_line():
    assert str(Problem("a.b", "'x'", "a number")) == "a.b: expected a number, found 'x'"
    assert str(Problem("", "", "YAML")) == "expected YAML"


def test_an_error_lists_all_its_problems():
    error = ConfigError([Problem("a", "", "x"), Problem("b", "", "y")])
    assert str(error) == "a: expected x\nb: expected y"
    assert len(error.problems) == 2


def test_a_problem_takes_its_value_from_the_document():
    document = {"a": [{"b": "x"}], "v": "lenient"}
    assert problem_at(("a", 0, "b"), document, "y").value == "'x'"
    assert problem_at(("a", 0, "c"), document, "y").value == ""
    assert problem_at(("a", 0, "b"), document, "y", show=False).value == ""
    assert problem_at(("v", "from_station"), document, "y").value == "'lenient'"


@given(st.lists(st.text() | st.integers()), st.none() | st.text() | st.integers() | st.lists(st.integers()))
def test_anything_can_be_shown_on_one_line(loc, value):
    assert "\n" not in shown(loc, value) + path_text(loc)
