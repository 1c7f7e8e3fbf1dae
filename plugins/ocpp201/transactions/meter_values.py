"""The meter values of a message, as they were sent."""

import json
from typing import Any

import msgspec

from broker.api import Call


class _Measured(msgspec.Struct, gc=False):
    """The part of the message that is kept: the rest of it has its own place, an idToken none but there."""

    meterValue: msgspec.Raw = msgspec.Raw()


_NOTHING = (b"", b"null", b"[]")
_read = msgspec.json.Decoder(_Measured).decode


def of_event(call: Call) -> bytes | None:
    """The JSON of its `meterValue`; None where it has none."""
    try:
        found = bytes(_read(call.raw).meterValue)
    except ValueError:  # what msgspec does not take may be JSON all the same
        given: Any = call.payload.get("meterValue")
        return json.dumps(given, separators=(",", ":")).encode() if given else None
    return None if found in _NOTHING else found
