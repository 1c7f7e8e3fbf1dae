"""`switchboard stations ids`."""

import json

PATH = "/api/v1/stations/CP1"
ROW = {
    "ref": 93, "transaction": 17, "owner": "main", "connector": 1, "provisional": False, "closed": False,
    "ids": {"main": 17, "billing": 88213}, "refused": [],
}  # fmt: skip
OTHER = {"space": "reservation", "station_id": 5, "peer": "billing", "peer_id": 1}


def test_transactions_and_everything_else(invoke, admin):
    rows = [ROW, {**ROW, "provisional": True}, {**ROW, "closed": True, "refused": ["billing"]}]
    admin.answers["GET", f"{PATH}/ids"] = (200, {"transactions": rows, "ids": [OTHER]})
    lines = invoke("stations", "ids", "CP1").stdout.splitlines()
    assert lines[0].split() == ["TRANSACTION", "OWNER", "STATE", "CONNECTOR", "IDS", "REFUSED"]
    assert lines[1].split() == ["17", "main", "open", "1", "main=17,", "billing=88213", "-"]
    assert [line.split()[2] for line in lines[1:4]] == ["open", "provisional", "closed"]
    assert lines[3].split()[-1] == "billing"
    assert lines[4] == ""
    assert lines[6].split() == ["reservation", "5", "billing", "1"]


def test_each_of_the_two_alone(invoke, admin):
    admin.answers["GET", f"{PATH}/ids"] = (200, {"transactions": [], "ids": [OTHER]})
    assert len(invoke("stations", "ids", "CP1").stdout.splitlines()) == 2
    admin.answers["GET", f"{PATH}/ids"] = (200, {"transactions": [ROW], "ids": []})
    assert len(invoke("stations", "ids", "CP1").stdout.splitlines()) == 2


def test_none_is_said(invoke, admin):
    admin.answers["GET", f"{PATH}/ids"] = (200, {"transactions": [], "ids": []})
    assert invoke("stations", "ids", "CP1").stdout == "no ids\n"
    assert json.loads(invoke("stations", "ids", "CP1", "--json").stdout) == {"transactions": [], "ids": []}


def test_one_transaction(invoke, admin):
    admin.answers["GET", f"{PATH}/transactions/a%2Fb/ids"] = (200, {**ROW, "transaction": "a/b"})
    shown = invoke("stations", "ids", "CP1", "--transaction", "a/b").stdout
    assert "ids          main=17, billing=88213\n" in shown
    assert "transaction  a/b\n" in shown


def test_an_unknown_transaction_is_a_failure(invoke, admin):
    admin.answers["GET", f"{PATH}/transactions/18/ids"] = (404, {"detail": "no such transaction"})
    done = invoke("stations", "ids", "CP1", "--transaction", "18")
    assert done.exit_code == 1
    assert "no such transaction" in done.stderr
