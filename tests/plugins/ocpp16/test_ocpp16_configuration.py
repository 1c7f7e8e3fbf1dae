import pytest

from broker.api import Variable
from plugins.ocpp16.configuration import by_key, changes, gone, is_secret, learned, told, unknown, without_secrets


def variable(key, value, **more):
    row = {"component": "", "attribute": "Actual", "readonly": False, "at": 1.0, "previous": None, "changed_at": 1.0}
    return Variable(identity="CP1", variable=key, value=value, **{**row, **more})


KNOWN = by_key([variable("HeartbeatInterval", "300"), variable("AuthorizationKey", None), variable("Old", "x")])


def answer(*keys, **more):
    return {"configurationKey": [{"key": key, "readonly": False, "value": value} for key, value in keys], **more}


@pytest.mark.parametrize("key", ["AuthorizationKey", "authorizationkey", "WiFiPassword", "apn_PSK", "ClientSecret"])
def test_a_secret_is_known_by_its_name(key):
    assert is_secret(key)


@pytest.mark.parametrize("key", ["HeartbeatInterval", "AuthorizationCacheEnabled", "AuthorizeRemoteTxRequests"])
def test_an_ordinary_key_is_no_secret(key):
    assert not is_secret(key)


def test_keys_are_found_without_regard_to_case_and_only_those_of_1_6():
    rows = [variable("Key", "a"), variable("Key", "b", component="Ctrlr"), variable("key2", "c", attribute="Target")]
    assert {name: row.value for name, row in by_key(rows).items()} == {"key": "a"}


@pytest.mark.parametrize("payload", [{}, {"configurationKey": None}, {"configurationKey": [5, {}, {"key": 5}]}])
def test_what_cannot_be_read_is_left_out(payload):
    assert told(payload) == []
    assert unknown({"unknownKey": payload.get("configurationKey")}) == []


def test_a_key_is_learned_with_its_value_and_the_moment():
    row = learned("CP1", {}, "New", "5", True, 9.0)
    assert (row.identity, row.component, row.variable, row.attribute) == ("CP1", "", "New", "Actual")
    assert (row.value, row.readonly, row.at, row.previous, row.changed_at) == ("5", True, 9.0, None, 9.0)


def test_a_key_that_changed_remembers_what_it_was_and_keeps_its_spelling():
    row = learned("CP1", KNOWN, "heartbeatinterval", "60", None, 9.0)
    assert (row.variable, row.value, row.previous, row.changed_at) == ("HeartbeatInterval", "60", "300", 9.0)


def test_a_key_that_did_not_change_keeps_its_moment():
    known = by_key([variable("K", "60", previous="300", changed_at=5.0, readonly=True)])
    row = learned("CP1", known, "K", "60", None, 9.0)
    assert (row.at, row.previous, row.changed_at, row.readonly) == (9.0, "300", 5.0, True)
    assert not learned("CP1", known, "K", "60", False, 9.0).readonly


@pytest.mark.parametrize(("value", "kept"), [(True, "true"), (False, "false"), (5, "5"), (None, None), ([], None)])
def test_a_value_of_another_type_is_kept_as_text(value, kept):
    assert learned("CP1", {}, "K", value, None, 9.0).value == kept


def test_a_secret_is_neither_kept_nor_compared_nor_shown():
    assert learned("CP1", {}, "AuthorizationKey", "s3cret", None, 9.0).value is None
    assert (
        learned("CP1", by_key([variable("WifiPassword", "s3cret")]), "WifiPassword", "s3cret2", None, 9.0).value is None
    )
    assert changes(KNOWN, [answer(("AuthorizationKey", "s3cret"))], everything=False) == []
    assert without_secrets({"key": "AuthorizationKey", "readonly": False, "value": "s"}) == {
        "key": "AuthorizationKey",
        "readonly": False,
    }
    assert without_secrets({"key": "K", "value": "v"}) == {"key": "K", "value": "v"}


def test_what_changed_is_told_with_what_it_was():
    answers = [answer(("heartbeatInterval", "60"), ("New", "1")), answer(("Old", "x"))]
    assert changes(KNOWN, answers, everything=True) == [
        {"key": "heartbeatInterval", "previous": "300", "value": "60"},
        {"key": "New", "value": "1"},
    ]


def test_a_value_that_is_gone_is_told():
    assert changes(KNOWN, [answer(("Old", None))], everything=False) == [{"key": "Old", "previous": "x"}]


def test_nothing_changed_where_nothing_was_known():
    assert changes({}, [answer(("New", "1"))], everything=True) == []


def test_a_key_that_is_not_named_in_everything_is_gone_but_a_secret_never_is():
    whole = [answer(("HeartbeatInterval", "300"))]
    assert changes(KNOWN, whole, everything=True) == [{"key": "Old", "removed": True}]
    assert gone(KNOWN, whole, everything=False) == []
    assert gone(KNOWN, [answer()], everything=True) == [], "an empty answer is no configuration"


def test_a_key_that_the_station_does_not_know_is_gone():
    answers = [answer(("HeartbeatInterval", "300"), unknownKey=["OLD", "Never", "HeartbeatInterval"])]
    assert [row.variable for row in gone(KNOWN, answers, everything=False)] == ["Old"]
