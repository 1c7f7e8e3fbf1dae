"""Where a command gets a password from."""

import getpass
import io
import sys

import pytest
import typer

from broker.cli.passwords import read_password


class Terminal(io.StringIO):
    def isatty(self):
        return True


def piped(monkeypatch, text):
    monkeypatch.setattr(sys, "stdin", io.StringIO(text))


def typed(monkeypatch, *answers):
    left = list(answers)
    monkeypatch.setattr(sys, "stdin", Terminal())
    monkeypatch.setattr(getpass, "getpass", lambda _: left.pop(0))


@pytest.mark.parametrize("from_stdin", [True, False])
def test_a_pipe_gives_its_first_line(monkeypatch, from_stdin):
    piped(monkeypatch, " pass word \r\nmore\n")
    assert read_password(from_stdin=from_stdin) == " pass word "


def test_a_file_gives_its_first_line(tmp_path, monkeypatch):
    piped(monkeypatch, "from the pipe\n")
    (tmp_path / "secret").write_bytes(b"\xef\xbb\xbfp\xc3\xa4ss\r\nmore")
    assert read_password(file=tmp_path / "secret") == "päss"


def test_a_terminal_is_asked_twice(monkeypatch):
    typed(monkeypatch, "secret", "secret")
    assert read_password() == "secret"


def refused(capsys, **options):
    with pytest.raises(typer.Exit) as caught:
        read_password(**options)
    assert caught.value.exit_code == 2
    return capsys.readouterr().err


def test_two_that_differ_are_none(monkeypatch, capsys):
    typed(monkeypatch, "secret", "sekret")
    told = refused(capsys)
    assert "not the same" in told
    assert "secret" not in told


@pytest.mark.parametrize("text", ["", "\n", "\r\nsecret\n"])
def test_an_empty_one_is_none(monkeypatch, capsys, text):
    piped(monkeypatch, text)
    assert "empty" in refused(capsys, from_stdin=True)


def test_a_file_and_a_pipe_are_one_too_many(tmp_path, capsys):
    assert "not both" in refused(capsys, from_stdin=True, file=tmp_path / "secret")


def test_a_file_that_cannot_be_read_is_named(tmp_path, capsys):
    assert "No such file" in refused(capsys, file=tmp_path / "gone")
    (tmp_path / "binary").write_bytes(b"\xff\xfe")
    assert "it is no text" in refused(capsys, file=tmp_path / "binary")
