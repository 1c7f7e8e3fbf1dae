"""YAML, read strictly."""

import pytest

from broker.config.problems import ConfigError
from broker.config.yaml_text import parse


def refused(text: str) -> str:
    with pytest.raises(ConfigError) as caught:
        parse(text)
    return str(caught.value)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("off", "off"),
        ("no", "no"),
        ("Yes", "Yes"),
        ("true", True),
        ("FALSE", False),
        ("~", None),
        ("", None),
        ("0123", "0123"),
        ("12:30:45", "12:30:45"),
        ("2024-01-01", "2024-01-01"),
        ("1_000", "1_000"),
        ("0x10", "0x10"),
        ("-5", -5),
        ("1.5", 1.5),
        ("1.5e3", 1500.0),
        ("1e3", "1e3"),
        (".inf", ".inf"),
        ("9" * 30, "9" * 30),
        ("[a, 'b']", ["a", "b"]),
        ("{a: }", {"a": None}),
        ("=", "="),
        ("# only a comment", None),
    ],
)
def test_scalars_are_those_of_yaml_1_2(text, value):
    assert parse(text) == value


def test_a_key_twice_is_told_with_both_lines():
    assert refused("a: 1\nb:\n  c: 1\n  c: 2\na: 3") == (
        "line 5, column 1: expected the key a once; line 1 has it already\n"
        "line 4, column 3: expected the key c once; line 3 has it already"
    )


def test_a_syntax_error_has_its_line():
    text = refused("a: 1\nb: [1,\nc: 2\n}")
    assert text.startswith("line 4, column 1: expected YAML; here: ")
    assert text.endswith("(while parsing a flow sequence of line 2)")


def test_anchors_and_merges_work():
    text = "base: &b {x: 1, y: 1}\nmore: &m {<<: *b, y: 2}\nlast: {<<: *m, z: 3}\nlist: [*b, *b]"
    value = parse(text)
    assert value["more"] == {"x": 1, "y": 2}
    assert value["last"] == {"x": 1, "y": 2, "z": 3}
    assert value["list"] == [{"x": 1, "y": 1}] * 2


@pytest.mark.parametrize(
    "text", ["[" * 100_000, "{a: " * 5000, "- " * 5000, "&a [*a]", "a: &a {b: *a}", "&a [*a, *a, *a]"]
)
def test_deep_or_endless_nesting_is_refused(text):
    assert "levels of nesting" in refused(text) or "values" in refused(text)


def test_a_billion_laughs_are_refused():
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]" for i in range(1, 12)]
    assert "values" in refused("\n".join(lines))


@pytest.mark.parametrize(
    "text",
    [
        "a: *hunter2",
        "a: !hunter2 x",
        "a: !!hunter2 x",
        "a: 'hunter2",
        "%TAG ! hunter2",
        "a: !!int hunter2",
        "a: !!bool hunter2",
        "password:hunter2: 1\npassword:hunter2: 1",
        "a: hunter2: b",
        "!hunter2!x y",
    ],
)
def test_no_value_shows_in_an_error(text):
    assert "hunter2" not in refused(text)


@pytest.mark.parametrize(
    "text",
    [
        "\0",
        "\ud800",
        "a: !!int ''",
        "a: !!float x",
        "a: !!map x",
        "a: !!seq {}",
        "? [a]\n: b",
        "a: !!binary aGk=",
        "a: !!set {x}",
        "a: !!timestamp 2024-01-01",
        "a: 1\n---\nb: 1",
        "a: !!python/object/apply:os.getcwd []",
        "\t- a",
        "<<: 5",
        "a: {<<: [1]}",
    ],
)
def test_what_is_not_plain_yaml_is_refused(text):
    assert "expected" in refused(text)
