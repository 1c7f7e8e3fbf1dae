"""`switchboard do` and `switchboard operations`."""

import json

import pytest

PATH = ("POST", "/api/v1/stations/CP1/operations/reserve")


def test_parameters_are_text_and_the_result_is_printed_as_json(invoke, admin):
    admin.answers[PATH] = (200, {"result": {"status": "Accepted", "reservationId": 7}})
    done = invoke("do", "CP1", "reserve", "connectorId=1", "idTag=0123", "note=a=b")
    assert done.exit_code == 0
    assert json.loads(done.stdout) == {"status": "Accepted", "reservationId": 7}
    assert admin.asked[0]["body"] == {"connectorId": "1", "idTag": "0123", "note": "a=b"}


def test_objects_and_lists_are_json_and_all_can_be_given_at_once(invoke, admin):
    admin.answers[PATH] = (200, {"result": {}})
    invoke("do", "CP1", "reserve", "--params", '{"a": 1, "b": 2}', 'b={"c": [1]}', "d=[1, 2]")
    assert admin.asked[0]["body"] == {"a": 1, "b": {"c": [1]}, "d": [1, 2]}


def test_a_value_may_be_the_text_of_a_file(invoke, admin, tmp_path):
    admin.answers[PATH] = (200, {"result": {}})
    (tmp_path / "root.pem").write_text("-----BEGIN\n")
    invoke("do", "CP1", "reserve", f"certificate=@{tmp_path}/root.pem")
    assert admin.asked[0]["body"] == {"certificate": "-----BEGIN\n"}


@pytest.mark.parametrize(
    ("word", "told"),
    [("connectorId", "NAME=VALUE"), ("=1", "NAME=VALUE"), ("a={", "not JSON"), ("a=@gone", "cannot read gone")],
)
def test_a_wrong_parameter_is_told_and_nothing_is_sent(invoke, admin, word, told):
    done = invoke("do", "CP1", "reserve", word)
    assert done.exit_code == 2
    assert told in done.stderr
    assert admin.asked == []


def test_faults_of_the_parameters_are_listed(invoke, admin):
    faults = [{"path": "idTag", "detail": "is required"}, {"path": "", "detail": "one of the two"}]
    admin.answers[PATH] = (422, {"title": "Invalid body", "detail": "another shape", "errors": faults})
    done = invoke("do", "CP1", "reserve")
    assert done.exit_code == 2
    assert "another shape" in done.stderr
    assert done.stderr.splitlines()[-2:] == ["  idTag: is required", "  one of the two"]


def test_an_error_of_the_station_is_told_in_its_words(invoke, admin):
    admin.answers[PATH] = (502, {"title": "x", "error": {"code": "NotSupported", "description": "", "details": {}}})
    done = invoke("do", "CP1", "reserve")
    assert done.exit_code == 1
    assert "CP1 answered with an error: NotSupported" in done.stderr


def test_json_gives_answers_and_problems_as_the_api_does(invoke, admin):
    admin.answers[PATH] = (409, {"title": "Operation failed", "detail": "no transaction"})
    done = invoke("do", "CP1", "reserve", "--json")
    assert done.exit_code == 1
    assert json.loads(done.stdout)["detail"] == "no transaction"


def test_operations_are_listed_with_what_they_take(invoke, admin):
    params = {"properties": {"connectorId": {}, "idTag": {}}, "required": ["idTag"]}
    rows = [
        {"version": "ocpp1.6", "name": "reserve", "plugin": "r", "summary": "Reserves.", "params": params},
        {"version": "ocpp2.1", "name": "other", "plugin": "r", "summary": "Else.", "params": {}},
    ]
    admin.answers["GET", "/api/v1/operations"] = (200, {"operations": rows})
    done = invoke("operations", "ocpp1.6")
    assert "reserve  [connectorId] idTag" in done.stdout
    assert "Reserves." in done.stdout
    assert "other" not in done.stdout
    assert json.loads(invoke("operations", "--json").stdout) == {"operations": rows}


RESERVE = {
    "version": "ocpp2.1",
    "name": "reserve",
    "summary": "Keep an EVSE.",
    "params": {
        "properties": {
            "idToken": {"anyOf": [{"type": "string"}, {"$ref": "#/$defs/Given"}], "description": "Who\n  may use it."},
            "evseId": {"anyOf": [{"type": "integer"}, {"type": "null"}], "default": None},
            "kinds": {"type": "array", "items": {"type": "string"}},
            "unit": {"enum": ["A", "W"], "default": "A"},
            "fixed": {"const": 1},
        },
        "required": ["idToken"],
        "$defs": {"Given": {"type": "object"}},
    },
}


def test_one_operation_is_explained(invoke, admin):
    other = {**RESERVE, "name": "reset", "params": {}}
    admin.answers["GET", "/api/v1/operations"] = (200, {"operations": [RESERVE, other]})
    done = invoke("operations", "reserve")
    assert done.exit_code == 0
    assert done.stdout.splitlines() == [
        "ocpp2.1  reserve",
        "    Keep an EVSE.",
        "    idToken  text or JSON object; required; Who may use it.",
        "    evseId   whole number",
        "    kinds    list of text",
        '    unit     A, W; default "A"',
        "    fixed    1",
    ]


def test_what_is_neither_a_version_nor_an_operation_is_an_error_with_the_nearest(invoke, admin):
    admin.answers["GET", "/api/v1/operations"] = (200, {"operations": [RESERVE]})
    done = invoke("operations", "reserv")
    assert (done.exit_code, done.stderr.strip()) == (2, "error: reserv: no such version or operation; reserve?")
