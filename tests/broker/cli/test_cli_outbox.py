"""`switchboard outbox`."""

import json

import pytest

ROW = {
    "identity": "CP 1", "upstream": "billing", "depth": 12, "bytes": 3391, "oldest": "2026-01-01T11:58:03Z",
    "state": "down", "error": "", "connected": False,
}  # fmt: skip
MESSAGE = {
    "id": 4, "received_at": "2026-01-01T11:58:03Z", "action": "StopTransaction", "transaction": 17, "attempts": 2,
    "error": "InternalError: no\x1b", "payload": {"transactionId": 17, "meterStop": 1500},
}  # fmt: skip
PATH = "/api/v1/outbox/CP%201/a%2Fb"


def test_the_list_has_one_line_an_outbox(invoke, admin):
    admin.answers["GET", "/api/v1/outbox"] = (200, {"outboxes": [ROW]})
    lines = invoke("outbox", "list", "--identity", "CP 1", "--upstream", "billing").stdout.splitlines()
    assert lines[0].split() == ["STATION", "UPSTREAM", "WAITING", "BYTES", "OLDEST", "STATE", "ERROR"]
    assert lines[1].split() == ["CP", "1", "billing", "12", "3391", "2026-01-01T11:58:03Z", "down", "-"]
    assert admin.asked[0]["query"] == "identity=CP+1&upstream=billing"


def test_nothing_waits(invoke, admin):
    admin.answers["GET", "/api/v1/outbox"] = (200, {"outboxes": []})
    assert invoke("outbox", "list").stdout == "nothing waits\n"
    assert admin.asked[0]["query"] == ""
    assert json.loads(invoke("outbox", "list", "--json").stdout) == {"outboxes": []}


def test_the_messages_of_one_and_how_to_see_more(invoke, admin):
    admin.answers["GET", PATH] = (200, {"messages": [MESSAGE], "next": 4})
    done = invoke("outbox", "show", "CP 1", "a/b", "--after", 3, "--limit", 1)
    assert admin.asked[0]["query"] == "after=3&limit=1"
    assert done.stdout.splitlines()[1].split()[:5] == ["4", "2026-01-01T11:58:03Z", "StopTransaction", "17", "2"]
    assert "transaction 17" in done.stdout
    assert "\x1b" not in done.stdout
    assert done.stderr == "there are more: --after 4\n"


def test_an_outbox_that_is_empty(invoke, admin):
    admin.answers["GET", PATH] = (200, {"messages": []})
    assert invoke("outbox", "show", "CP 1", "a/b").stdout == "nothing waits\n"
    assert json.loads(invoke("outbox", "show", "CP 1", "a/b", "--json").stdout) == {"messages": []}


def test_a_payload_that_was_no_json_is_no_trouble(invoke, admin):
    admin.answers["GET", PATH] = (200, {"messages": [{**MESSAGE, "payload": "{broken"}]})
    assert invoke("outbox", "show", "CP 1", "a/b").exit_code == 0


def test_retry(invoke, admin):
    admin.answers["POST", f"{PATH}/retry"] = (200, {"status": "retrying"})
    assert invoke("outbox", "retry", "CP 1", "a/b").stdout == "retrying\n"
    assert json.loads(invoke("outbox", "retry", "CP 1", "a/b", "--json").stdout) == {"status": "retrying"}
    assert admin.asked[0]["body"] is None


def test_drop_takes_a_yes(invoke, admin):
    admin.answers["DELETE", PATH] = (200, {"dropped": 2})
    done = invoke("outbox", "drop", "CP 1", "a/b", input="")
    assert (done.exit_code, admin.asked) == (2, [])
    assert "--yes" in done.stderr
    assert invoke("outbox", "drop", "CP 1", "a/b", "--yes").stdout == "dropped 2\n"
    assert json.loads(invoke("outbox", "drop", "CP 1", "a/b", "-y", "--json").stdout) == {"dropped": 2}


def test_that_nothing_waited_is_said(invoke, admin):
    admin.answers["DELETE", PATH] = (200, {"dropped": 0})
    assert invoke("outbox", "drop", "CP 1", "a/b", "--yes").stderr == "nothing waited\n"


@pytest.mark.parametrize("command", ["show", "retry"])
def test_an_unknown_outbox_is_a_failure(invoke, admin, command):
    method, tail = ("GET", "") if command == "show" else ("POST", "/retry")
    admin.answers[method, PATH + tail] = (404, {"detail": "no upstream a/b is configured"})
    done = invoke("outbox", command, "CP 1", "a/b")
    assert done.exit_code == 1
    assert "no upstream a/b is configured" in done.stderr
