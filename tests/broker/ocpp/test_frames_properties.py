"""Properties of frames, whatever is in them."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broker.ocpp import Call, Malformed, Reply, ReplyKind, Version, answer_malformed, encode_call, encode_reply, parse

VERSIONS = st.sampled_from(Version)
TEXT = st.text() | st.text(alphabet='[]{}",:\\ 2345678azu0d\ufeff\n') | st.from_regex(r'\[[2-6],"[a-z]{0,3}",.{0,20}')
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=10,
)
PAYLOADS = st.dictionaries(st.text(), JSON, max_size=5)
IDS = st.text(max_size=255) | st.integers()
STYLES = st.sampled_from([{}, {"separators": (",", ":")}, {"ensure_ascii": False}, {"indent": 1}])


def answer(frame: str | bytes, version: Version) -> list[bytes]:
    """What a peer gets for a frame, from somebody who answers every call."""
    message = parse(frame, version)
    if isinstance(message, Call) and message.expects_reply:
        return [encode_reply(message.id_json, Reply.result({}))]
    if isinstance(message, Malformed):
        malformed = answer_malformed(message, version)
        return [] if malformed is None else [malformed]
    return []


def assert_is_a_reply(sent: bytes, version: Version) -> None:
    elements = json.loads(sent)
    if elements[1] != "":  # a call's empty id is echoed; as the id of an answer it is none
        assert isinstance(parse(sent, version), Reply)
    assert elements[0] in (3, 4, 5)
    assert len(elements) == (3 if elements[0] == 3 else 5)


@given(TEXT | st.binary(), VERSIONS)
def test_parse_never_raises_and_every_answer_is_a_frame(data, version):
    for sent in answer(data, version):
        assert_is_a_reply(sent, version)


@given(st.lists(JSON, max_size=7), VERSIONS, STYLES)
def test_any_json_array_is_taken_or_named(elements, version, style):
    text = json.dumps(elements, **style)
    for data in (text, text.encode("utf-8", "surrogatepass")):
        for sent in answer(data, version):
            assert_is_a_reply(sent, version)


@given(IDS, JSON, st.lists(JSON, max_size=3), VERSIONS, STYLES)
def test_each_call_with_a_readable_id_gets_exactly_one_reply(message_id, action, rest, version, style):
    frame = json.dumps([2, message_id, action, *rest], **style)
    (sent,) = answer(frame, version)
    assert json.loads(sent)[0] in (3, 4)
    assert json.loads(sent)[1] == message_id


@given(st.text(alphabet=st.characters(exclude_categories=["C"]), max_size=255), TEXT, VERSIONS)
def test_q17_so_does_a_call_whose_rest_is_garbage(message_id, garbage, version):
    frame = f"[2,{json.dumps(message_id)},{garbage}"
    (sent,) = answer(frame, version)
    assert json.loads(sent)[1] == message_id


@given(st.data(), VERSIONS)
def test_q17_mutations_of_a_frame_never_raise(data, version):
    frame = list('[2,"1234","StopTransaction",{"meterStop":12.50,"idTag":"\\u00e9","transactionData":[{}]}]')
    for _ in range(data.draw(st.integers(1, 6))):
        at = data.draw(st.integers(0, len(frame) - 1))
        frame[at] = data.draw(
            st.sampled_from(['"', "\\", "[", "]", "{", "}", ",", "", "\x00", "\ud800", "é", "9", "\n"])
        )
    message = parse("".join(frame), version)
    assert len(answer("".join(frame), version)) <= 1
    if isinstance(message, Call):  # what passes is JSON, and anybody may ask for it
        assert message.payload == json.loads("".join(frame).removeprefix("\ufeff"))[3]


@given(IDS, st.text(min_size=1, max_size=50), PAYLOADS, VERSIONS, STYLES)
def test_q24_a_payload_that_nobody_changed_goes_out_byte_for_byte(message_id, action, payload, version, style):
    raw = json.dumps(payload, **style).encode()
    frame = b"[2,%b,%b,%b]" % (json.dumps(message_id).encode(), json.dumps(action).encode(), raw)
    message = parse(frame, version)
    assert isinstance(message, Call)
    assert message.raw == raw
    assert encode_call("b-1", message).endswith(b",%b]" % raw)
    again = parse(encode_call("b-1", message), version)
    assert isinstance(again, Call)
    assert (again.id, again.action, again.raw) == ("b-1", action, raw)
    result = parse(b'[3,"b-1",%b]' % raw, version)
    assert isinstance(result, Reply)
    assert encode_reply(message.id_json, result) == b"[3,%b,%b]" % (json.dumps(message_id).encode(), raw)


@given(st.text(), st.text(), PAYLOADS, VERSIONS)
def test_an_error_of_ours_is_read_back(code, description, details, version):
    sent = encode_reply(b'"1"', Reply.error(code, description, details))
    message = parse(sent, version)
    assert isinstance(message, Reply)
    assert message.kind is ReplyKind.ERROR
    assert (message.code, message.description, message.details) == (code, description[:255], details)


@pytest.mark.parametrize("version", Version)
@given(PAYLOADS)
def test_q24_signed_data_survives_a_change_beside_it(version, payload):
    text = json.dumps({**payload, "signedData": 'OCMF|{"RV":1.50}|\u00e9\\', "value": 0})
    message = parse(f'[2,"1","MeterValues",{text}]', version)
    assert isinstance(message, Call)
    changed = json.loads(message.replaced({**message.payload, "value": 1}).raw)
    assert changed == {**json.loads(text), "value": 1}
