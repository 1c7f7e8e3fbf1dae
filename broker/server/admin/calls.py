"""POST /api/v1/stations/{identity}/calls: a call to a station, and its answer."""

from collections.abc import Collection
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

import structlog
from aiohttp import web

from broker.hooks import CallFailed, CallTimeout, NotConnected, QueueFull
from broker.ocpp import Call, Reply, Version
from broker.ocpp.actions import FROM_STATION, TO_STATION
from broker.server.admin.context import CONTEXT, asked_by
from broker.server.admin.problems import ApiProblem
from broker.server.admin.query import invalid_body, json_body, parameters, station_identity
from broker.server.admin.surface import StationSession, Surface

MAX_TIMEOUT = 600.0
MAX_ACTION = 255
_MEMBERS = ("action", "payload", "timeout", "validate")
_audit = structlog.get_logger("broker.audit")


@dataclass(frozen=True, slots=True)
class Order:
    """The body of a request, checked."""

    action: str
    payload: dict[str, Any]
    timeout: float | None
    """Seconds for the whole call; None for the configured `limits.call_timeout`."""
    validate: bool


async def call_station(request: web.Request) -> web.Response:
    """Send the call and wait; 200 with the result, or the problem."""
    parameters(request)
    identity = station_identity(request)
    order = order_of(await json_body(request))
    status = 500
    try:
        reply = await _sent(request.app[CONTEXT].surface, identity, order)
        answer = _answer(identity, reply)
        status = answer.status
    except ApiProblem as problem:
        status = problem.status
        raise
    finally:
        _audit.info("call", by=asked_by(request), identity=identity, action=order.action, status=status)
    return answer


def order_of(body: Any) -> Order:
    """The order in a decoded body; raises ApiProblem 422 with every fault."""
    if not isinstance(body, dict):
        raise invalid_body([{"path": "", "detail": "an object with action and payload"}])
    faults = [{"path": name, "detail": "no such member"} for name in body if name not in _MEMBERS]
    checks = (
        ("action", _is_action(body.get("action")), f"a name of 1 to {MAX_ACTION} printable characters"),
        ("payload", isinstance(body.get("payload"), dict), "an object"),
        ("timeout", _is_timeout(body.get("timeout", 1)), f"seconds, more than 0 and at most {MAX_TIMEOUT:g}"),
        ("validate", isinstance(body.get("validate", True), bool), "true or false"),
    )
    faults += [{"path": name, "detail": expected} for name, good, expected in checks if not good]
    if faults:
        raise invalid_body(faults)
    timeout = float(body["timeout"]) if "timeout" in body else None
    return Order(body["action"], body["payload"], timeout, body.get("validate", True))


def _is_action(value: Any) -> bool:
    return isinstance(value, str) and 0 < len(value) <= MAX_ACTION and value.isprintable()


def _is_timeout(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and 0 < value <= MAX_TIMEOUT


async def _sent(surface: Surface, identity: str, order: Order) -> Reply:
    session = connected(surface, identity)
    if order.validate:
        _check(surface, session, order)
    try:
        return await session.call(order.action, order.payload, timeout=order.timeout, origin="api")
    except CallFailed as error:
        raise gave_no_answer(error) from error


def connected(surface: Surface, identity: str) -> StationSession:
    """The session of a station; raises ApiProblem where there is none."""
    session = surface.sessions.get(identity)
    if session is not None:
        return session
    if surface.sessions.station(identity) is None:
        raise ApiProblem("unknown-station", f"{identity} is not connected, and no such station is registered")
    raise ApiProblem("not-connected", f"{identity} is not connected")


def gave_no_answer(error: CallFailed) -> ApiProblem:
    """The problem of a call to a station that came to nothing."""
    if isinstance(error, NotConnected):
        return ApiProblem("not-connected", str(error))
    if isinstance(error, CallTimeout):
        return ApiProblem("no-answer", str(error))
    if isinstance(error, QueueFull):
        return ApiProblem("queue-full", str(error), headers={"Retry-After": "1"})
    return ApiProblem("dropped", str(error))


def _check(surface: Surface, session: StationSession, order: Order) -> None:
    # A plugin's own actions have no direction here: they pass.
    known = surface.schemas.actions(session.version) - (FROM_STATION[session.version] - TO_STATION[session.version])
    if order.action not in known:
        detail = _no_such_call(session.version, order.action, known)
        raise ApiProblem("invalid-payload", detail, errors=[{"path": "action", "detail": detail}])
    call = Call.of(order.action, order.payload, version=session.version, origin="api")
    violation = surface.schemas.check_call(call)
    if violation is not None:
        detail = f"{order.action} is against the schema of {session.version}: {violation.path}: {violation.message}"
        errors = [{"path": violation.path, "detail": violation.message}]
        raise ApiProblem("invalid-payload", detail, errors=errors)


def _no_such_call(version: Version, action: str, known: Collection[str]) -> str:
    if action in FROM_STATION[version]:
        return f"{action} is a call that stations make, not one that they take"
    near = get_close_matches(action, sorted(known), 1)
    return f"{version} has no action of this name" + (f"; did you mean {near[0]}?" if near else "")


def _answer(identity: str, reply: Reply) -> web.Response:
    if reply.is_result:
        # The station's own text, so that 1.50 stays 1.50.
        return web.Response(body=b'{"result":%b}' % reply.raw, content_type="application/json")
    error = {"code": reply.code, "description": reply.description, "details": reply.details}
    return ApiProblem("call-error", f"{identity} answered {reply.code}", error=error).response()
