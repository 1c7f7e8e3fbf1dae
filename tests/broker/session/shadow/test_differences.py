"""In what two answers differ."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broker.ocpp import Reply, ReplyKind
from broker.session.shadow.differences import HIDDEN, Difference, Kind, differences


def result(payload):
    return Reply(ReplyKind.RESULT, payload if isinstance(payload, bytes) else json.dumps(payload).encode())


def found(primary, candidate, action="Authorize"):
    return [tuple(each) for each in differences(action, result(primary), result(candidate))]


def test_the_same_bytes_and_the_same_values_are_equal():
    assert found({"status": "Accepted"}, {"status": "Accepted"}) == []
    assert found(b'{"status":"Accepted","interval":60}', b'{ "interval": 60.0, "status": "Accepted" }') == []


def test_ids_times_and_free_text_are_not_compared():
    primary = {
        "transactionId": 1,
        "currentTime": "2026-01-01T00:00:00Z",
        "statusInfo": {"reasonCode": "A", "status": "x"},
        "customData": {"vendorId": "x", "status": "1"},
        "data": "a",
        "totalCost": 1.5,
        "idTagInfo": {"status": "Accepted", "expiryDate": "2026-01-01T00:00:00Z"},
        "idTokenInfo": {
            "cacheExpiryDateTime": "2026-01-01T00:00:00Z",
            "personalMessage": {"format": "UTF8", "content": "Hello"},
            "groupIdToken": {"additionalInfo": [{"additionalIdToken": "a", "type": "t"}]},
        },
    }
    candidate = {"idTagInfo": {"status": "Accepted"}, "idTokenInfo": {}}
    assert found(primary, candidate) == []


@pytest.mark.parametrize(
    "name", ["status", "certificateStatus", "registrationStatus", "updateStatus", "chargingPriority"]
)
def test_a_status_anywhere(name):
    assert found({name: "Accepted"}, {name: "Rejected"}) == [(Kind.STATUS, name, "Accepted", "Rejected")]
    assert found({"a": [{"b": {name: 1}}]}, {"a": [{"b": {name: 2}}]}) == [(Kind.STATUS, f"a[].b.{name}", 1, 2)]


def test_each_item_of_an_array_is_compared_with_its_counterpart():
    primary = {"rows": [{"status": "A"}, {"status": "B"}, {"status": "C"}]}
    candidate = {"rows": [{"status": "A"}, {"status": "X"}]}
    assert found(primary, candidate) == [
        (Kind.STATUS, "rows[].status", "B", "X"),
        (Kind.STATUS, "rows[].status", "C", None),
    ]


def test_a_member_that_only_one_has():
    assert found({"status": "Accepted"}, {}) == [(Kind.STATUS, "status", "Accepted", None)]
    assert found({}, {"status": {"a": 1}, "idTagInfo": {"status": "Blocked"}}) == [
        (Kind.TOKEN, "idTagInfo.status", None, "Blocked")
    ]


def test_what_is_said_of_a_token():
    primary = {"idTokenInfo": {"status": "Accepted", "chargingPriority": 1, "evseId": [1, 2], "language1": "de"}}
    candidate = {"idTokenInfo": {"status": "Blocked", "chargingPriority": 2, "evseId": [1, 3], "language1": "en"}}
    rows = {path: (kind, ours, theirs) for kind, path, ours, theirs in found(primary, candidate)}
    assert rows == {
        "idTokenInfo.status": (Kind.TOKEN, "Accepted", "Blocked"),
        "idTokenInfo.chargingPriority": (Kind.TOKEN, 1, 2),
        "idTokenInfo.evseId[]": (Kind.TOKEN, 2, 3),
        "idTokenInfo.language1": (Kind.TOKEN, "de", "en"),
    }


def test_another_group_is_a_difference_that_does_not_show_it():
    assert found({"idTagInfo": {"parentIdTag": "G1"}}, {"idTagInfo": {"parentIdTag": "G2"}}) == [
        (Kind.TOKEN, "idTagInfo.parentIdTag", HIDDEN, HIDDEN)
    ]
    group = {"idTokenInfo": {"groupIdToken": {"idToken": "G1", "type": "Central"}}}
    assert found(group, {"idTokenInfo": {}}) == [
        (Kind.TOKEN, "idTokenInfo.groupIdToken.idToken", HIDDEN, None),
        (Kind.TOKEN, "idTokenInfo.groupIdToken.type", "Central", None),
    ]


def test_tokens_are_compared_without_their_case_and_a_status_with_it():
    assert found({"idTagInfo": {"parentIdTag": "ab"}}, {"idTagInfo": {"parentIdTag": "AB"}}) == []
    assert found({"status": "accepted"}, {"status": "Accepted"}) != []


def test_the_boot_interval_and_no_other():
    assert found({"interval": 60}, {"interval": 300}, "BootNotification") == [(Kind.INTERVAL, "interval", 60, 300)]
    assert found({"interval": 60}, {"interval": 300}) == []
    assert found({"a": {"interval": 60}}, {"a": {"interval": 300}}, "BootNotification") == []


def test_true_is_not_one():
    assert found({"status": True}, {"status": 1}) == [(Kind.STATUS, "status", True, 1)]


def test_null_is_as_good_as_absent():
    assert found({"status": None}, {}) == []


def test_an_answer_against_a_refusal():
    ours, theirs = result({"status": "Accepted"}), Reply.error("InternalError", "idTag 04AB")
    row = ("CALLRESULT", "CALLERROR InternalError")
    assert differences("X", ours, theirs) == [Difference(Kind.ERROR, "", *row)]
    assert differences("X", theirs, ours) == [Difference(Kind.ERROR, "", *reversed(row))]


def test_two_refusals():
    one, same, other = Reply.error("A", "x"), Reply.error("A", "y"), Reply.error("B")
    assert differences("X", one, same) == []
    assert differences("X", one, other) == [Difference(Kind.ERROR_CODE, "", "CALLERROR A", "CALLERROR B")]


def test_what_is_shown_is_short():
    assert found({"status": "x" * 900}, {"status": 1.5}) == [(Kind.STATUS, "status", "x" * 64, "1.5")]
    assert differences("X", Reply.error("x" * 900), Reply.error("A"))[0].primary == ("CALLERROR " + "x" * 900)[:64]


def test_an_enormous_answer_is_not_compared_to_its_end():
    rows = [{"status": "A"} for _ in range(100_000)]
    assert 0 < len(found({"rows": rows}, {"rows": []})) <= 2000


NAMES = st.sampled_from(["status", "idTagInfo", "parentIdTag", "rows", "interval", "statusInfo", "x"])
ANSWERS = st.dictionaries(
    NAMES,
    st.recursive(
        st.sampled_from(["Accepted", "Blocked", 1, True, None, 1.5]),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
        max_leaves=10,
    ),
    max_size=4,
)


@given(ANSWERS, ANSWERS)
def test_whoever_is_first_the_differences_are_the_same_and_there_are_none_to_oneself(one, other):
    there = {(kind, path, ours, theirs) for kind, path, ours, theirs in found(one, other, "BootNotification")}
    back = {(kind, path, theirs, ours) for kind, path, ours, theirs in found(other, one, "BootNotification")}
    assert there == back
    assert found(one, json.dumps(one, indent=1).encode()) == []
