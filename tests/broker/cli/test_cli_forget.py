"""`switchboard forget`."""

import json

import pytest

STATION, TOKEN = ("POST", "/api/v1/stations/CP%2F1/forget"), ("POST", "/api/v1/tokens/A%26B/forget")
GONE = {"rows": {"meter_value": 3, "charging_transaction": 1}, "files": 2, "complete": True}


def test_how_much_of_a_station_went(invoke, admin):
    admin.answers[STATION] = (200, GONE)
    done = invoke("forget", "station", "CP/1", "--yes")
    assert (done.exit_code, done.stderr) == (0, "")
    lines = [line.split() for line in done.stdout.splitlines()]
    assert lines == [["rows", "4,", "2", "files"], ["OF", "ROWS"], ["charging_transaction", "1"], ["meter_value", "3"]]


def test_nothing_to_forget_is_no_failure(invoke, admin):
    admin.answers[STATION] = (200, {"rows": {}, "files": 0, "complete": True})
    assert invoke("forget", "station", "CP/1", "--yes").stdout == "rows 0\n"


def test_something_that_may_be_left_is_a_failure(invoke, admin):
    admin.answers[STATION] = (200, {**GONE, "complete": False})
    for options in ((), ("--json",)):
        done = invoke("forget", "station", "CP/1", "--yes", *options)
        assert done.exit_code == 1
        assert "once it is away" in done.stderr


def test_how_much_of_a_token_went(invoke, admin):
    admin.answers[TOKEN] = (200, {"rows": {"token": 1}})
    done = invoke("forget", "token", "A&B", "--yes")
    assert [line.split() for line in done.stdout.splitlines()] == [["rows", "1"], ["OF", "ROWS"], ["token", "1"]]


def test_for_machines(invoke, admin):
    admin.answers[STATION], admin.answers[TOKEN] = (200, GONE), (200, {"rows": {}})
    assert json.loads(invoke("forget", "station", "CP/1", "--yes", "--json").stdout) == GONE
    assert json.loads(invoke("forget", "token", "A&B", "--yes", "--json").stdout) == {"rows": {}}


@pytest.mark.parametrize(("what", "name"), [("station", "CP/1"), ("token", "A&B")])
def test_it_takes_a_yes(invoke, admin, what, name):
    done = invoke("forget", what, name)
    assert (done.exit_code, admin.asked) == (2, [])
    assert "Say --yes." in done.stderr


@pytest.mark.parametrize(("what", "name"), [("station", "CP/1"), ("token", "A&B")])
def test_a_refusal_is_a_failure(invoke, admin, what, name):
    admin.answers[STATION] = admin.answers[TOKEN] = (403, {"detail": "this takes the role admin"})
    done = invoke("forget", what, name, "--yes")
    assert (done.exit_code, done.stdout) == (1, "")
    assert "this takes the role admin" in done.stderr
