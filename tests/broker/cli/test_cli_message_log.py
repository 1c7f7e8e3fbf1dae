"""`switchboard messages`."""

import json
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs

import pytest

PATH = "/api/v1/messages"
CALL = {
    "id": 7, "at": "2026-01-01T12:00:00.000Z", "identity": "CP1", "direction": "from_station", "peer": "main",
    "kind": "call", "action": "Authorize", "message_id": "1", "outcome": "", "payload": {"idTag": "T"},
}  # fmt: skip
REPLY = CALL | {
    "id": 8,
    "at": "2026-01-01T12:00:00.250Z",
    "kind": "reply",
    "outcome": "result",
    "payload": {"idTagInfo": {"status": "Blocked"}},
}


def query_of(admin, place=-1):
    return {name: value for name, (value,) in parse_qs(admin.asked[place]["query"]).items()}


def answer(admin, *rows, **more):
    admin.answers["GET", PATH] = (200, {"messages": list(rows), **more})


def test_a_line_a_message_under_its_day(invoke, admin):
    answer(admin, CALL, REPLY, CALL | {"at": "2026-01-03T12:00:00.000Z"})
    lines = invoke("messages").stdout.splitlines()
    assert [lines[0], lines[3]] == ["2026-01-01", "2026-01-03"]
    assert lines[1].endswith("-> Authorize  idTag T")
    assert lines[2].endswith("<= Authorize  Blocked  (250.0 ms)")


def test_what_is_wanted_is_asked_for(invoke, admin):
    answer(admin, CALL)
    since, until = "2026-01-01T00:00:00Z", "2026-01-02T01:00:00+01:00"
    invoke("messages", "CP 1", "--action", "Reset", "--direction", "to_station", "--since", since, "--until", until,
           "--after", 5, "--limit", 20)  # fmt: skip
    assert query_of(admin) == {
        "identity": "CP 1",
        "action": "Reset",
        "direction": "to_station",
        "since": "2026-01-01T00:00:00.000Z",
        "until": "2026-01-02T00:00:00.000Z",
        "after": "5",
        "limit": "20",
    }


@pytest.mark.parametrize(
    ("options", "ago"),
    [
        ((), timedelta(hours=1)),
        (("--since", "90s"), timedelta(seconds=90)),
        (("--since", "15m"), timedelta(minutes=15)),
        (("--since", "2h"), timedelta(hours=2)),
        (("--since", "3d"), timedelta(days=3)),
    ],
)
def test_since_may_be_so_long_ago(invoke, admin, options, ago):
    answer(admin)
    before = datetime.now(UTC) - ago - timedelta(milliseconds=1)
    assert invoke("messages", *options).exit_code == 0
    assert before <= datetime.fromisoformat(query_of(admin)["since"]) <= datetime.now(UTC) - ago


@pytest.mark.parametrize("wrong", ["yesterday", "5", "5w", "999999999d", "2026-13-01T00:00:00Z"])
def test_what_is_no_time_is_told(invoke, admin, wrong):
    done = invoke("messages", "--since", wrong)
    assert done.exit_code == 2
    assert f"--since: {wrong} is no time" in done.stderr
    assert admin.asked == []


def test_pages_are_fetched_until_the_limit(invoke, admin):
    answer(admin, *[CALL] * 500, next=507)
    done = invoke("messages", "--limit", 700)
    assert [query_of(admin, place).get("after") for place in range(2)] == ["0", "507"]
    assert [query_of(admin, place)["limit"] for place in range(2)] == ["500", "200"]
    assert "there may be more: --after 507" in done.stderr


def test_at_the_end_nothing_more_is_promised(invoke, admin):
    answer(admin, CALL)
    done = invoke("messages", "--limit", 1)
    assert done.stderr == ""
    assert len(admin.asked) == 1


def test_nothing_kept_says_what_may_be_missing(invoke, admin):
    answer(admin)
    assert "policy.message_log" in invoke("messages").stdout


def test_json_is_the_brokers_own_lines(invoke, admin):
    lines = b'{"id":7,"payload":{"limit": 1.50}}\n{"id":8,"payload":null}\n'
    admin.answers["GET", PATH] = (200, lines)
    done = invoke("messages", "CP1", "--json")
    assert done.stdout.encode() == lines
    asked = query_of(admin)
    assert (asked["identity"], asked["format"], asked.get("limit")) == ("CP1", "jsonl", None)
    invoke("messages", "--json", "--limit", "5", "--after", "3")
    assert (query_of(admin)["limit"], query_of(admin)["after"]) == ("5", "3")


@pytest.mark.parametrize("options", [(), ("--json",)])
@pytest.mark.parametrize(("status", "code"), [(400, 2), (503, 1)])
def test_a_refusal_is_told(invoke, admin, options, status, code):
    admin.answers["GET", PATH] = (status, {"title": "No", "detail": "not so"})
    done = invoke("messages", *options)
    assert done.exit_code == code
    assert "not so" in done.stderr


@pytest.mark.parametrize(
    "odd",
    [
        {"payload": None},
        {"payload": {"cut": 5000, "text": '{"idT'}},
        {"payload": "[2,", "kind": "malformed", "outcome": "not_json", "action": ""},
        {"payload": ["NotSupported", "no", {}], "kind": "reply", "outcome": "error"},
    ],
)
def test_every_kind_of_payload_has_its_line(invoke, admin, odd):
    answer(admin, CALL | odd)
    done = invoke("messages")
    assert done.exit_code == 0
    assert len(done.stdout.splitlines()) == 2


def test_a_stranger_cannot_drive_the_terminal(invoke, admin):
    answer(admin, CALL | {"identity": "a\x1b[2J", "payload": {"idTag": "\x1b[2J"}})
    assert "\x1b" not in invoke("messages").stdout


def test_the_json_of_an_answer_is_read_back(invoke, admin):
    admin.answers["GET", PATH] = (200, json.dumps(CALL).encode() + b"\n")
    assert json.loads(invoke("messages", "--json").stdout) == CALL
