"""What observers get to see of the messages that pass."""

from time import time

from broker.hooks import Direction, Event
from broker.ocpp import Call, Malformed

_SHOWN = 1024  # characters of a frame that cannot be read


def message_event(kind: str, direction: Direction, peer: str, call: Call, raw: bytes, outcome: str) -> Event:
    """A `call`, or the `reply` to one, with the payload as it is on the wire."""
    return Event(kind, time(), direction, peer, call.action, call.id, raw, outcome)


def malformed_event(direction: Direction, peer: str, bad: Malformed, data: str | bytes) -> Event:
    """A frame that is not OCPP-J: its beginning, and what is wrong with it as the outcome."""
    start = data[:_SHOWN]
    raw = start.encode(errors="replace") if isinstance(start, str) else bytes(start)
    return Event("malformed", time(), direction, peer, "", bad.id or "", raw, bad.reason.value)
