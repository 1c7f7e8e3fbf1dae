"""Values of the API as text."""

import pytest

from broker.cli.cells import cell, show_members


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "-"),
        ("", "-"),
        ([], "-"),
        ({}, "-"),
        (True, "yes"),
        (False, "no"),
        (0, "0"),
        ({"main": 17, "billing": 4711}, "main=17, billing=4711"),
        ([1, "a"], "1; a"),
    ],
)
def test_a_value_is_one_line(value, text):
    assert cell(value) == text


@pytest.mark.parametrize("text", ["x\x1b[2J", "a\nb", "\x9b2J"])
def test_what_a_stranger_wrote_cannot_drive_the_terminal(text):
    assert cell(text).isprintable()
    assert cell({"a": [text]}).isprintable()


def test_an_object_has_a_line_a_member_and_a_list_a_line_an_item(capsys):
    show_members({"primary": "main", "links": [{"name": "main"}, {"name": "billing"}], "none": [], "x\x1b": 1})
    assert capsys.readouterr().out.splitlines() == [
        "primary  main",
        "links    name=main",
        "         name=billing",
        "none     -",
        cell("x\x1b").ljust(7) + "  1",
    ]


def test_an_empty_object_is_nothing(capsys):
    show_members({})
    assert capsys.readouterr().out == ""
