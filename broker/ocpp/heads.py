"""What a message of a transaction is, without reading the whole of it.

Some messages of a station must not get lost: those of its transactions (1.6 section 3.7; 2.0.1 part 2, E04 and E08)
and its security events. A head says of such a message what it is, which transaction it belongs to, and a key that is
the same when the station submits it again (field-notes Q-38). Made for every meter value of every station, so only
the fields that are needed are decoded; the long way is for stations that write them in another type.
"""

import re
from collections.abc import Callable, Mapping
from enum import StrEnum
from hashlib import blake2b
from typing import Any

import msgspec

from broker.ocpp.jsontext import decode, encode
from broker.ocpp.messages import Call
from broker.ocpp.versions import Version

_LONGEST_NUMBER = 20
_DIGITS = re.compile(r"-?[0-9]+")
_EXACT = 2**53


class Kind(StrEnum):
    """What a guaranteed message is; EVENT is the TransactionEvent of 2.x, the rest of the transactions is 1.6."""

    START = "start"
    METER = "meter"
    STOP = "stop"
    EVENT = "event"
    SECURITY = "security"


class Head(msgspec.Struct, eq=False, gc=False):
    """What there is to know of a guaranteed message."""

    kind: Kind
    key: str
    """The same for two submissions of one message, another for another message. Holds no idTag, only a digest."""
    transaction: int | str | None
    """What the station calls the transaction; None for START and SECURITY, and where it cannot be read."""
    begins: bool
    ends: bool
    periodic: bool
    """A meter value between begin and end: the first to go where there is no room."""
    call: Call
    """The message as the station made it."""

    def __repr__(self) -> str:
        return f"<Head {self.key} transaction={self.transaction!r}>"


class _Start(msgspec.Struct, gc=False):
    connectorId: int
    idTag: str
    meterStart: int
    timestamp: str
    reservationId: int | None = None


class _Meter(msgspec.Struct, gc=False):
    transactionId: int | None = None


class _Stop(msgspec.Struct, gc=False):
    transactionId: int
    meterStop: int
    timestamp: str


class _Info(msgspec.Struct, gc=False):
    transactionId: str


class _Event(msgspec.Struct, gc=False):
    # Not `offline`: a message that was tried while online is sent again as one of the queue.
    eventType: str
    timestamp: str
    triggerReason: str
    seqNo: int
    transactionInfo: _Info


_read_start = msgspec.json.Decoder(_Start).decode
_read_meter = msgspec.json.Decoder(_Meter).decode
_read_stop = msgspec.json.Decoder(_Stop).decode
_read_event = msgspec.json.Decoder(_Event).decode
_write = msgspec.json.Encoder().encode
_START, _METER, _STOP, _EVENT, _SECURITY = Kind
_PERIODIC = frozenset({"MeterValuePeriodic", "MeterValueClock"})


def _key(prefix: str, content: bytes) -> str:
    return prefix + blake2b(content, digest_size=12).hexdigest()


def _start(call: Call) -> Head:
    try:
        content = _write(_read_start(call.raw))
    except ValueError:
        content = _content(call, ("connectorId", "idTag", "meterStart", "timestamp"), ("reservationId",))
    return Head(_START, _key("start:", content), None, True, False, False, call)


def _meter(call: Call) -> Head | None:
    try:
        transaction = _read_meter(call.raw).transactionId
        if transaction is None:
            return None
    except ValueError:
        payload = _payload(call)
        if payload is not None and payload.get("transactionId") is None:
            return None
        transaction = _number((payload or {}).get("transactionId"))
    return Head(_METER, _key("meter:", call.raw), transaction, False, False, True, call)


def _stop(call: Call) -> Head:
    transaction: int | None
    try:
        stop = _read_stop(call.raw)
        transaction, content = stop.transactionId, _write(stop)
    except ValueError:
        transaction = _number((_payload(call) or {}).get("transactionId"))
        content = _content(call, ("transactionId", "meterStop", "timestamp"))
    return Head(_STOP, _key("stop:", content), transaction, False, True, False, call)


def _event(call: Call) -> Head:
    try:
        event = _read_event(call.raw)
    except ValueError:
        return _odd_event(call)
    kind = event.eventType
    periodic = event.triggerReason in _PERIODIC and kind == "Updated"
    key = _key("event:", _write(event))
    return Head(_EVENT, key, event.transactionInfo.transactionId, kind == "Started", kind == "Ended", periodic, call)


def _odd_event(call: Call) -> Head:
    payload = _payload(call) or {}
    info = payload.get("transactionInfo")
    transaction = _name(info.get("transactionId")) if isinstance(info, dict) else None
    content = call.raw
    if transaction is not None:
        content = _content(call, ("eventType", "timestamp", "triggerReason", "seqNo"), own=transaction)
    kind, trigger = payload.get("eventType"), payload.get("triggerReason")
    periodic = kind == "Updated" and isinstance(trigger, str) and trigger in _PERIODIC
    return Head(_EVENT, _key("event:", content), transaction, kind == "Started", kind == "Ended", periodic, call)


def _security(call: Call) -> Head:
    return Head(_SECURITY, _key("security:", call.raw), None, False, False, False, call)


def _payload(call: Call) -> dict[str, Any] | None:
    """The payload of a message that is not by the schema; None for one that cannot be read at all."""
    try:
        payload = decode(call.raw)
    except (ValueError, RecursionError):
        return None
    return payload if isinstance(payload, dict) else None


def _content(call: Call, required: tuple[str, ...], optional: tuple[str, ...] = (), own: str = "") -> bytes:
    """What the key of an odd message is made of; all of it where a member is missing that would tell it from others."""
    payload = _payload(call)
    if payload is None or any(payload.get(name) is None for name in required):
        return call.raw
    return encode([own, *(payload.get(name) for name in required + optional)])


def _number(value: Any) -> int | None:
    """A transactionId of 1.6 in another type: `"5"` and `5.0` are 5."""
    if isinstance(value, float) and value.is_integer() and abs(value) < _EXACT:
        return int(value)
    if isinstance(value, str) and len(value) <= _LONGEST_NUMBER and _DIGITS.fullmatch(value):
        return int(value)
    return value if type(value) is int else None


def _name(value: Any) -> str | None:
    """A transactionId of 2.x in another type: a number is taken by its digits.

    Text with a lone surrogate is JSON, and can be written nowhere: no id.
    """
    if isinstance(value, str):
        return value if value.isascii() or _is_text(value) else None
    return str(value) if type(value) is int else None


def _is_text(value: str) -> bool:
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


_READERS_16: dict[str, Callable[[Call], Head | None]] = {
    "MeterValues": _meter,
    "StartTransaction": _start,
    "StopTransaction": _stop,
    "SecurityEventNotification": _security,
}
_READERS_2: dict[str, Callable[[Call], Head | None]] = {
    "TransactionEvent": _event,
    "SecurityEventNotification": _security,
}

GUARANTEED: Mapping[Version, frozenset[str]] = {
    Version.V16: frozenset(_READERS_16),
    Version.V201: frozenset(_READERS_2),
    Version.V21: frozenset(_READERS_2),
}
"""The actions that `head_of` has something to say about."""


def head_of(call: Call) -> Head | None:
    """Return the head of a guaranteed message of a station; None for any other message. Never raises."""
    # A SEND (2.1) is never answered: nobody is told that it was kept.
    read = (_READERS_16 if call.version is Version.V16 else _READERS_2).get(call.action)
    return None if read is None or not call.expects_reply else read(call)
