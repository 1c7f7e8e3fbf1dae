"""Frames of a simulated station as lines."""

from collections import OrderedDict

from broker.cli.console import say
from broker.cli.messages import Lines, Message
from broker.ocpp import Call, Reply, Version, parse
from broker.simulate import Line

_REMEMBERED = 64


class WireLines:
    """The `on_line` of one simulated station: prints each frame. A reply carries no action, so calls are remembered."""

    def __init__(self, lines: Lines, identity: str, version: Version) -> None:
        self._lines, self._identity, self._version = lines, identity, version
        self._actions: OrderedDict[tuple[bool, str], str] = OrderedDict()

    def __call__(self, line: Line) -> None:
        say(self._lines.line(self.message(line)))

    def message(self, line: Line) -> Message:
        """The frame on the wire as a message."""
        frame = parse(line.text, self._version)
        if isinstance(frame, Call):
            self._remember(line.sent, frame)
            return self._made(line, "call", line.sent, frame.action, frame.id, frame.payload)
        if isinstance(frame, Reply):
            from_station = not line.sent
            action = self._actions.pop((from_station, frame.id), "")
            payload = frame.payload if frame.is_result else [frame.code, frame.description]
            outcome = "result" if frame.is_result else "error"
            return self._made(line, "reply", from_station, action, frame.id, payload, outcome)
        return self._made(line, "malformed", line.sent, "", frame.id or "", None, str(frame.reason))

    def _remember(self, sent: bool, call: Call) -> None:
        self._actions[(sent, call.id)] = call.action
        if len(self._actions) > _REMEMBERED:
            self._actions.popitem(last=False)

    def _made(
        self,
        line: Line,
        kind: str,
        from_station: bool,
        action: str,
        message_id: str,
        payload: object,
        outcome: str = "",
    ) -> Message:
        return Message(
            line.at, self._identity, self._version.value, kind, from_station, action, message_id, payload,
            outcome=outcome,
        )  # fmt: skip
