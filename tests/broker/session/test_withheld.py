"""A secondary never sees the station's password, whatever the station tells it."""

import pytest

from broker.ocpp import Call, Reply, Version
from broker.session.withheld import call_without_password, reply_without_password

PASSWORD = {"component": {"name": "SecurityCtrlr"}, "variable": {"name": "BasicAuthPassword"}}
OTHER = {"component": {"name": "SecurityCtrlr"}, "variable": {"name": "Identity"}}


@pytest.mark.parametrize("name", ["AuthorizationKey", "authorizationKEY ", "Authorization_Key", "BasicAuthPassword"])
def test_the_password_is_left_out_of_a_configuration(name):
    hidden, shown = {"key": name, "readonly": False, "value": "SECRET"}, {"key": "A", "readonly": True, "value": "1"}
    reply = Reply.result({"configurationKey": [hidden, shown], "unknownKey": ["Password"]})
    expected = [{"key": name, "readonly": False}, shown]
    assert reply_without_password(reply).payload == {"configurationKey": expected, "unknownKey": ["Password"]}


def test_the_password_is_left_out_of_variables():
    result = [{**PASSWORD, "attributeStatus": "Accepted", "attributeValue": "SECRET"}]
    shown = {**OTHER, "attributeStatus": "Accepted", "attributeValue": "CP"}
    changed = reply_without_password(Reply.result({"getVariableResult": [*result, shown]}))
    assert changed.payload == {"getVariableResult": [{**PASSWORD, "attributeStatus": "Accepted"}, shown]}


def test_the_password_is_left_out_of_a_report():
    attributes = [{"type": "Actual", "value": "SECRET"}, "odd"]
    data = [{**PASSWORD, "variableAttribute": attributes}, {**OTHER, "variableAttribute": attributes}]
    call = Call.of("NotifyReport", {"requestId": 1, "reportData": data}, version=Version.V201)
    hidden = {**PASSWORD, "variableAttribute": [{"type": "Actual"}, "odd"]}
    assert call_without_password(call).payload == {"requestId": 1, "reportData": [hidden, data[1]]}


def test_a_name_with_escapes_is_read():
    raw = b'{"configurationKey":[{"key":"Authoriz\\u0061tionKey","value":"SECRET"}]}'
    assert b"SECRET" not in reply_without_password(Reply.result(raw)).raw


@pytest.mark.parametrize(
    "payload", [{}, {"status": "Accepted"}, {"configurationKey": "password"}, {"key": ["password"]}]
)
def test_what_holds_no_password_is_the_same_object(payload):
    reply = Reply.result(payload)
    assert reply_without_password(reply) is reply
    call = Call.of("NotifyReport", payload, version=Version.V201)
    assert call_without_password(call) is call


def test_an_error_is_the_same_object():
    error = Reply.error("InternalError", "no password")
    assert reply_without_password(error) is error
