"""`switchboard transactions`."""

import json
from urllib.parse import parse_qs

import pytest

PATH = "/api/v1/transactions"
ROW = {
    "ref": 93, "identity": "CP 1", "transaction": "a/b", "version": "ocpp1.6", "evse": 1, "connector": 1,
    "token": "TAG", "started_at": "2026-01-01T00:00:00.000Z", "stopped_at": None, "energy": None, "stop_reason": None,
    "open": True, "ids": {"main": 17},
}  # fmt: skip
VALUES = f"{PATH}/CP%201/a%2Fb/meter-values"


def value(number, *sampled):
    return {"id": number, "values": [{"timestamp": "2026-01-01T00:00:30Z", "sampledValue": list(sampled)}]}


FIRST = value(
    1,
    {"value": 5, "context": "Sample.Periodic", "measurand": "Power.Active.Import", "location": "Outlet", "unit": "W"},
    {"raw": "x\x1b[0m", "context": "c", "measurand": "SoC", "location": "EV", "phase": "L1"},
)
SECOND = value(2, {"signed": {"signedMeterData": "OCMF"}, "context": "c", "measurand": "m", "location": "l"})


def query(admin, place=-1):
    return {name: one for name, (one,) in parse_qs(admin.asked[place]["query"]).items()}


def test_the_list_has_a_line_a_transaction(invoke, admin):
    admin.answers["GET", PATH] = (200, {"transactions": [ROW], "next": 93})
    done = invoke("transactions", "list")
    heading, line = done.stdout.splitlines()
    assert heading.split() == "REF STATION TRANSACTION EVSE TOKEN STARTED STOPPED WH REASON IDS".split()  # noqa: SIM905
    assert line.split() == ["93", "CP", "1", "a/b", "1", "TAG", "2026-01-01T00:00:00.000Z", "-", "-", "-", "main=17"]
    assert done.stderr == "there are more: --after 93\n"
    assert query(admin) == {"after": "0", "limit": "100"}


def test_what_is_wanted_is_asked_for(invoke, admin):
    admin.answers["GET", PATH] = (200, {"transactions": []})
    since, until = "2026-01-01T00:00:00Z", "2026-01-02T01:00:00+01:00"
    done = invoke("transactions", "list", "--identity", "CP 1", "--id-token", "A&B", "--open", "--since", since,
                  "--until", until, "--after", 5, "--limit", 20)  # fmt: skip
    assert done.stdout == "no transactions\n"
    assert query(admin) == {
        "identity": "CP 1",
        "token": "A&B",
        "open": "true",
        "since": "2026-01-01T00:00:00.000Z",
        "until": "2026-01-02T00:00:00.000Z",
        "after": "5",
        "limit": "20",
    }
    invoke("transactions", "list", "--ended")
    assert query(admin)["open"] == "false"


def test_the_list_for_machines(invoke, admin):
    answer = {"transactions": [ROW], "next": 93}
    admin.answers["GET", PATH] = (200, answer)
    assert json.loads(invoke("transactions", "list", "--json").stdout) == answer


@pytest.mark.parametrize("options", [["--since", "soon"], ["--until", "x"], ["--limit", "0"], ["--after", "-1"]])
def test_wrong_usage_asks_nothing(invoke, admin, options):
    done = invoke("transactions", "list", *options)
    assert (done.exit_code, admin.asked) == (2, [])


def test_one_transaction_with_all_that_was_measured(invoke, admin):
    admin.answers["GET", PATH] = (200, {"transactions": [ROW]})
    admin.answers["GET", VALUES] = (200, {"meter_values": [FIRST, SECOND]})
    lines = invoke("transactions", "show", 93).stdout.splitlines()
    assert (query(admin, 0), query(admin, 1)) == (
        {"after": "92", "limit": "1"},
        {"ref": "93", "after": "0", "limit": "1000"},
    )
    assert any(line.split() == ["token", "TAG"] for line in lines)
    table = [line.split() for line in lines[-4:]]
    assert table[0] == ["TIME", "MEASURAND", "PHASE", "VALUE", "UNIT", "CONTEXT", "LOCATION"]
    assert table[1][1:] == ["Power.Active.Import", "-", "5", "W", "Sample.Periodic", "Outlet"]
    assert table[2][1:3] == ["SoC", "L1"]
    assert "\x1b" not in lines[-2]
    assert table[3][3] == "signed"


def test_all_pages_of_values_are_read(invoke, admin, monkeypatch):
    admin.answers["GET", PATH] = (200, {"transactions": [ROW]})
    pages = iter([(200, {"meter_values": [FIRST], "next": 1}), (200, {"meter_values": [SECOND]})])

    class Pages(dict):
        def get(self, key, default=None):
            return next(pages) if key == ("GET", VALUES) else super().get(key, default)

    admin.answers = Pages(admin.answers)
    shown = json.loads(invoke("transactions", "show", 93, "--json").stdout)
    assert shown == {**ROW, "meter_values": [FIRST, SECOND]}
    assert query(admin)["after"] == "1"


def test_one_that_was_not_measured_has_no_table(invoke, admin):
    admin.answers["GET", PATH] = (200, {"transactions": [ROW]})
    admin.answers["GET", VALUES] = (200, {"meter_values": []})
    assert "MEASURAND" not in invoke("transactions", "show", 93).stdout


@pytest.mark.parametrize("found", [[], [{**ROW, "ref": 94}]])
def test_a_transaction_that_is_not_there_is_a_failure(invoke, admin, found):
    """The next one is not it."""
    admin.answers["GET", PATH] = (200, {"transactions": found})
    done = invoke("transactions", "show", 93)
    assert (done.exit_code, done.stdout) == (1, "")
    assert "there is no transaction 93" in done.stderr
