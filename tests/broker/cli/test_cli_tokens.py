"""`switchboard tokens`."""

import json

import pytest

PATH = "/api/v1/tokens"
ONE = f"{PATH}/04A2%2FB3"
TOKEN = {"id": "04A2/B3", "status": "Accepted", "expires": "2027-01-31T12:00:00Z", "note": "van 7", "source": "api"}


def test_the_list_has_one_line_a_token(invoke, admin):
    admin.answers["GET", PATH] = (200, {"tokens": [TOKEN, {"id": "X", "status": "Blocked"}], "next": "X"})
    done = invoke("tokens", "list", "--status", "Blocked", "--after", "A 1", "--limit", 2)
    assert admin.asked[0]["query"] == "status=Blocked&after=A+1&limit=2"
    lines = done.stdout.splitlines()
    assert lines[0].split() == ["ID", "STATUS", "EXPIRES", "PARENT", "TYPE", "SOURCE", "NOTE"]
    assert lines[1].split() == ["04A2/B3", "Accepted", "2027-01-31T12:00:00Z", "-", "-", "api", "van", "7"]
    assert lines[2].split() == ["X", "Blocked", "-", "-", "-", "-", "-"]
    assert done.stderr == "there are more: --after X\n"


def test_none_is_said(invoke, admin):
    admin.answers["GET", PATH] = (200, {"tokens": []})
    assert invoke("tokens", "list").stdout == "no tokens\n"
    assert admin.asked[0]["query"] == "limit=100"
    assert json.loads(invoke("tokens", "list", "--json").stdout) == {"tokens": []}


def test_one_token(invoke, admin):
    admin.answers["GET", ONE] = (200, TOKEN)
    assert "note     van 7\n" in invoke("tokens", "show", "04A2/B3").stdout
    assert json.loads(invoke("tokens", "show", "04A2/B3", "--json").stdout) == TOKEN


def test_a_token_that_nobody_knows_is_a_failure(invoke, admin):
    admin.answers["GET", ONE] = (404, {"detail": "there is no such token"})
    done = invoke("tokens", "show", "04A2/B3")
    assert (done.exit_code, done.stdout) == (1, "")
    assert "there is no such token" in done.stderr


def test_put_sends_what_was_said(invoke, admin):
    admin.answers["PUT", ONE] = (200, TOKEN)
    done = invoke(
        "tokens", "put", "04A2/B3", "--status", "Blocked", "--expires", "2027-01-31", "--parent", "G", "--parent-type",
        "Central", "--type", "ISO14443", "--note", "van 7", "--language", "de", "--language2", "en",
        "--message", "Hallo", "--evses", "CP001:1", "--priority", "-3", "--credit", "0", "--tariff", "t", "--json",
    )  # fmt: skip
    assert json.loads(done.stdout) == TOKEN
    assert admin.asked[0]["body"] == {
        "status": "Blocked", "expires": "2027-01-31", "parent": "G", "parent_type": "Central", "type": "ISO14443",
        "note": "van 7", "language": "de", "language2": "en", "message": "Hallo", "evses": "CP001:1", "priority": -3,
        "credit": 0.0, "tariff": "t",
    }  # fmt: skip


def test_put_accepts_where_nothing_is_said(invoke, admin):
    admin.answers["PUT", ONE] = (200, TOKEN)
    assert invoke("tokens", "put", "04A2/B3").exit_code == 0
    assert admin.asked[0]["body"] == {"status": "Accepted"}


def test_a_wrong_token_is_told_with_every_fault(invoke, admin):
    admin.answers["PUT", ONE] = (422, {"detail": "shape", "errors": [{"path": "status", "detail": "one of: Accepted"}]})
    done = invoke("tokens", "put", "04A2/B3", "--status", "Bocked")
    assert done.exit_code == 2
    assert "status: expected one of: Accepted" in done.stderr


def test_delete_takes_a_yes(invoke, admin):
    admin.answers["DELETE", ONE] = (200, {"status": "deleted"})
    assert (invoke("tokens", "delete", "04A2/B3", input="").exit_code, admin.asked) == (2, [])
    assert invoke("tokens", "delete", "04A2/B3", "--yes").stdout == "deleted\n"
    assert json.loads(invoke("tokens", "delete", "04A2/B3", "-y", "--json").stdout) == {"status": "deleted"}


@pytest.mark.parametrize("command", ["list", "show", "put", "delete", "import", "export"])
def test_every_command_has_its_help(invoke, command):
    assert invoke("tokens", command, "--help").exit_code == 0
