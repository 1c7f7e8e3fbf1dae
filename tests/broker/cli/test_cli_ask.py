"""One question of a command to the admin API."""

import pytest
import typer

from broker.cli import ask as module
from broker.cli.ask import ask, sure
from broker.cli.client import AdminClient


@pytest.fixture
def client(admin):
    return AdminClient(admin.url, "t0ken")


def test_the_answer(admin, client):
    admin.answers["DELETE", "/x"] = (200, {"dropped": 1})
    assert ask(client, "DELETE", "/x", {"ids": [1]}) == {"dropped": 1}
    assert (admin.asked[0]["method"], admin.asked[0]["body"]) == ("DELETE", {"ids": [1]})


@pytest.mark.parametrize(("status", "code"), [(400, 2), (422, 2), (403, 1), (404, 1), (409, 1), (500, 1), (503, 1)])
def test_wrong_input_is_2_and_everything_else_1(admin, client, capsys, status, code):
    admin.answers["GET", "/x"] = (status, {"detail": "so it is"})
    with pytest.raises(typer.Exit) as caught:
        ask(client, "GET", "/x")
    assert caught.value.exit_code == code
    assert "so it is" in capsys.readouterr().err


def test_every_fault_is_told(admin, client, capsys):
    problems = [
        {"path": "primary", "value": "'gone'", "expected": "the name of an upstream"},
        {"path": "", "value": "", "expected": "a mapping"},
        "a text",
    ]
    admin.answers["PUT", "/x"] = (422, {"detail": "no", "problems": problems})
    with pytest.raises(typer.Exit):
        ask(client, "PUT", "/x", {})
    assert capsys.readouterr().err.splitlines()[:3] == [
        "primary: expected the name of an upstream, found 'gone'",
        "a mapping",
        "a text",
    ]


def test_faults_of_a_body_are_told_too(admin, client, capsys):
    errors = [{"path": "ids", "detail": "1 to 1000 ids"}]
    admin.answers["POST", "/x"] = (422, {"detail": "no", "errors": errors})
    with pytest.raises(typer.Exit):
        ask(client, "POST", "/x", {})
    assert capsys.readouterr().err.startswith("ids: expected 1 to 1000 ids\n")


@pytest.fixture
def terminal(monkeypatch):
    """Standard input is a terminal, and somebody there answers."""

    def answering(answer):
        monkeypatch.setattr(module.sys, "stdin", type("Terminal", (), {"isatty": lambda self: True})())
        monkeypatch.setattr(module.typer, "confirm", lambda question, err: answer)

    return answering


def test_yes_asks_nobody(terminal):
    terminal(False)
    sure("Delete it?", True)


def test_who_says_no_changes_nothing(terminal, capsys):
    terminal(False)
    with pytest.raises(typer.Exit) as caught:
        sure("Delete it?", False)
    assert caught.value.exit_code == 1
    assert "nothing was changed" in capsys.readouterr().err


def test_who_says_yes_goes_on(terminal):
    terminal(True)
    sure("Delete it?", False)


def test_without_a_terminal_it_has_to_be_said(monkeypatch, capsys):
    monkeypatch.setattr(module.sys, "stdin", type("Pipe", (), {"isatty": lambda self: False})())
    with pytest.raises(typer.Exit) as caught:
        sure("Delete it?", False)
    assert caught.value.exit_code == 2
    assert capsys.readouterr().err.endswith("Delete it? Say --yes.\n")
