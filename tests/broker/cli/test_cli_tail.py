"""`switchboard tail`."""

import json

CALL = {
    "kind": "call", "at": 1_700_000_000.0, "identity": "CP1", "version": "ocpp1.6", "direction": "from_station",
    "peer": "main", "action": "Authorize", "message_id": "1", "outcome": "", "payload": {"idTag": "T"},
}  # fmt: skip
REPLY = CALL | {
    "kind": "reply",
    "at": 1_700_000_000.25,
    "outcome": "result",
    "payload": {"idTagInfo": {"status": "Blocked"}},
}


def test_one_line_for_each_message_with_the_time_of_the_answer(invoke, admin):
    admin.events = [CALL, {"kind": "session"}, REPLY]
    done = invoke("tail")
    first, second = done.stdout.splitlines()
    assert first.endswith("CP1       ocpp1.6    -> Authorize  idTag T")
    assert second.endswith("CP1       ocpp1.6    <= Authorize  Blocked  (250.0 ms)")
    assert done.exit_code == 0


def test_json_gives_each_event_on_one_line(invoke, admin):
    admin.events = [CALL, REPLY]
    assert [json.loads(line) for line in invoke("tail", "--json").stdout.splitlines()] == [CALL, REPLY]


def test_station_and_action_are_asked_of_the_broker(invoke, admin):
    invoke("tail", "CP 1", "--action", "Authorize")
    assert admin.asked[0]["query"] == "identity=CP+1&action=Authorize"


def test_it_stops_after_the_count(invoke, admin):
    admin.events = [CALL, CALL, CALL]
    assert len(invoke("tail", "-n", "2").stdout.splitlines()) == 2


def test_a_refused_token_is_told(invoke, admin, monkeypatch):
    monkeypatch.setenv("SWITCHBOARD_ADMIN", "http://127.0.0.1:1")
    done = invoke("tail")
    assert done.exit_code == 1
    assert "cannot reach the broker" in done.stderr
