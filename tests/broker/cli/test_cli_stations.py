"""`switchboard stations`."""

import json

from broker.server.credentials import Password

STATION = {
    "identity": "CP1", "connected": True, "version": "ocpp2.0.1", "security_profile": 2, "remote": "10.0.0.1",
    "route": {"primary": "main"}, "tags": {}, "legs": [{"name": "station", "state": "open"}, {"name": "main"}],
}  # fmt: skip


def test_the_list_has_one_line_a_station(invoke, admin):
    admin.answers["GET", "/api/v1/stations"] = (200, {"stations": [STATION, {"identity": "CP2", "connected": False}]})
    lines = invoke("stations", "list").stdout.splitlines()
    assert lines[0].split() == ["IDENTITY", "CONNECTED", "VERSION", "PROFILE", "ADDRESS", "ROUTE"]
    assert lines[1].split() == ["CP1", "yes", "ocpp2.0.1", "2", "10.0.0.1", "main"]
    assert lines[2].split() == ["CP2", "no", "-", "-", "-", "-"]


def test_no_station_is_said(invoke, admin):
    admin.answers["GET", "/api/v1/stations"] = (200, {"stations": []})
    assert invoke("stations", "list").stdout == "no stations\n"
    assert json.loads(invoke("stations", "list", "--json").stdout) == {"stations": []}


def test_one_station_with_everything(invoke, admin):
    admin.answers["GET", "/api/v1/stations/CP%201"] = (200, STATION)
    shown = invoke("stations", "show", "CP 1").stdout
    assert "legs              name=station, state=open\n                  name=main\n" in shown
    assert "tags              -" in shown
    assert json.loads(invoke("stations", "show", "CP 1", "--json").stdout) == STATION


def test_what_a_stranger_wrote_cannot_drive_the_terminal(invoke, admin):
    admin.answers["GET", "/api/v1/stations/CP1"] = (200, {"user_agent": "x\x1b[2J\n"})
    assert "\x1b" not in invoke("stations", "show", "CP1").stdout


def test_an_unknown_station_is_a_failure(invoke, admin):
    done = invoke("stations", "show", "CP9")
    assert done.exit_code == 1
    assert done.stderr.startswith("error: ")


def test_a_password_becomes_a_digest_that_accepts_it(invoke):
    done = invoke("stations", "hash-password", input="correct horse battery\n")
    digest = done.stdout.strip()
    assert digest.startswith("sha256$")
    assert Password.parse(digest).matches(b"correct horse battery")
    assert not Password.parse(digest).matches(b"other")


def test_an_empty_password_is_refused(invoke):
    assert invoke("stations", "hash-password", "--stdin", input="\n").exit_code == 2
