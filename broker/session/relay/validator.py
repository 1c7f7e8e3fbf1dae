"""What a route says about payloads that are against their schema: refuse, count and pass, or do not look."""

from broker.config import Route
from broker.hooks import Direction
from broker.ocpp import Call, Reply, Validation, Version, Violation
from broker.session.shared import Shared

#: Never refused for their shape: a type error must not be the reason that a transaction is lost (design.md 5).
_TRANSACTIONAL = frozenset({"StartTransaction", "StopTransaction", "MeterValues", "TransactionEvent"})
_OPPOSITE = {
    Direction.FROM_STATION: Direction.TO_STATION,
    Direction.TO_STATION: Direction.FROM_STATION,
}


class Validator:
    """Looks at the payloads of one session; counts every violation, and returns the one that is to be refused."""

    __slots__ = ("_modes", "_shared", "_version")

    def __init__(self, route: Route, version: Version, shared: Shared) -> None:
        self._modes = {
            Direction.FROM_STATION: route.validation_from_station,
            Direction.TO_STATION: route.validation_to_station,
        }
        self._version = version
        self._shared = shared  # its schemas are read anew each time: a reload may bring others

    def call(self, direction: Direction, call: Call) -> Violation | None:
        """What to refuse a call for."""
        mode = self._modes[direction]
        if mode is Validation.OFF:
            return None
        return self._judged(self._shared.schemas.check_call(call), direction, mode, call.action)

    def result(self, asked: Direction, action: str, reply: Reply) -> Violation | None:
        """What to refuse the CALLRESULT for that answers a call which went in the direction `asked`."""
        direction = _OPPOSITE[asked]
        mode = self._modes[direction]
        if mode is Validation.OFF or not reply.is_result:
            return None
        return self._judged(self._shared.schemas.check_result(self._version, action, reply), direction, mode, action)

    def _judged(
        self, violation: Violation | None, direction: Direction, mode: Validation, action: str
    ) -> Violation | None:
        if violation is None:
            return None
        self._shared.metrics.violation(self._version, direction, violation.kind)
        return violation if mode is Validation.STRICT and action not in _TRANSACTIONAL else None
