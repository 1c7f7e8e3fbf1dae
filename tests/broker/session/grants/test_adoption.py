"""What a call would change of a station's credentials, and what the station said to it."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broker.ocpp import Call, Reply, Version
from broker.session.grants.adoption import Adoption, Change, change_in, normalised, settings_of

V16, V201, V21 = Version
CANARY = "canary-0123456789"


class FakeBook:
    """Stands where the credential book stands."""

    def __init__(self, fault=""):
        self.fault = fault
        self.told = []

    async def expect(self, identity, change, *, profile):
        self.told.append((identity, change, profile))
        return self.fault

    def settled(self, identity, change, taken):
        self.told.append((identity, change, taken))


def call(version, action, payload):
    return Call(action, json.dumps(payload).encode(), version=version, origin="main")


def configuration(key, value):
    return call(V16, "ChangeConfiguration", {"key": key, "value": value})


def variables(*settings):
    items = [
        {"attributeValue": value, "component": {"name": component}, "variable": {"name": variable}}
        for component, variable, value in settings
    ]
    return call(V201, "SetVariables", {"setVariableData": items})


def slot(**data):
    return call(V21, "SetNetworkProfile", {"configurationSlot": 1, "connectionData": data})


def results(*answers):
    items = [
        {"attributeStatus": status, "component": {"name": "SecurityCtrlr"}, "variable": {"name": variable}}
        for variable, status in answers
    ]
    return Reply.result({"setVariableResult": items})


# --- reading a call --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("judged", "change"),
    [
        (configuration("AuthorizationKey", CANARY), Change("ChangeConfiguration", password=CANARY)),
        (configuration("authorizationkey ", CANARY), Change("ChangeConfiguration", password=CANARY)),
        (configuration("SecurityProfile", "2"), Change("ChangeConfiguration", security_profile=2)),
        (configuration("SecurityProfile", " 2 "), Change("ChangeConfiguration", security_profile=2)),
        (configuration("ChargePointId", "CP1"), Change("ChangeConfiguration", identity="CP1")),
        (
            variables(("TxCtrlr", "StopTxOnInvalidId", "true"), ("SecurityCtrlr", "BasicAuthPassword", CANARY)),
            Change("SetVariables", password=CANARY),
        ),
        (
            variables(("SecurityCtrlr", "BasicAuthPassword", CANARY), ("SecurityCtrlr", "SecurityProfile", "3")),
            Change("SetVariables", password=CANARY, security_profile=3),
        ),
        (
            variables(("NetworkConfiguration", "SecurityProfile", "2")),
            Change("SetVariables", security_profile=2, slot=True),
        ),
        (
            variables(("NetworkConfiguration", "SecurityProfile", "2"), ("SecurityCtrlr", "SecurityProfile", "2")),
            Change("SetVariables", security_profile=2, slot=False),
        ),
        (slot(securityProfile=2), Change("SetNetworkProfile", security_profile=2, slot=True)),
        (
            slot(securityProfile=2, basicAuthPassword=CANARY, identity="CP1", ocppCsmsUrl="wss://x"),
            Change("SetNetworkProfile", password=CANARY, security_profile=2, identity="CP1", slot=True),
        ),
    ],
)
def test_a_change_is_seen(judged, change):
    assert change_in(judged) == change


@pytest.mark.parametrize(
    "judged",
    [
        configuration("HeartbeatInterval", "10"),
        variables(("SecurityCtrlr", "CertSigningRepeatTimes", "1")),
        slot(ocppCsmsUrl="wss://x"),
        call(V16, "Reset", {"key": "AuthorizationKey", "value": CANARY}),
        call(V16, "DataTransfer", {"key": "AuthorizationKey", "value": CANARY}),
        call(V16, "VendorThing", {"key": "AuthorizationKey", "value": CANARY}),
    ],
)
def test_whatever_else_passes_is_no_change(judged):
    assert change_in(judged) is None


def test_another_spelling_of_the_action_is_seen():
    judged = call(V16, "changeConfiguration", {"Key": "AuthorizationKey", "Value": CANARY})
    assert change_in(judged) == Change("changeConfiguration", password=CANARY)


@pytest.mark.parametrize(
    "judged",
    [
        configuration("AuthorizationKey", None),
        configuration("AuthorizationKey", ""),
        configuration("AuthorizationKey", 12345678),
        configuration("AuthorizationKey", "\ud800"),
        configuration("SecurityProfile", "two"),
        configuration("SecurityProfile", "\u0662"),
        configuration("SecurityProfile", "22"),
        configuration("SecurityProfile", True),
        configuration("SecurityProfile", 2.0),
        slot(securityProfile=None),
        variables(("SecurityCtrlr", "BasicAuthPassword", "a"), ("NetworkConfiguration", "BasicAuthPassword", "b")),
        variables(("SecurityCtrlr", "SecurityProfile", "1"), ("NetworkConfiguration", "SecurityProfile", "2")),
        Call("ChangeConfiguration", b'{"key":"AuthorizationKey","value":"a","value":"b"}', version=V16),
        Call("ChangeConfiguration", b'{"key":"HeartbeatInterval","value":"a","Key":"AuthorizationKey"}', version=V16),
        Call("ChangeConfiguration", b"{", version=V16),
        Call("ChangeConfiguration", b'{"a":' * 5_000, version=V16),
    ],
)
def test_what_cannot_be_followed_is_a_fault_and_never_nothing(judged):
    change = change_in(judged)
    assert change.fault
    assert (change.password, change.security_profile, change.identity) == (None, None, None)


def test_the_same_password_twice_is_one():
    judged = variables(
        ("SecurityCtrlr", "BasicAuthPassword", CANARY), ("NetworkConfiguration", "BasicAuthPassword", CANARY)
    )
    assert change_in(judged) == Change("SetVariables", password=CANARY)


def test_a_secret_is_in_no_repr():
    for judged in (
        configuration("AuthorizationKey", CANARY),
        variables(("SecurityCtrlr", "BasicAuthPassword", CANARY)),
    ):
        assert "canary" not in repr(change_in(judged)) + repr(settings_of(judged))
    assert repr(change_in(configuration("AuthorizationKey", CANARY))) == "<Change ChangeConfiguration: password>"
    assert "canary" not in repr(change_in(Call("ChangeConfiguration", b'{"key":"canary', version=V16)))


@pytest.mark.parametrize(
    ("change", "kind"),
    [
        (Change("x", password="p"), "password"),
        (Change("x", password="p", security_profile=0), "password, security_profile"),
        (Change("x", identity="i"), "identity"),
    ],
)
def test_the_kind_of_a_change_is_for_logs(change, kind):
    assert change.kind == kind


@given(st.text(st.characters(max_codepoint=0x7F)))
def test_a_normalised_name_has_letters_and_digits_without_case(text):
    assert normalised(text) == "".join(char for char in text.lower() if char.isalnum())
    assert normalised(text.upper()) == normalised(text)


# --- the station's answer --------------------------------------------------------------------------------------------

PASSWORD = Change("ChangeConfiguration", password=CANARY)


@pytest.mark.parametrize(
    ("reply", "taken"),
    [
        (Reply.result({"status": "Accepted"}), True),
        (Reply.result({"status": "RebootRequired"}), True),
        (Reply.result({"status": "Rejected"}), False),
        (Reply.result({"status": "NotSupported"}), False),
        (Reply.error("InternalError"), False),
        (None, None),
        (Reply.result({}), None),
        (Reply.result({"status": 1}), None),
        (Reply.result(b"{"), None),
        (Reply.result(b"[]"), None),
        (Reply.result(b'{"status":"Accepted","status":"Rejected"}'), None),
        (results(("BasicAuthPassword", "Accepted")), True),
        (results(("Other", "Rejected"), ("BasicAuthPassword", "RebootRequired")), True),
        (results(("Other", "Accepted"), ("BasicAuthPassword", "Rejected")), False),
        (results(("basicAuthPassword ", "Accepted")), True),
        (results(("Other", "Accepted")), None),
        (Reply.result({"setVariableResult": []}), None),
        (Reply.result({"setVariableResult": {"a": 1}}), None),
        (Reply.result({"setVariableResult": [{"attributeStatus": "Accepted"}]}), None),
    ],
)
def test_the_answer_says_yes_or_no_or_nothing(reply, taken):
    book = FakeBook()
    assert Adoption(book, "CP1", profile=1).confirmed(PASSWORD, reply) == (taken is True)
    assert book.told == [("CP1", PASSWORD, taken)]


@pytest.mark.parametrize("fault", ["", "no store"])
async def test_the_book_is_asked_before_the_call_goes_out(fault):
    book = FakeBook(fault)
    adoption = Adoption(book, "CP1", profile=2)
    change = adoption.watch(configuration("AuthorizationKey", CANARY))
    assert await adoption.expect(change) == fault
    assert book.told == [("CP1", change, 2)]


def test_a_call_that_never_went_out_changes_nothing():
    book = FakeBook()
    Adoption(book, "CP1", profile=1).unsent(PASSWORD)
    assert book.told == [("CP1", PASSWORD, False)]
