"""Text to message and back (OCPP-J 1.6 section 4.2; OCPP 2.0.1 and 2.1 part 4 section 4.2).

Only the envelope is parsed: the payload stays text. A frame of the usual form takes the short way through; anything
else is looked at closely.
"""

from dataclasses import dataclass, field

import msgspec

from broker.ocpp.depth import too_deep
from broker.ocpp.errors import ErrorKind
from broker.ocpp.jsontext import encode
from broker.ocpp.malformed import BadFrame, Malformed
from broker.ocpp.messages import Call, Reply, ReplyKind
from broker.ocpp.salvage import LONGEST_ID, read_id, recover, split
from broker.ocpp.versions import Version

_LONGEST_ACTION = 255
_QUOTE, _BRACE = b'"{'


@dataclass(frozen=True, slots=True)
class FrameLimits:
    """How deep a frame may nest, and how many bytes of UTF-8 it may have."""

    depth: int = 64
    bytes: int = 1_048_576
    harmless: int = field(init=False, repr=False)
    """A text of so many characters can break neither limit: a level takes two, and a character at most four bytes."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "harmless", min(2 * self.depth, self.bytes // 4))


_DEFAULT = FrameLimits()
_decode_call = msgspec.json.Decoder(tuple[int, msgspec.Raw, str, msgspec.Raw]).decode
_decode_result = msgspec.json.Decoder(tuple[int, msgspec.Raw, msgspec.Raw]).decode
_RESULT = ReplyKind.RESULT


def parse(
    data: str | bytes, version: Version, limits: FrameLimits = _DEFAULT, *, origin: str = "station"
) -> Call | Reply | Malformed:
    """Return the message in a frame, or what is wrong with it. Never raises, whatever is in `data`.

    `data` is a text frame's text, or the bytes of a frame of either kind.
    """
    if isinstance(data, str):
        text = data
    elif len(data) > limits.bytes:
        return _unreadable(str(data[:1024], "utf-8", "surrogateescape"), version, BadFrame.TOO_LARGE)
    else:
        # Bytes that are no UTF-8 become lone surrogates, which the close look reports.
        text = str(data, "utf-8", "surrogateescape")
    if len(text) > limits.harmless:
        if len(text) * 4 > limits.bytes and len(text.encode("utf-8", "surrogatepass")) > limits.bytes:
            return _unreadable(text, version, BadFrame.TOO_LARGE)
        if text.count("{") + text.count("[") > limits.depth and too_deep(text, limits.depth):
            return _unreadable(text, version, BadFrame.TOO_DEEP)
    return _parse_usual(text, version, origin) or _look_closely(text, version, origin)


def _parse_usual(text: str, version: Version, origin: str) -> Call | Reply | None:
    """The short way: a CALL or CALLRESULT by the book, with an id that needs no decoding. None for anything else."""
    try:
        second = text[1]
        if second == "2":
            number, raw_id, action, raw_payload = _decode_call(text)
        elif second == "3":
            number, raw_id, raw_payload = _decode_result(text)
            action = ""
        else:
            return None
        id_json, raw = bytes(raw_id), bytes(raw_payload)
        message_id = id_json[1:-1].decode()
    except (ValueError, IndexError, RecursionError):
        return None
    if id_json[0] != _QUOTE or raw[0] != _BRACE or "\\" in message_id or len(message_id) > LONGEST_ID:
        return None
    if number == 2 and 0 < len(action) <= _LONGEST_ACTION:
        return Call(action, raw, version, message_id, id_json, origin)
    if number == 3 and message_id:
        return Reply(_RESULT, raw, message_id, id_json)
    return None


def _look_closely(text: str, version: Version, origin: str) -> Call | Reply | Malformed:
    text = text.removeprefix("\ufeff")  # a byte order mark: field-notes Q-18
    if not _is_unicode(text):
        return _unreadable(text, version, BadFrame.ENCODING)
    elements = split(text)
    if isinstance(elements, BadFrame):
        return _unreadable(text, version, elements)
    if len(elements) < 2:
        return _too_short(elements, version)
    message_type = elements[0]
    if message_type == b"2":
        return _call(elements, version, origin, expects_reply=True)
    if message_type == b"3":
        return _result(elements)
    if message_type == b"4":
        return _error(elements, ReplyKind.ERROR)
    if version is Version.V21 and message_type == b"5":
        return _error(elements, ReplyKind.RESULT_ERROR)
    if version is Version.V21 and message_type == b"6":
        return _call(elements, version, origin, expects_reply=False)
    return _unknown_type(elements, version)


def _too_short(elements: list[bytes], version: Version) -> Malformed:
    """No message id: an answer is due to what may have been a CALL, and in 2.0.1 to an unknown type (4.4)."""
    reason = BadFrame.MISSING_ELEMENTS if elements else BadFrame.EMPTY
    answered = elements in ([], [b"2"]) or (version is Version.V201 and elements[0] not in (b"3", b"4"))
    return _bad(reason, ErrorKind.RPC_FRAMEWORK, None, is_call=answered)


def _is_unicode(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


_TEXTS = {
    BadFrame.NOT_JSON: "the frame is not JSON",
    BadFrame.NOT_ARRAY: "the frame is not a JSON array",
    BadFrame.EMPTY: "the frame is an empty array",
    BadFrame.MESSAGE_TYPE: "unknown message type",
    BadFrame.MESSAGE_ID: "the message id is not a string of at most 255 characters",
    BadFrame.MISSING_ELEMENTS: "the frame has too few elements",
    BadFrame.EXTRA_ELEMENTS: "the frame has too many elements",
    BadFrame.ACTION: "the action is not a string of 1 to 255 characters",
    BadFrame.PAYLOAD: "the payload is not a JSON object",
    BadFrame.TOO_LARGE: "the frame is too large",
    BadFrame.TOO_DEEP: "the frame nests too deep",
    BadFrame.ENCODING: "the frame is not UTF-8",
}


def _call(elements: list[bytes], version: Version, origin: str, *, expects_reply: bool) -> Call | Malformed:
    ids = read_id(elements[1])
    if ids is None:
        return _bad(BadFrame.MESSAGE_ID, ErrorKind.RPC_FRAMEWORK, None, is_call=expects_reply)
    if len(elements) < 4:
        return _bad(BadFrame.MISSING_ELEMENTS, ErrorKind.PROTOCOL, ids, is_call=expects_reply)
    if len(elements) > 4:
        return _bad(BadFrame.EXTRA_ELEMENTS, ErrorKind.RPC_FRAMEWORK, ids, is_call=expects_reply)
    action = _action(elements[2])
    if action is None:
        return _bad(BadFrame.ACTION, ErrorKind.RPC_FRAMEWORK, ids, is_call=expects_reply)
    if elements[3][0] != _BRACE:
        return _bad(BadFrame.PAYLOAD, ErrorKind.FORMAT, ids, is_call=expects_reply)
    return Call(action, elements[3], version, ids[0], ids[1], origin, expects_reply)


def _action(element: bytes) -> str | None:
    """Actions are compared, counted and logged; one that is no clean text is none."""
    try:
        action = msgspec.json.decode(element, type=str)
    except ValueError:
        return None
    return action if 0 < len(action) <= _LONGEST_ACTION else None


def _result(elements: list[bytes]) -> Reply | Malformed:
    ids = read_id(elements[1])
    if ids is None or not ids[0]:
        return _bad(BadFrame.MESSAGE_ID, ErrorKind.RPC_FRAMEWORK, None)
    if len(elements) < 3:
        return _bad(BadFrame.MISSING_ELEMENTS, ErrorKind.PROTOCOL, ids, is_result=True)
    if elements[2][0] != _BRACE:
        return _bad(BadFrame.PAYLOAD, ErrorKind.FORMAT, ids, is_result=True)
    return Reply(ReplyKind.RESULT, elements[2], *ids)


def _error(elements: list[bytes], kind: ReplyKind) -> Reply | Malformed:
    """A peer's error in whatever shape it comes (Q-16); it leaves us with the three elements that it should have."""
    ids = read_id(elements[1])
    if ids is None or not ids[0]:
        return _bad(BadFrame.MESSAGE_ID, ErrorKind.RPC_FRAMEWORK, None)
    if len(elements) < 3:
        return _bad(BadFrame.MISSING_ELEMENTS, ErrorKind.PROTOCOL, ids)
    filled = elements[2:5] + [b'""', b"{}"][len(elements) - 3 :]
    return Reply(kind, b",".join(filled), *ids)


