"""`switchboard records`."""

import json

import pytest

from broker.cli.records import KINDS
from broker.server.admin.shapes_records import RECORDS

STATION = "/api/v1/stations/CP%2F1"
SHAPES = {
    "connectors": "Connector",
    "configuration": "Variable",
    "reservations": "Reservation",
    "charging-profiles": "ChargingProfile",
    "certificates": "Certificate",
}


@pytest.mark.parametrize("kind", SHAPES)
def test_a_line_a_row(invoke, admin, kind):
    member, keys = KINDS[kind]
    row = {key: f"v{number}" for number, key in enumerate(keys)}
    admin.answers["GET", f"{STATION}/{kind}"] = (200, {member: [row]})
    heading, line = invoke("records", "CP/1", kind).stdout.splitlines()
    assert heading.replace("PROFILE ID", "PROFILE_ID").split()[0] == keys[0].upper()
    assert line.split() == list(row.values())
    admin.answers["GET", f"{STATION}/{kind}"] = (200, {member: []})
    assert invoke("records", "CP/1", kind).stdout == f"no {kind.replace('-', ' ')}\n"


@pytest.mark.parametrize("kind", SHAPES)
def test_the_columns_are_members_of_the_answer(kind):
    member, keys = KINDS[kind]
    assert set(keys) <= set(RECORDS[SHAPES[kind]]["properties"])
    answers = [shape for shape in RECORDS.values() if member in shape["properties"]]
    assert len(answers) == 1


def test_what_a_station_said_of_itself(invoke, admin):
    admin.answers["GET", f"{STATION}/boot"] = (200, {"vendor": "V", "boot": {"iccid": ""}})
    assert invoke("records", "CP/1", "boot").stdout == "vendor  V\nboot    iccid=-\n"


def test_a_local_list_with_its_entries(invoke, admin):
    body = {"version": 3, "status": "Accepted", "entries": {"TAG": {"status": "Accepted"}}}
    admin.answers["GET", f"{STATION}/local-list"] = (200, body)
    lines = invoke("records", "CP/1", "local-list").stdout.splitlines()
    assert lines[0].split() == ["version", "3"]
    assert lines[-1].split() == ["TAG", "status=Accepted"]
    admin.answers["GET", f"{STATION}/local-list"] = (200, {**body, "entries": {}})
    assert "ID" not in invoke("records", "CP/1", "local-list").stdout


@pytest.mark.parametrize("kind", KINDS)
def test_for_machines(invoke, admin, kind):
    admin.answers["GET", f"{STATION}/{kind}"] = (200, {"a": [1]})
    assert json.loads(invoke("records", "CP/1", kind, "--json").stdout) == {"a": [1]}


def test_another_kind_is_wrong_usage(invoke, admin):
    done = invoke("records", "CP1", "secrets")
    assert (done.exit_code, admin.asked) == (2, [])
    assert "connectors, configuration" in done.stderr


def test_the_help_names_every_kind(invoke):
    text = " ".join(invoke("records", "--help").stdout.split())
    assert all(kind in text for kind in KINDS)


def test_documents_are_json(invoke, admin):
    documents = {"ocpp201.display": {"messages": {"3": {"state": "Idle"}}}}
    admin.answers["GET", f"{STATION}/documents"] = (200, {"documents": documents})
    told = invoke("records", "CP/1", "documents").stdout
    assert json.loads(told) == documents
    assert told.count("\n") > 3
