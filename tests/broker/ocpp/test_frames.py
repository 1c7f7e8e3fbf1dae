"""Bytes in, value out: frames of every version."""

import pytest

from broker.ocpp import (
    BadFrame,
    Call,
    FrameLimits,
    Malformed,
    Reply,
    ReplyKind,
    Version,
    answer_malformed,
    encode_call,
    encode_reply,
    parse,
)

V16, V201, V21 = Version


def call(frame: str | bytes, version: Version = V16, **kwargs) -> Call:
    message = parse(frame, version, **kwargs)
    assert isinstance(message, Call)
    return message


def reply(frame: str, version: Version = V16) -> Reply:
    message = parse(frame, version)
    assert isinstance(message, Reply)
    return message


def bad(frame: str | bytes, version: Version = V16, limits: FrameLimits | None = None) -> Malformed:
    message = parse(frame, version, limits or FrameLimits())
    assert isinstance(message, Malformed)
    return message


@pytest.mark.parametrize("version", Version)
@pytest.mark.parametrize(
    "data", ['[2,"19","Heartbeat",{}]', b'[2,"19","Heartbeat",{}]', bytearray(b'[2,"19","Heartbeat",{}]')]
)
def test_a_call(data, version):
    message = call(data, version, origin="main")
    assert (message.id, message.id_json, message.action, message.raw) == ("19", b'"19"', "Heartbeat", b"{}")
    assert (message.version, message.origin, message.expects_reply) == (version, "main", True)


@pytest.mark.parametrize("version", Version)
def test_a_result(version):
    message = reply('[3,"19",{"a": 1}]', version)
    assert (message.kind, message.id, message.id_json) == (ReplyKind.RESULT, "19", b'"19"')
    assert (message.raw, message.payload) == (b'{"a": 1}', {"a": 1})


@pytest.mark.parametrize("version", Version)
def test_an_error(version):
    message = reply('[4,"19","GenericError","text",{"a":1}]', version)
    assert (message.kind, message.id, message.code) == (ReplyKind.ERROR, "19", "GenericError")
    assert (message.description, message.details) == ("text", {"a": 1})


@pytest.mark.parametrize(
    ("frame", "version"),
    [('[ 2 , "1" , "A" ,\n { "a" : [ 1.0 , 2 ] } ] ', V16), ('\t[2,"1","A",{ "a" : [ 1.0 , 2 ] }]', V201)],
)
def test_blanks_around_elements_are_no_part_of_them(frame, version):
    assert call(frame, version).raw.replace(b" ", b"") == b'{"a":[1.0,2]}'
    assert call(frame, version).raw.startswith(b"{ ")


@pytest.mark.parametrize("frame", ['[2,"1","A",{}]', '[2,1.50,"A",{}]', '[2,"\\u0041","A",{}]', '[2,"","A",{}]'])
def test_q10_the_id_is_echoed_verbatim(frame):
    message = call(frame)
    element = frame[3 : frame.index(',"A"')].encode()
    assert encode_reply(message.id_json, Reply.result({})) == b"[3,%b,{}]" % element


@pytest.mark.parametrize(
    "message_id", ['""', '"' + "x" * 36 + '"', '"' + "x" * 37 + '"', '"' + "x" * 255 + '"', "12", '"\\u0000"']
)
def test_q11_odd_ids_are_taken(message_id):
    assert call(f'[2,{message_id},"A",{{}}]').id_json == message_id.encode()


@pytest.mark.parametrize("message_id", ['"' + "x" * 256 + '"', '"' + "x" * 10_000 + '"', "null", "true", "[]", "{}"])
def test_q11_what_is_no_id_is_malformed(message_id):
    message = bad(f'[2,{message_id},"A",{{}}]')
    assert (message.reason, message.id, message.id_json) == (BadFrame.MESSAGE_ID, None, None)


@pytest.mark.parametrize("frame", ['[3,"",{}]', "[3,null,{}]", '[4,"","GenericError","",{}]', "[4,null]"])
def test_q11_an_answer_without_an_id_is_dropped(frame):
    assert answer_malformed(bad(frame, V21), V21) is None


@pytest.mark.parametrize("number", ["-1", "0", "1", "5", "6", "7", '"2"', "2.0", "null", "20", "02e0"])
@pytest.mark.parametrize("version", [V16, V201])
def test_q12_unknown_message_types(number, version):
    message = bad(f'[{number},"1","A",{{}}]', version)
    expected = BadFrame.NOT_JSON if number == "02e0" else BadFrame.MESSAGE_TYPE
    assert message.reason is expected
    if expected is BadFrame.MESSAGE_TYPE:
        assert message.is_call is (version is V201)


