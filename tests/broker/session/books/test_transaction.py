"""One transaction, and what an answer says about it."""

import msgspec
import pytest
from transactions_kit import FAILED, event, meter, start, started

from broker.ocpp import Call, Reply, Version
from broker.session.books.transaction import Tx, connector_of, members, refusal_status, transaction_id


@pytest.mark.parametrize("number", [0, -1, 1, 2**63 - 1, -(2**63)])
@pytest.mark.parametrize("codec", [msgspec.json, msgspec.msgpack])
def test_a_row_is_the_same_when_it_is_read_again(number, codec):
    tx = Tx(
        1, "ocpp1.6", number, "a", 2, {"a": number}, ["b"], True, "Blocked", True, True, "s", "e", b"\xff", b"{}", 1.5
    )
    assert codec.decode(codec.encode(tx), type=Tx) == tx
    named = Tx(1, "ocpp2.0.1", "5", "a")
    assert codec.decode(codec.encode(named), type=Tx).station_id == "5"


def test_two_rows_share_nothing():
    first, second = Tx(1, "v", 1, "a"), Tx(2, "v", 2, "a")
    first.ids["a"] = 1
    first.refused.append("b")
    assert (second.ids, second.refused) == ({}, [])


def test_no_reply_shows_in_a_log():
    assert "SECRET" not in repr(Tx(1, "v", 1, "a", start_reply=b"SECRET", stop_reply=b"SECRET"))


@pytest.mark.parametrize("number", [0, -1, 2**63 - 1, -(2**63)])
def test_q37_any_64_bit_integer_is_an_id(number):
    assert transaction_id(started(number)) == number


@pytest.mark.parametrize("value", [True, False, None, "5", 5.0, [5], 2**63, -(2**63) - 1, 2**200])
def test_what_is_no_integer_is_no_id(value):
    assert transaction_id(Reply.result({"transactionId": value})) is None


@pytest.mark.parametrize("reply", [FAILED, Reply.result({}), Reply.result(b'{"transactionId":tru}')])
def test_an_answer_without_an_id(reply):
    assert transaction_id(reply) is None


@pytest.mark.parametrize(
    ("version", "name"), [("ocpp1.6", "idTagInfo"), ("ocpp2.0.1", "idTokenInfo"), ("ocpp2.1", "idTokenInfo")]
)
def test_the_status_that_refuses(version, name):
    assert refusal_status(Reply.result({name: {"status": "Blocked"}}), version) == "Blocked"
    for accepting in ({"status": "Accepted"}, {}, {"status": 5}, "Blocked", None):
        assert refusal_status(Reply.result({name: accepting}), version) == ""
    other = "idTagInfo" if name == "idTokenInfo" else "idTokenInfo"
    assert refusal_status(Reply.result({other: {"status": "Blocked"}}), version) == ""
    assert refusal_status(FAILED, version) == ""


def test_where_the_transaction_is():
    assert connector_of(start(3)) == 3
    assert connector_of(start(0)) == 0
    assert connector_of(event("Started", evse=2)) == 2
    assert connector_of(event("Started")) is None
    assert connector_of(start(connector=True)) is None
    assert connector_of(event("Started", evse="2")) is None  # type: ignore[arg-type]


def test_the_members_of_what_cannot_be_read_are_none():
    assert members(Call("X", b'{"a":tru}', Version.V16)) == {}
    assert members(Reply.result(b"{" * 5000)) == {}
    assert members(FAILED) == {}
    assert members(meter(5).call)["transactionId"] == 5