def _unknown_type(elements: list[bytes], version: Version) -> Malformed:
    """1.6 (4.1.3) and 2.1 ignore it; 2.0.1 part 4 section 4.4 answers MessageTypeNotSupported."""
    return _bad(BadFrame.MESSAGE_TYPE, ErrorKind.MESSAGE_TYPE, read_id(elements[1]), is_call=version is Version.V201)


def _bad(
    reason: BadFrame,
    kind: ErrorKind,
    ids: tuple[str, bytes] | None,
    *,
    is_call: bool = False,
    is_result: bool = False,
) -> Malformed:
    readable, id_json = ids or (None, None)
    return Malformed(reason, kind, _TEXTS[reason], readable, id_json, is_call, is_result)


def _unreadable(text: str, version: Version, reason: BadFrame) -> Malformed:
    """A frame that is no JSON, or that must not be parsed; its beginning may still say what it was."""
    message_type, readable, id_json = recover(text.removeprefix("\ufeff"))
    # 5 and 6 are unknown types before 2.1, and of those only 2.0.1 answers; in 2.1 they are never answered.
    is_call = version is Version.V201 if message_type in ("5", "6") else message_type in ("2", "")
    kind = ErrorKind.FORMAT if reason is BadFrame.TOO_DEEP else ErrorKind.RPC_FRAMEWORK
    is_result = message_type == "3" and bool(readable)
    return Malformed(reason, kind, _TEXTS[reason], readable, id_json, is_call, is_result)


def encode_call(message_id: str, call: Call) -> bytes:
    """Write a CALL, or a SEND where no reply is expected, with the message id given; the payload as it is."""
    return b"[%b,%b,%b,%b]" % (
        b"2" if call.expects_reply else b"6",
        encode(message_id),
        encode(call.action),
        call.raw,
    )


_NUMBERS = {ReplyKind.RESULT: b"3", ReplyKind.ERROR: b"4", ReplyKind.RESULT_ERROR: b"5"}


def encode_reply(id_json: bytes, reply: Reply) -> bytes:
    """Write a reply under the message id of the call that it answers, which is echoed as it stood."""
    return b"[%b,%b,%b]" % (_NUMBERS[reply.kind], id_json, reply.raw)