def test_q13_send_and_callresulterror_are_known_to_21_only():
    send = call('[6,"1","NotifyPeriodicEventStream",{"id":1}]', V21)
    assert (send.expects_reply, send.action) == (False, "NotifyPeriodicEventStream")
    assert encode_call("x", send) == b'[6,"x","NotifyPeriodicEventStream",{"id":1}]'
    error = reply('[5,"1","FormatViolation","bad tariff",{}]', V21)
    assert (error.kind, error.code) == (ReplyKind.RESULT_ERROR, "FormatViolation")
    assert encode_reply(b'"9"', error) == b'[5,"9","FormatViolation","bad tariff",{}]'
    for version in (V16, V201):
        assert bad('[6,"1","A",{}]', version).reason is BadFrame.MESSAGE_TYPE
        assert bad('[5,"1","A","",{}]', version).reason is BadFrame.MESSAGE_TYPE


@pytest.mark.parametrize(
    ("elements", "raw"),
    [
        ('"GenericError"', b'"GenericError","",{}'),
        ('"GenericError","x"', b'"GenericError","x",{}'),
        ('"GenericError","x",{"a": 1}', b'"GenericError","x",{"a": 1}'),
        ('"GenericError","x","text"', b'"GenericError","x","text"'),
        ('"GenericError","x",{},"more"', b'"GenericError","x",{}'),
        ('"MadeUp",null,null', b'"MadeUp",null,null'),
        ("404,7,[]", b"404,7,[]"),
    ],
)
def test_q16_an_error_is_taken_in_any_shape_and_leaves_with_five_elements(elements, raw):
    message = reply(f'[4,"1",{elements}]')
    assert message.raw == raw
    assert encode_reply(b'"2"', message) == b'[4,"2",%b]' % raw


def test_q16_unknown_codes_pass_through():
    assert reply('[4,"1","FormationViolation","",{}]', V21).code == "FormationViolation"
    assert reply('[4,"1",404,null,"x"]').code == "404"
    assert reply('[4,"1",404,null,"x"]').description == "null"


#: Frames that stations really send (field-notes Q-17).
CORPUS = {
    "AEFA": '[2,"7","StopTransaction",{"transactionId":,"meterStop":1}]',
    "Grizzl-E": '[2,"7","BootNotification",{"chargePointVendor":"United Chargers"',
    "ZJ Beny": '[2,"7","MeterValues",{"sampledValue":[,{"value":"1"}]}]',
    "Wallbe": '[2,"7","BootNotification",{"chargePointSerialNumber":"123\x00"}]',
    "backslashes": '[2,"7","Authorize",{"idTag":"336699\\\\\\"}]',
}


@pytest.mark.parametrize("version", Version)
@pytest.mark.parametrize("frame", CORPUS.values(), ids=CORPUS)
def test_q17_a_frame_that_is_no_json_is_answered_under_its_id(frame, version):
    message = bad(frame, version)
    assert (message.reason, message.id, message.is_call) == (BadFrame.NOT_JSON, "7", True)
    code = b"FormationViolation" if version is V16 else b"RpcFrameworkError"
    assert answer_malformed(message, version) == b'[4,"7","%b","the frame is not JSON",{}]' % code


def test_q18_a_byte_order_mark_is_stripped():
    assert call('\ufeff[2,"1","A",{}]').raw == b"{}"
    assert call(b'\xef\xbb\xbf[2,"1","A",{}]').raw == b"{}"
    assert bad('\ufeff[2,"1","A",').id == "1"


def test_q18_binary_frames_hold_utf8():
    assert call('[2,"1","A",{"a":"é"}]'.encode()).payload == {"a": "é"}


@pytest.mark.parametrize(
    "data", [b'[2,"1","A",{"a":"\xff"}]', b'[2,"1","A",{"a":"\xed\xa0\x80"}]', '[2,"1","A",{"a":"\ud800"}]']
)
def test_q18_what_is_no_utf8_is_answered_under_its_id(data):
    message = bad(data)
    assert (message.reason, message.id) == (BadFrame.ENCODING, "1")
    assert answer_malformed(message, V16) is not None


def test_q18_a_lone_surrogate_in_an_escape_passes_unchanged():
    message = call('[2,"\\ud800","A",{"a":"\\ud800", "b":1.50}]')
    assert (message.raw, message.id) == (b'{"a":"\\ud800", "b":1.50}', "\\ud800")
    assert encode_call("1", message) == b'[2,"1","A",{"a":"\\ud800", "b":1.50}]'
    assert message.payload == {"a": "\ud800", "b": 1.5}
    assert message.replaced(message.payload).raw == b'{"a":"\\ud800","b":1.50}'


@pytest.mark.parametrize("number", ["1e999", "-1e999", "9" * 5_000, "12345678901234567890123"])
def test_q18_huge_numbers_pass_unchanged(number):
    message = call(f'[2,"1","A",{{"a":{number}}}]')
    assert message.raw == b'{"a":%b}' % number.encode()
    assert message.replaced(message.payload).raw == message.raw


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity"])
def test_q18_nan_and_infinity_are_no_json(number):
    assert bad(f'[2,"1","A",{{"a":{number}}}]').reason is BadFrame.NOT_JSON


