"""`switchboard call`."""

import json

import pytest

PATH = ("POST", "/api/v1/stations/CP1/calls")


def test_the_result_is_printed_as_json(invoke, admin):
    admin.answers[PATH] = (200, {"result": {"status": "Accepted"}})
    done = invoke("call", "CP1", "Reset", '{"type": "Soft"}')
    assert done.exit_code == 0
    assert json.loads(done.stdout) == {"status": "Accepted"}
    assert admin.asked[0]["body"] == {"action": "Reset", "payload": {"type": "Soft"}, "timeout": 30.0}


def test_json_gives_the_answer_as_the_api_does(invoke, admin):
    admin.answers[PATH] = (200, {"result": {}})
    assert json.loads(invoke("call", "CP1", "ClearCache", "--json").stdout) == {"result": {}}


def test_a_payload_comes_from_a_file_or_from_standard_input(invoke, admin, tmp_path):
    admin.answers[PATH] = (200, {"result": {}})
    (tmp_path / "p.json").write_text('{"a": 1}')
    invoke("call", "CP1", "X", "@p.json")
    invoke("call", "CP1", "X", "-", input='{"a": 2}')
    assert [one["body"]["payload"] for one in admin.asked] == [{"a": 1}, {"a": 2}]


@pytest.mark.parametrize(("payload", "told"), [("{", "not JSON"), ("[]", "JSON object"), ("@gone", "cannot read gone")])
def test_a_wrong_payload_is_told_and_nothing_is_sent(invoke, admin, payload, told):
    done = invoke("call", "CP1", "X", payload)
    assert done.exit_code == 2
    assert told in done.stderr
    assert admin.asked == []


def test_the_schema_check_and_the_time_limit_can_be_changed(invoke, admin):
    admin.answers[PATH] = (200, {"result": {}})
    invoke("call", "CP1", "X", "--no-validate", "--timeout", "5")
    assert admin.asked[0]["body"] == {"action": "X", "payload": {}, "timeout": 5.0, "validate": False}


def test_an_error_of_the_station_is_told_in_its_words(invoke, admin):
    error = {"code": "NotSupported", "description": "no such thing", "details": {"why": 1}}
    admin.answers[PATH] = (502, {"title": "x", "error": error})
    done = invoke("call", "CP1", "X")
    assert done.exit_code == 1
    assert 'CP1 answered with an error: NotSupported: no such thing: {"why": 1}' in done.stderr


def test_json_gives_the_problem_too(invoke, admin):
    admin.answers[PATH] = (504, {"title": "No answer"})
    done = invoke("call", "CP1", "X", "--json")
    assert done.exit_code == 1
    assert json.loads(done.stdout) == {"title": "No answer"}


def test_a_payload_against_the_schema_is_wrong_input(invoke, admin):
    admin.answers[PATH] = (422, {"detail": "type is missing"})
    done = invoke("call", "CP1", "Reset")
    assert done.exit_code == 2
    assert "type is missing" in done.stderr


def test_the_token_comes_from_the_file_in_the_folder(invoke, admin, tmp_path):
    admin.answers[PATH] = (200, {"result": {}})
    (tmp_path / "switchboard.token").write_text("from-file\n")
    invoke("call", "CP1", "X")
    invoke("call", "CP1", "X", "--token", "given")
    assert [one["authorization"] for one in admin.asked] == ["Bearer from-file", "Bearer given"]


def test_a_token_file_that_is_not_there_is_told(invoke, admin):
    done = invoke("call", "CP1", "X", "--token-file", "gone")
    assert done.exit_code == 2
    assert "cannot read the token file gone" in done.stderr
