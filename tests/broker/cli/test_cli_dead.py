"""`switchboard outbox dead`."""

import json

import pytest

PATH = "/api/v1/outbox/dead"
LETTER = {
    "id": 7, "identity": "CP1", "upstream": "billing", "action": "StartTransaction", "transaction": None,
    "received_at": "2026-01-01T00:00:00Z", "attempts": 3, "error": "InternalError: no", "reason": "refused",
    "buried_at": "2026-01-01T00:10:00Z", "payload": {"connectorId": 1, "meterStart": 5},
}  # fmt: skip
REPLAY, DROP = ("POST", f"{PATH}/replay"), ("DELETE", PATH)


def test_the_list_has_one_line_a_letter(invoke, admin):
    admin.answers["GET", PATH] = (200, {"messages": [LETTER], "next": 7})
    done = invoke("outbox", "dead", "list", "--identity", "CP1", "--upstream", "billing", "--after", 2, "--limit", 1)
    assert admin.asked[0]["query"] == "identity=CP1&upstream=billing&after=2&limit=1"
    assert done.stdout.splitlines()[0].split() == [
        "ID", "STATION", "UPSTREAM", "ACTION", "TRANSACTION", "RECEIVED", "REASON", "ERROR",
    ]  # fmt: skip
    assert done.stdout.splitlines()[1].split()[:7] == [
        "7", "CP1", "billing", "StartTransaction", "-", "2026-01-01T00:00:00Z", "refused",
    ]  # fmt: skip
    assert done.stderr == "there are more: --after 7\n"


def test_none_is_said(invoke, admin):
    admin.answers["GET", PATH] = (200, {"messages": []})
    assert invoke("outbox", "dead", "list").stdout == "no dead letters\n"
    assert json.loads(invoke("outbox", "dead", "list", "--json").stdout) == {"messages": []}


def test_one_letter_with_its_payload(invoke, admin):
    admin.answers["GET", PATH] = (200, {"messages": [LETTER]})
    shown = invoke("outbox", "dead", "show", 7).stdout
    assert admin.asked[0]["query"] == "after=6&limit=1"
    assert "reason       refused\n" in shown
    assert shown.endswith('{\n  "connectorId": 1,\n  "meterStart": 5\n}\n')
    assert json.loads(invoke("outbox", "dead", "show", 7, "--json").stdout) == LETTER


@pytest.mark.parametrize("found", [[], [{**LETTER, "id": 8}]])
def test_a_letter_that_is_not_there_is_a_failure(invoke, admin, found):
    """The next one is not it."""
    admin.answers["GET", PATH] = (200, {"messages": found})
    done = invoke("outbox", "dead", "show", 7)
    assert (done.exit_code, done.stdout) == (1, "")
    assert "there is no dead letter 7" in done.stderr


def test_replay_by_id(invoke, admin):
    admin.answers[REPLAY] = (200, {"replayed": 2, "missing": []})
    assert invoke("outbox", "dead", "replay", 8, 7, 8).stdout == "replayed 2\n"
    assert admin.asked[0]["body"] == {"ids": [7, 8]}


def test_ids_that_are_no_letters_are_a_failure(invoke, admin):
    admin.answers[REPLAY] = (200, {"replayed": 1, "missing": [8]})
    done = invoke("outbox", "dead", "replay", 7, 8)
    assert (done.exit_code, done.stdout, done.stderr) == (1, "replayed 1\n", "no dead letters: 8\n")
    done = invoke("outbox", "dead", "replay", 7, 8, "--json")
    assert (done.exit_code, json.loads(done.stdout)) == (1, {"replayed": 1, "missing": [8]})


@pytest.mark.parametrize(
    ("options", "body"),
    [
        (["--identity", "CP1"], {"identity": "CP1"}),
        (["--upstream", "billing"], {"upstream": "billing"}),
        (["--identity", "CP1", "--upstream", "billing"], {"identity": "CP1", "upstream": "billing"}),
    ],
)
def test_all_of_a_station_or_an_upstream(invoke, admin, options, body):
    admin.answers[REPLAY] = (200, {"replayed": 3, "missing": []})
    admin.answers[DROP] = (200, {"dropped": 3, "missing": []})
    assert invoke("outbox", "dead", "replay", *options).stdout == "replayed 3\n"
    assert invoke("outbox", "dead", "drop", "--yes", *options).stdout == "dropped 3\n"
    assert [asked["body"] for asked in admin.asked] == [body, body]


@pytest.mark.parametrize("command", ["replay", "drop"])
@pytest.mark.parametrize("arguments", [[], ["7", "--identity", "CP1"], ["7", "--upstream", "billing"], ["0"], ["x"]])
def test_it_has_to_be_clear_which_ones(invoke, admin, command, arguments):
    done = invoke("outbox", "dead", command, *arguments)
    assert (done.exit_code, admin.asked) == (2, [])


@pytest.mark.parametrize(
    ("arguments", "question"),
    [
        (["7", "8"], "Delete 2 dead letters"),
        (["--identity", "A", "--upstream", "b"], "dead letter of A and b for good?"),
    ],
)
def test_drop_takes_a_yes(invoke, admin, arguments, question):
    done = invoke("outbox", "dead", "drop", *arguments, input="")
    assert (done.exit_code, admin.asked) == (2, [])
    assert question in done.stderr


def test_more_ids_than_the_api_takes_at_once_go_in_parts(invoke, admin):
    admin.answers[DROP] = (200, {"dropped": 1, "missing": [5]})
    done = invoke("outbox", "dead", "drop", "--yes", "--json", *range(1, 1502))
    assert json.loads(done.stdout) == {"dropped": 2, "missing": [5, 5]}
    assert [len(asked["body"]["ids"]) for asked in admin.asked] == [1000, 501]