def test_q18_duplicate_keys_pass_unchanged_and_the_last_wins():
    message = call('[2,"1","A",{"a":1,"a":2}]')
    assert (message.raw, message.payload) == (b'{"a":1,"a":2}', {"a": 2})


@pytest.mark.parametrize("levels", [1, 62, 63, 5_000, 100_000])
def test_q18_nesting_is_bounded_at_64(levels):
    frame = f'[2,"1","A",{{"a":{"[" * (levels - 1)}{"]" * (levels - 1)}}}]' if levels > 1 else '[2,"1","A",{}]'
    message = parse(frame, V16)
    if levels <= 63:  # the frame's own array is one level
        assert isinstance(message, Call)
    else:
        assert isinstance(message, Malformed)
        assert (message.reason, message.id) == (BadFrame.TOO_DEEP, "1")
        assert answer_malformed(message, V16) is not None


def test_q18_a_limit_beyond_the_parsers_own_is_no_crash():
    message = bad('[2,"1","A",' + "[" * 50_000, limits=FrameLimits(depth=100_000))
    assert (message.reason, message.id) == (BadFrame.TOO_DEEP, "1")


@pytest.mark.parametrize("raw", [b'{"info":null}', b'{"a":""}', b'{"sampledValue":[]}'])
def test_q19_null_and_empty_members_pass_unchanged(raw):
    assert encode_call("9", call(b'[2,"1","A",%b]' % raw)) == b'[2,"9","A",%b]' % raw


@pytest.mark.parametrize(
    "literal", ["2026-01-02T10:00:00", "2026-01-02T10:00:00+02", "2026-01-02T10:00:00.1234567Z", ""]
)
def test_q23_timestamps_pass_unchanged(literal):
    raw = b'{"timestamp":"%b"}' % literal.encode()
    assert encode_call("9", call(b'[2,"1","MeterValues",%b]' % raw)) == b'[2,"9","MeterValues",%b]' % raw


def test_q25_frames_of_ours_are_compact():
    own = Call.of("ClearCache", {}, version=V16, origin="api")
    assert encode_call("a1-7", own) == b'[2,"a1-7","ClearCache",{}]'
    assert encode_call('a"b', Call.of('x"y', {}, version=V16, origin="api")) == b'[2,"a\\"b","x\\"y",{}]'
    assert encode_reply(b"12", Reply.error("NotSupported")) == b'[4,12,"NotSupported","",{}]'


@pytest.mark.parametrize("size", [65_535, 65_536, 65_537, 1_048_575, 1_048_576])
@pytest.mark.parametrize("as_bytes", [True, False])
def test_q26_large_frames_pass_up_to_the_limit(size, as_bytes):
    frame = f'[2,"1","DataTransfer",{{"data":"{"x" * (size - 34)}"}}]'
    assert len(frame) == size
    assert len(call(frame.encode() if as_bytes else frame).raw) == size - 23


@pytest.mark.parametrize("letter", ["x", "é"])
@pytest.mark.parametrize("as_bytes", [True, False])
def test_q26_one_byte_over_the_limit_is_too_large(letter, as_bytes):
    frame = f'[2,"1","DataTransfer",{{"data":"{letter * 600}"}}]'
    data = frame.encode() if as_bytes else frame
    size = len(frame.encode())
    assert isinstance(parse(data, V16, FrameLimits(bytes=size)), Call)
    message = bad(data, limits=FrameLimits(bytes=size - 1))
    assert (message.reason, message.id) == (BadFrame.TOO_LARGE, "1")


@pytest.mark.parametrize("action", ['"\\ud800"', '""', "null", '"' + "x" * 256 + '"', "{}"])
def test_an_action_is_clean_text(action):
    assert bad(f'[2,"1",{action},{{}}]').reason is BadFrame.ACTION


def test_an_action_of_255_characters_passes():
    assert len(call(f'[2,"1","{"x" * 255}",{{}}]').action) == 255


@pytest.mark.parametrize("payload", ["[]", '"x"', "1", "null", "true"])
def test_a_payload_is_an_object(payload):
    assert bad(f'[2,"1","A",{payload}]').reason is BadFrame.PAYLOAD
    message = bad(f'[3,"1",{payload}]')
    assert (message.reason, message.is_call, message.is_result) == (BadFrame.PAYLOAD, False, True)


@pytest.mark.parametrize(
    ("text", "answered_by"),
    [
        ("[]", {Version.V201, Version.V21}),
        ("[2]", {Version.V201, Version.V21}),
        ("[3]", set()),
        ("[4]", set()),
        ("[6]", {Version.V201}),
        ("[9]", {Version.V201}),
    ],
)
def test_a_frame_without_an_id_is_answered_only_when_its_sender_may_wait_for_it(text, answered_by):
    """Answers and SENDs never are; an unknown type only in 2.0.1 (part 4, 4.4)."""
    assert {version for version in Version if answer_malformed(parse(text, version), version)} == answered_by
