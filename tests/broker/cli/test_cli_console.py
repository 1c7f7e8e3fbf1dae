"""How the commands speak."""

import io

import pytest
import typer

from broker.cli.console import Style, coloured, columns, fail, show_json, table


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_colour_only_on_a_terminal_that_wants_it(monkeypatch):
    for name in ("NO_COLOR", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm")
    assert coloured(Terminal())
    assert not coloured(io.StringIO())
    monkeypatch.setenv("NO_COLOR", "1")
    assert not coloured(Terminal())
    monkeypatch.delenv("NO_COLOR")
    monkeypatch.setenv("TERM", "dumb")
    assert not coloured(Terminal())


def test_only_a_terminal_has_a_width(monkeypatch):
    monkeypatch.setenv("COLUMNS", "77")
    assert columns(Terminal()) == 77
    assert columns(io.StringIO()) is None


def test_a_style_that_is_off_changes_nothing():
    assert Style(False)("text", "bold", "red") == "text"
    assert Style(True)("text", "bold", "red") == "\x1b[1;31mtext\x1b[0m"


def test_a_failure_goes_to_standard_error_with_its_exit_code(capsys):
    with pytest.raises(typer.Exit) as caught:
        fail("no luck", 2)
    assert caught.value.exit_code == 2
    assert capsys.readouterr() == ("", "error: no luck\n")


def test_columns_are_as_wide_as_their_widest_cell():
    assert table(["A", "B"], [["long one", "x"], ["s", "y"]]) == "A         B\nlong one  x\ns         y"


def test_json_keeps_letters_as_they_are(capsys):
    show_json({"ä": 1})
    assert capsys.readouterr().out == '{\n  "ä": 1\n}\n'
