"""A frame that is no message, as a value: what is wrong, and what certification wants to be answered."""

from enum import StrEnum

import msgspec

from broker.ocpp.errors import ErrorKind, error_code
from broker.ocpp.jsontext import encode
from broker.ocpp.versions import Version


class BadFrame(StrEnum):
    """Why a frame is no message; a closed set, fit for a metric's label."""

    NOT_JSON = "not_json"
    NOT_ARRAY = "not_array"
    EMPTY = "empty"
    MESSAGE_TYPE = "message_type"
    MESSAGE_ID = "message_id"
    MISSING_ELEMENTS = "missing_elements"
    EXTRA_ELEMENTS = "extra_elements"
    ACTION = "action"
    PAYLOAD = "payload"
    TOO_LARGE = "too_large"
    TOO_DEEP = "too_deep"
    ENCODING = "encoding"


class Malformed(msgspec.Struct, frozen=True, gc=False):
    """A frame that could not be taken. Nothing in it quotes the frame, but for the message id."""

    reason: BadFrame
    kind: ErrorKind
    description: str
    id: str | None = None
    """The message id where it could be read, else None."""
    id_json: bytes | None = None
    is_call: bool = False
    """True when the frame is a CALL, or may be one for all that can be seen: its sender waits for an answer."""
    is_result: bool = False
    """True when the frame is a CALLRESULT: the open call with this id has got an answer that is of no use."""


def answer_malformed(bad: Malformed, version: Version) -> bytes | None:
    """Return the frame that answers `bad`, or None when it is to be dropped.

    A CALL gets a CALLERROR with its id. Without a readable id, 2.x answers RpcFrameworkError under the id "-1"
    (part 4, 4.2.3); 1.6 has nothing to say it with. A CALLRESULT of 2.1 gets a CALLRESULTERROR. SEND, and answers
    in 1.6 and 2.0.1, get nothing.
    """
    if bad.is_result:
        if version is not Version.V21 or bad.id_json is None:
            return None
        return _frame(b"5", bad.id_json, error_code(version, bad.kind), bad.description)
    if not bad.is_call:
        return None
    if bad.id_json is not None:
        return _frame(b"4", bad.id_json, error_code(version, bad.kind), bad.description)
    if version is Version.V16:
        return None
    kind = ErrorKind.MESSAGE_TYPE if bad.kind is ErrorKind.MESSAGE_TYPE else ErrorKind.RPC_FRAMEWORK
    return _frame(b"4", b'"-1"', error_code(version, kind), bad.description)


def _frame(message_type: bytes, id_json: bytes, code: str, description: str) -> bytes:
    return b"[%b,%b,%b,%b,{}]" % (message_type, id_json, encode(code), encode(description))
