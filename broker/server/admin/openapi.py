"""The OpenAPI 3.1 document, made from the table of operations."""

import re
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from broker.ocpp import Version
from broker.server.admin.calls import MAX_ACTION, MAX_TIMEOUT
from broker.server.admin.operations import Operation
from broker.server.admin.problems import CONTENT_TYPE, KINDS, TYPES

_TEXT = {"type": "string"}
_ANY_OBJECT = {"type": "object"}


def _object(required: dict[str, Any], optional: dict[str, Any] | None = None) -> dict[str, Any]:
    return {"type": "object", "properties": {**required, **(optional or {})}, "required": list(required)}


def _list(name: str) -> dict[str, Any]:
    return {"type": "array", "items": {"$ref": f"#/components/schemas/{name}"}}


SCHEMAS: dict[str, Any] = {
    "Status": _object({"status": _TEXT}),
    "Station": _object(
        {
            "identity": _TEXT,
            "registered": {"type": "boolean", "description": "The configuration names it."},
            "connected": {"type": "boolean"},
            "tags": {"type": "object", "additionalProperties": _TEXT},
        },
        {
            "version": {"type": "string", "enum": [each.value for each in Version]},
            "subprotocol": {"type": "string", "description": "The name that the station offered for the version."},
            "security_profile": {"type": "integer", "minimum": 0, "maximum": 3},
            "listener": _TEXT,
            "remote": {"type": "string", "description": "The address, without the port."},
            "user_agent": _TEXT,
            "connected_at": {"type": "string", "format": "date-time"},
            "idle_seconds": {"type": "number", "description": "Since the station was last heard."},
            "route": _object({"primary": _TEXT}),
            "legs": _list("Leg"),
        },
    ),
    "Leg": _object(
        {
            "name": {"type": "string", "description": "`station`, or the upstream's name."},
            "state": _TEXT,
            "calls_open": {"type": "integer"},
            "calls_waiting": {"type": "integer"},
        },
        {"calls_unanswered_by_us": {"type": "integer"}, "error": _TEXT},
    ),
    "Stations": _object({"stations": _list("Station")}, {"next": {"type": "string", "description": "Next `after`."}}),
    "Call": {
        **_object(
            {
                "action": {"type": "string", "minLength": 1, "maxLength": MAX_ACTION},
                "payload": {"type": "object", "description": "Members that are null are left out."},
            },
            {
                "timeout": {
                    "type": "number",
                    "exclusiveMinimum": 0,
                    "maximum": MAX_TIMEOUT,
                    "description": "Seconds for the whole call, waiting included; default: `limits.call_timeout`.",
                },
                "validate": {"type": "boolean", "default": True, "description": "Check the payload first."},
            },
        ),
        "additionalProperties": False,
    },
    "Result": _object({"result": _ANY_OBJECT}),
    "Plugin": _object({"name": _TEXT, "module": _TEXT}, {"enabled": {"type": "boolean"}, "config": _ANY_OBJECT}),
    "Plugins": _object({"plugins": _list("Plugin")}),
    "Chains": _object({"chains": {"type": "object", "additionalProperties": {"type": "array", "items": _ANY_OBJECT}}}),
    "ProblemType": _object({"type": _TEXT, "title": _TEXT, "status": {"type": "integer"}, "meaning": _TEXT}),
    "Fault": _object({"path": _TEXT, "detail": _TEXT}),
    "ConfigurationFault": _object({"path": _TEXT, "value": _TEXT, "expected": _TEXT}),
    "Problem": _object(
        {"type": _TEXT, "title": _TEXT, "status": {"type": "integer"}},
        {
            "detail": _TEXT,
            "instance": {"type": "string", "description": "Of a 500: the id under which the log has it."},
            "errors": _list("Fault"),
            "problems": _list("ConfigurationFault"),
            "error": _object({"code": _TEXT, "description": _TEXT, "details": {}}),
        },
    ),
}

PARAMETERS: dict[str, tuple[str, dict[str, Any]]] = {
    "connected": ("Only those that are connected, or are not", {"type": "boolean"}),
    "after": ("Only identities after this one", {"type": "string", "minLength": 1}),
    "limit": ("At most so many; all without it", {"type": "integer", "minimum": 1, "maximum": 10_000}),
    "identity": ("Only this station", {"type": "string", "minLength": 1}),
    "action": ("Only this action", {"type": "string", "minLength": 1}),
    "version": ("Only this version", {"type": "string", "enum": [each.value for each in Version]}),
}

_PATHS = {"identity": "The station's identity, percent-encoded as one segment", "name": "The name"}


def document(operations: Sequence[Operation]) -> dict[str, Any]:
    """The whole document."""
    paths: dict[str, Any] = {}
    for operation in operations:
        paths.setdefault(operation.path, {})[operation.method.lower()] = _operation(operation)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Switchboard admin API", "version": _version(), "license": {"name": "Apache-2.0"}},
        "paths": paths,
        "components": {
            "schemas": SCHEMAS,
            "securitySchemes": {
                "token": {"type": "http", "scheme": "bearer", "description": "Roles: viewer, operator, admin."}
            },
        },
    }


def _operation(operation: Operation) -> dict[str, Any]:
    content = {"schema": {"$ref": f"#/components/schemas/{operation.answer}"} if operation.answer else _TEXT}
    row: dict[str, Any] = {
        "operationId": operation.name,
        "summary": operation.summary,
        "security": [] if operation.role is None else [{"token": []}],
        "responses": {
            "200": {"description": "Done", "content": {operation.media_type: content}},
            **_problems(operation),
        },
    }
    if operation.role is not None:
        row["description"] = f"Role: {operation.role.label}."
    if parameters := _parameters(operation):
        row["parameters"] = parameters
    if operation.body:
        schema = {"$ref": f"#/components/schemas/{operation.body}"}
        row["requestBody"] = {"required": True, "content": {"application/json": {"schema": schema}}}
    return row


def _parameters(operation: Operation) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = [
        {"name": name, "in": "path", "required": True, "description": _PATHS[name], "schema": _TEXT}
        for name in re.findall(r"{(\w+)}", operation.path)
    ]
    for name in operation.query:
        text, schema = PARAMETERS[name]
        rows.append({"name": name, "in": "query", "required": False, "description": text, "schema": schema})
    return rows


def _problems(operation: Operation) -> dict[str, Any]:
    access = () if operation.role is None else ("unauthorized", "forbidden")
    by_status: dict[str, list[str]] = {}
    for name in (*access, *operation.problems, "internal"):
        by_status.setdefault(str(KINDS[name].status), []).append(name)
    return {
        status: {
            "description": "; ".join(f"{KINDS[name].title} ({TYPES}{name})" for name in names),
            "content": {CONTENT_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
        }
        for status, names in sorted(by_status.items())
    }


def _version() -> str:
    try:
        return version("ocpp-switchboard")
    except PackageNotFoundError:
        return "0"
