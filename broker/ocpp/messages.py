"""CALL, CALLRESULT, CALLERROR; SEND and CALLRESULTERROR of 2.1 (OCPP-J 1.6 section 4.2, 2.x part 4 section 4.2).

A message keeps its payload as the text that came in. Whoever asks gets it decoded, once; who does not ask pays
nothing, and what nobody changed goes out byte for byte.
"""

from enum import StrEnum
from typing import Any, Self

import msgspec

from broker.ocpp.jsontext import decode, decode_plain, encode, encode_own
from broker.ocpp.versions import Version

#: OCPP 2.0.1 part 4 table 9: errorDescription[255]; 1.6 names no limit and gets the same.
_DESCRIPTION = 255


class Call(msgspec.Struct, eq=False, gc=False):
    """A CALL, or a SEND of 2.1. Do not change one in place: `replaced` makes a new one."""

    action: str
    raw: bytes
    """The payload, a JSON object, exactly as it was received."""
    version: Version
    id: str = ""
    """The message id for people and for comparing; a number's digits where the peer sent a number."""
    id_json: bytes = b'""'
    """The message id exactly as it stood in the frame; an answer echoes this (field-notes Q-10)."""
    origin: str = "station"
    """`station`, an upstream's name, `api` or `plugin`."""
    expects_reply: bool = True
    """False for a SEND."""
    _payload: dict[str, Any] | None = None
    answered_by: str = ""
    """Set before it is recorded: an upstream's name, `local` for the broker itself, `station` for a call to it."""

    @classmethod
    def of(cls, action: str, payload: dict[str, Any], *, version: Version, origin: str = "station") -> "Call":
        """Make a call of our own; members that are None are left out. Raises TypeError for what is not JSON."""
        return cls(action, encode_own(payload), version=version, origin=origin)

    @property
    def payload(self) -> dict[str, Any]:
        """The payload, decoded on first use; read-only by contract. Floats are JsonFloat and know their text."""
        payload = self._payload
        if payload is None:
            payload = self._payload = decode(self.raw)
        return payload

    @property
    def plain_payload(self) -> dict[str, Any]:
        """The payload with ordinary floats, as a schema validator needs it."""
        plain, floats = decode_plain(self.raw)
        if not floats and self._payload is None:
            self._payload = plain
        return plain  # type: ignore[no-any-return]

    def replaced(self, payload: dict[str, Any]) -> "Call":
        """Return this call with another payload; number literals that were not touched keep their text."""
        return Call(
            self.action,
            encode(payload),
            version=self.version,
            id=self.id,
            id_json=self.id_json,
            origin=self.origin,
            expects_reply=self.expects_reply,
        )

    def __repr__(self) -> str:
        # A payload may hold a password or a token: never in a log.
        return f"<Call {self.action} id={self.id!r} origin={self.origin} {len(self.raw)} bytes>"


class ReplyKind(StrEnum):
    """Which of the three answers; CALLRESULTERROR says of an answer that it could not be used (2.1 part 4, 4.2.4)."""

    RESULT = "result"
    ERROR = "error"
    RESULT_ERROR = "result_error"


class Reply(msgspec.Struct, eq=False, gc=False):
    """A CALLRESULT, CALLERROR or CALLRESULTERROR. Do not change one in place."""

    kind: ReplyKind
    raw: bytes
    """RESULT: the payload as received. Errors: code, description and details as received, joined by commas."""
    id: str = ""
    id_json: bytes = b'""'
    _value: Any = None

    @classmethod
    def result(cls, payload: dict[str, Any] | bytes) -> Self:
        """Make a CALLRESULT; members that are None are left out. Raises TypeError for what is not JSON."""
        return cls(ReplyKind.RESULT, payload if isinstance(payload, bytes) else encode_own(payload))

    @classmethod
    def error(cls, code: str, description: str = "", details: dict[str, Any] | None = None) -> Self:
        """Make a CALLERROR. The description is cut to 255 characters; details are `{}` where there are none."""
        return cls(ReplyKind.ERROR, encode([code, description[:_DESCRIPTION], details or {}])[1:-1])

    def as_result_error(self) -> "Reply":
        """Return this error as a CALLRESULTERROR: the answer that we got was of no use (2.1 only)."""
        return Reply(ReplyKind.RESULT_ERROR, self.raw, self.id, self.id_json)

    def under(self, message_id: str, id_json: bytes) -> "Reply":
        """Return this reply with the message id of the call that it answers."""
        return Reply(self.kind, self.raw, message_id, id_json)

    @property
    def is_result(self) -> bool:
        return self.kind is ReplyKind.RESULT

    @property
    def payload(self) -> dict[str, Any]:
        """The payload of a CALLRESULT, decoded on first use; read-only by contract. `{}` for an error."""
        if self.kind is not ReplyKind.RESULT:
            return {}
        if self._value is None:
            self._value = decode(self.raw)
        return self._value  # type: ignore[no-any-return]

    @property
    def plain_payload(self) -> dict[str, Any]:
        """The payload with ordinary floats, as a schema validator needs it."""
        if self.kind is not ReplyKind.RESULT:
            return {}
        plain, floats = decode_plain(self.raw)
        if not floats and self._value is None:
            self._value = plain
        return plain  # type: ignore[no-any-return]

    @property
    def code(self) -> str:
        """The error code as received, known or not; empty for a result."""
        return _text(self._error()[0])

    @property
    def description(self) -> str:
        """The error's description; empty for a result."""
        return _text(self._error()[1])

    @property
    def details(self) -> Any:
        """The error's details: an object by the book, a string or nothing from some peers (Q-16)."""
        return self._error()[2]

    def _error(self) -> list[Any]:
        if self.kind is ReplyKind.RESULT:
            return ["", "", {}]
        if self._value is None:
            self._value = decode(b"[%b]" % self.raw)
        return self._value  # type: ignore[no-any-return]

    def replaced(self, payload: dict[str, Any]) -> "Reply":
        """Return a CALLRESULT with this reply's id and another payload; untouched literals keep their text."""
        return Reply(ReplyKind.RESULT, encode(payload), self.id, self.id_json)

    def __repr__(self) -> str:
        return f"<Reply {self.kind} id={self.id!r} {len(self.raw)} bytes>"


def _text(value: Any) -> str:
    return value if isinstance(value, str) else encode(value).decode()
