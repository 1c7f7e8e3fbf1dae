"""Calls and replies: the payload stays text until somebody asks."""

import pytest

from broker.ocpp import Call, JsonFloat, Reply, ReplyKind, Version, encode_call, parse

FRAME = '[2,7,"MeterValues",{ "v": 1.50, "x": "\\u00e9", "n": null }]'


def received(frame: str = FRAME) -> Call:
    call = parse(frame, Version.V16, origin="billing")
    assert isinstance(call, Call)
    return call


def test_a_payload_is_decoded_once():
    call = received()
    assert call.payload == {"v": 1.5, "x": "\u00e9", "n": None}
    assert call.payload is call.payload
    assert isinstance(call.payload["v"], JsonFloat)


def test_the_plain_payload_serves_both_when_there_is_no_float():
    call = received('[2,"1","A",{"a":1}]')
    assert call.plain_payload is call.payload
    call = received()
    assert type(call.plain_payload["v"]) is float
    assert isinstance(call.payload["v"], JsonFloat)


def test_q24_a_replaced_payload_keeps_the_literals_that_were_not_touched():
    changed = received().replaced({**received().payload, "extra": 0.1})
    assert changed.raw == '{"v":1.50,"x":"\u00e9","n":null,"extra":0.1}'.encode()


def test_a_replaced_call_is_the_same_call_otherwise():
    call = received()
    changed = call.replaced({"a": 1})
    assert (changed.id, changed.id_json, changed.action) == ("7", b"7", "MeterValues")
    assert (changed.version, changed.origin, changed.expects_reply) == (Version.V16, "billing", True)
    assert call.raw == b'{ "v": 1.50, "x": "\\u00e9", "n": null }'
    send = parse('[6,"1","A",{}]', Version.V21)
    assert isinstance(send, Call)
    assert send.replaced({}).expects_reply is False


def test_q25_a_call_of_our_own_is_compact_and_has_no_null():
    call = Call.of("Reset", {"type": "Hard", "extra": None}, version=Version.V16, origin="api")
    assert encode_call("b-1", call) == b'[2,"b-1","Reset",{"type":"Hard"}]'
    assert call.origin == "api"


def test_a_result_takes_a_dict_or_bytes():
    assert Reply.result({"a": None, "b": 1}).raw == b'{"b":1}'
    assert Reply.result(b'{"a": null}').raw == b'{"a": null}'
    assert Reply.result({}).is_result


def test_an_error_has_code_description_and_details():
    reply = Reply.error("InternalError", 'a "quote"', {"x": 1})
    assert reply.raw == b'"InternalError","a \\"quote\\"",{"x":1}'
    assert (reply.code, reply.description, reply.details) == ("InternalError", 'a "quote"', {"x": 1})
    assert (reply.is_result, reply.payload, reply.plain_payload) == (False, {}, {})


def test_an_error_description_has_at_most_255_characters():
    assert Reply.error("InternalError", "x" * 300).description == "x" * 255
    assert Reply.error("InternalError").raw == b'"InternalError","",{}'


def test_a_result_has_no_code():
    reply = Reply.result({"a": 1.50})
    assert (reply.code, reply.description, reply.details) == ("", "", {})


def test_a_result_error_carries_the_same_error():
    reply = Reply.error("FormatViolation", "no").as_result_error()
    assert (reply.kind, reply.code) == (ReplyKind.RESULT_ERROR, "FormatViolation")


def test_a_replaced_reply_is_a_result_with_the_same_id():
    reply = parse('[3,"9",{"a":1.50,"b":1}]', Version.V16)
    assert isinstance(reply, Reply)
    changed = reply.replaced({**reply.payload, "b": 2})
    assert (changed.raw, changed.id, changed.id_json) == (b'{"a":1.50,"b":2}', "9", b'"9"')
    assert reply.replaced({}).plain_payload == {}


@pytest.mark.parametrize("message", [received('[2,"1","A",{"p":"secret"}]'), Reply.result({"p": "secret"})])
def test_no_payload_in_a_repr(message):
    assert "secret" not in repr(message)
    assert "bytes" in repr(message)
