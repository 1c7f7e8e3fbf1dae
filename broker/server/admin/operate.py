"""What profiles offer to operators: GET /api/v1/operations, POST /api/v1/stations/{identity}/operations/{name}."""

from typing import Any

import pydantic
import structlog
from aiohttp import web

from broker.hooks import CallFailed, OperationFailed, StationRefused, UnknownOperation
from broker.server.admin.calls import connected, gave_no_answer
from broker.server.admin.context import CONTEXT, asked_by
from broker.server.admin.jsontext import respond
from broker.server.admin.problems import ApiProblem
from broker.server.admin.query import invalid_body, json_body, parameters, segment, station_identity

_NAME_SEGMENT = 6  # "", "api", "v1", "stations", identity, "operations", name
_audit = structlog.get_logger("broker.audit")


async def list_operations(request: web.Request) -> web.Response:
    """All of them, with what they take."""
    parameters(request)
    return respond({"operations": request.app[CONTEXT].surface.plugins.operations()})


async def operate(request: web.Request) -> web.Response:
    """Run one for a connected station; 200 with its result, or the problem."""
    parameters(request)
    identity, name = station_identity(request), segment(request, _NAME_SEGMENT) or ""
    body = await json_body(request) if request.can_read_body else {}
    status = 500
    try:
        result = await _run(request, identity, name, body)
        status = 200
    except ApiProblem as problem:
        status = problem.status
        raise
    finally:
        _audit.info("operation", by=asked_by(request), identity=identity, operation=name, status=status)
    return respond({"result": result})


async def _run(request: web.Request, identity: str, name: str, body: Any) -> dict[str, Any]:
    surface = request.app[CONTEXT].surface
    if not isinstance(body, dict):
        raise invalid_body([{"path": "", "detail": "an object with the operation's parameters"}])
    session = connected(surface, identity)
    try:
        operation = surface.plugins.operation(session.version, name)
    except UnknownOperation as error:
        raise ApiProblem("unknown-operation", str(error)) from error
    try:
        return await operation.run(session, body)
    except pydantic.ValidationError as error:
        raise invalid_body(_faults(error)) from None
    except StationRefused as error:
        told = {"code": error.code, "description": error.description, "details": error.details}
        raise ApiProblem("call-error", f"{identity} answered {error.code}", error=told) from error
    except OperationFailed as error:
        raise ApiProblem("operation-failed", str(error)) from error
    except CallFailed as error:
        raise gave_no_answer(error) from error


_WORDS = {"extra_forbidden": "no such parameter", "missing": "is required"}


def _said(text: str) -> str:
    """A plugin's own words, without pydantic's in front of them."""
    return text.removeprefix("Value error, ")


def _faults(error: pydantic.ValidationError) -> list[dict[str, str]]:
    """Path and what was expected, never the value: it may be a key."""
    return [
        {"path": ".".join(map(str, fault["loc"])), "detail": _WORDS.get(fault["type"]) or _said(fault["msg"])}
        for fault in error.errors(include_url=False, include_context=False, include_input=False)
    ]
