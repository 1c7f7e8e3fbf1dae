"""One message, one line: how `tail`, `demo` and `simulate` show what passes.

    12:00:01.123  CP-16-1   ocpp1.6    -> StartTransaction  connector 1, idTag DEMO-TAG
    12:00:01.126  CP-16-1   ocpp1.6    <= StartTransaction  transaction 1, Accepted  (2.9 ms)

The arrow points the way the frame goes: right is from the station, left is to the station. `->` and `<-` are calls,
`=>` and `<=` their replies.
"""

import json
from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from broker.cli.console import Style
from broker.cli.summary import summary
from broker.log import escaped

_IDENTITY_COLOURS = ("cyan", "magenta", "blue", "bright_green", "bright_yellow", "bright_cyan")
_REMEMBERED = 4096


@dataclass(frozen=True, slots=True)
class Message:
    """What a line is made of, wherever it comes from."""

    at: float
    """Unix time in seconds."""
    identity: str
    version: str
    kind: str
    """`call`, `reply` or `malformed`."""
    from_station: bool
    """The way of the call, for its reply too."""
    action: str
    message_id: str
    payload: Any
    peer: str = ""
    """The station's other side: an upstream's name, `local`, `plugin` or `api`."""
    outcome: str = ""
    """`error` for a CALLERROR."""


def from_event(event: dict[str, Any]) -> Message | None:
    """The message in an event of the admin API; None for an event of another kind (a session's, for one)."""
    if event.get("kind") not in ("call", "reply", "malformed"):
        return None
    return Message(
        at=float(event.get("at") or 0.0),
        identity=str(event.get("identity", "")),
        version=str(event.get("version", "")),
        kind=str(event["kind"]),
        from_station=event.get("direction") != "to_station",
        action=str(event.get("action", "")),
        message_id=str(event.get("message_id", "")),
        payload=event.get("payload"),
        peer=str(event.get("peer", "")),
        outcome=str(event.get("outcome", "")),
    )


class Lines:
    """Makes the lines. It remembers the open calls, so that a reply shows its time, and the widths seen so far."""

    def __init__(self, style: Style, *, width: int | None = None, milliseconds: bool = True) -> None:
        self._style, self._width, self._milliseconds = style, width, milliseconds
        self._open: OrderedDict[tuple[str, bool, str], Message] = OrderedDict()
        self._colours: dict[str, str] = {}
        self._identity_width = 8
        self._version_width = len("ocpp2.0.1")

    def line(self, message: Message) -> str:
        """The line of `message`, cut to the width of the terminal where there is one."""
        call = self._pair(message)
        took = "" if call is None else f"({_duration(message.at - call.at)})"
        action = message.action or (call.action if call is not None else "?")
        parts: list[tuple[str, tuple[str, ...]]] = [
            (self._clock(message.at), ("dim",)),
            (self._padded(escaped(message.identity)), (self._colour(message.identity),)),
            (message.version.ljust(self._version_width), ("dim",)),
            (self._arrow(message), ("green",) if self._to_right(message) else ("yellow",)),
        ]
        if message.kind == "malformed":
            parts.append(("malformed frame", ("bold", "red")))
            parts.append((escaped(str(message.outcome)), ("red",)))
        elif message.outcome == "error":
            parts.append((escaped(action), ("bold",)))
            parts.append((_error(message.payload), ("red",)))
        else:
            parts.append((escaped(action), ("bold",) if message.kind == "call" else ()))
            parts.append((summary(action, message.payload), ()))
        parts.append((took, ("dim",)))
        return self._joined(parts)

    def _joined(self, parts: list[tuple[str, tuple[str, ...]]]) -> str:
        left = self._width if self._width is not None else 10_000
        shown = []
        for number, (text, names) in enumerate(part for part in parts if part[0]):
            gap = "" if number == 0 else " " if number == 4 else "  "
            if len(gap) + len(text) > left:
                text = text[: max(0, left - len(gap) - 3)] + "..."
                if left < len(gap) + 4:
                    break
            left -= len(gap) + len(text)
            shown.append(gap + self._style(text, *names))
        return "".join(shown)

    def _pair(self, message: Message) -> Message | None:
        key = (message.identity, message.from_station, message.message_id)
        if message.kind == "call":
            self._open[key] = message
            if len(self._open) > _REMEMBERED:
                self._open.popitem(last=False)
            return None
        return self._open.pop(key, None) if message.kind == "reply" else None

    def _clock(self, at: float) -> str:
        text = datetime.fromtimestamp(at).strftime("%H:%M:%S.%f")
        return text[:12] if self._milliseconds else text[:8]

    def _padded(self, identity: str) -> str:
        self._identity_width = min(24, max(self._identity_width, len(identity)))
        return identity.ljust(self._identity_width)

    def _colour(self, identity: str) -> str:
        return self._colours.setdefault(identity, _IDENTITY_COLOURS[len(self._colours) % len(_IDENTITY_COLOURS)])

    def _to_right(self, message: Message) -> bool:
        return message.from_station != (message.kind == "reply")

    def _arrow(self, message: Message) -> str:
        if message.kind == "reply":
            return "=>" if self._to_right(message) else "<="
        return "->" if self._to_right(message) else "<-"


def _duration(seconds: float) -> str:
    return f"{seconds * 1000:.1f} ms" if seconds < 1 else f"{seconds:.2f} s"


def _error(payload: Any) -> str:
    """Code and description of a CALLERROR, whose payload is `[code, description, details]` or an object of these."""
    if isinstance(payload, list):
        parts = [str(part) for part in payload[:2] if part]
    elif isinstance(payload, dict):
        parts = [str(payload[key]) for key in ("code", "description") if payload.get(key)]
    else:
        parts = [json.dumps(payload)] if payload else []
    return escaped(": ".join(parts)) or "error"
