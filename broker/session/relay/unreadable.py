"""Frames that are not OCPP-J: counted, shown, answered where an answer is possible, and never the end of a session."""

import structlog

from broker.hooks import Direction, SessionView, run_observe
from broker.ocpp import BadFrame, ErrorKind, Malformed, Reply, answer_malformed, error_code
from broker.session.events import malformed_event
from broker.session.leg import Leg
from broker.session.shared import Shared

_LOGGED = 5

_log = structlog.get_logger("broker.session")


class Unreadable:
    """The bad frames of one session."""

    __slots__ = ("_count", "_session", "_shared")

    def __init__(self, session: SessionView, shared: Shared) -> None:
        self._session = session
        self._shared = shared
        self._count = 0

    def take(self, leg: Leg, side: str, bad: Malformed, data: str | bytes) -> Reply | None:
        """A frame that cannot be read; returns what stands for it, where it was an answer to a call of ours."""
        metrics = self._shared.metrics
        metrics.bad_frame(bad.reason, side)
        if bad.reason is BadFrame.TOO_DEEP:
            metrics.limit("json_depth")
        self._show(leg.direction, leg.name, bad, data)
        answer = answer_malformed(bad, self._session.version)
        if answer is not None and leg.socket is not None:
            leg.socket.send(answer)
        if not bad.is_result or bad.id_json is None:
            return None
        # A broken answer to a call of ours: whoever asked is told now, not after the time limit.
        code = error_code(self._session.version, ErrorKind.INTERNAL)
        return Reply.error(code, f"the answer is malformed: {bad.reason}").under(bad.id or "", bad.id_json)

    def _show(self, direction: Direction, name: str, bad: Malformed, data: str | bytes) -> None:
        observers = self._shared.plugins.tables[self._session.version].chain(direction, "").observe
        if observers:
            run_observe(observers, self._session, malformed_event(direction, name, bad, data))
        self._count += 1
        if self._count <= _LOGGED:
            _log.warning(
                "bad frame", identity=self._session.identity, leg=name, reason=bad.reason, text=bad.description
            )
