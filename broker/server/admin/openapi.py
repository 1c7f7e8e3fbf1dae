"""The OpenAPI 3.1 document, made from the table of operations."""

import re
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from broker.ocpp import Version
from broker.server.admin.messages import LARGEST_PAGE, LAST_ID, USUAL_PAGE
from broker.server.admin.operations import Operation
from broker.server.admin.problems import CONTENT_TYPE, KINDS, TYPES
from broker.server.admin.schematic import TEXT
from broker.server.admin.shapes import SCHEMAS
from broker.server.admin.tokens import STATUSES

#: Query parameters. What stands before a dot tells apart those that have one name and mean different things.
PARAMETERS: dict[str, tuple[str, dict[str, Any]]] = {
    "connected": ("Only those that are connected, or are not", {"type": "boolean"}),
    "after": ("Only identities after this one", {"type": "string", "minLength": 1}),
    "limit": ("At most so many; all without it", {"type": "integer", "minimum": 1, "maximum": 10_000}),
    "message.after": ("Only messages after this id", {"type": "integer", "minimum": 0, "maximum": LAST_ID}),
    "message.limit": (
        "At most so many messages",
        {"type": "integer", "minimum": 1, "maximum": LARGEST_PAGE, "default": USUAL_PAGE},
    ),
    "purpose": ("Only files brought for this, such as `diagnostics` or `log`", {"type": "string", "minLength": 1}),
    "file.after": ("Only files after this id", {"type": "string", "minLength": 1}),
    "token.after": ("Only tokens after this one", {"type": "string", "minLength": 1}),
    "token.limit": (
        "At most so many tokens",
        {"type": "integer", "minimum": 1, "maximum": LARGEST_PAGE, "default": USUAL_PAGE},
    ),
    "status": ("Only tokens with this status", {"type": "string", "enum": list(STATUSES)}),
    "check": ("Only look whether it could be done", {"type": "boolean", "default": False}),
    "direction": (
        "Only calls in this direction, and their replies",
        {"type": "string", "enum": ["from_station", "to_station"]},
    ),
    "since": ("Not before this time", {"type": "string", "format": "date-time"}),
    "until": ("Before this time", {"type": "string", "format": "date-time"}),
    "format": (
        "`jsonl`: all that match, streamed as JSON Lines, without `next`; Accept: application/jsonl does it too",
        {"type": "string", "enum": ["json", "jsonl"], "default": "json"},
    ),
    "transaction.after": ("Only transactions after this ref", {"type": "integer", "minimum": 0, "maximum": LAST_ID}),
    "transaction.limit": (
        "At most so many transactions",
        {"type": "integer", "minimum": 1, "maximum": LARGEST_PAGE, "default": USUAL_PAGE},
    ),
    "token": ("Only those that this idTag or idToken has started or stopped", {"type": "string", "minLength": 1}),
    "open": ("Only those that have not ended, or have", {"type": "boolean"}),
    "transaction.since": ("Only those that began then or later", {"type": "string", "format": "date-time"}),
    "transaction.until": ("Only those that began before", {"type": "string", "format": "date-time"}),
    "ref": (
        "The transaction with this ref; without it, the one that the id names now",
        {"type": "integer", "minimum": 1, "maximum": LAST_ID},
    ),
    "value.after": ("Only meter values after this id", {"type": "integer", "minimum": 0, "maximum": LAST_ID}),
    "value.limit": (
        "At most so many meter values",
        {"type": "integer", "minimum": 1, "maximum": LARGEST_PAGE, "default": USUAL_PAGE},
    ),
    "type": ("Only events of this type", {"type": "string", "minLength": 1}),
    "event.since": ("Only events that were received then or later", {"type": "string", "format": "date-time"}),
    "event.until": ("Only events that were received before", {"type": "string", "format": "date-time"}),
    "event.after": ("Only events after this id", {"type": "integer", "minimum": 0, "maximum": LAST_ID}),
    "event.limit": (
        "At most so many events",
        {"type": "integer", "minimum": 1, "maximum": LARGEST_PAGE, "default": USUAL_PAGE},
    ),
    "component": ("Only of this component, such as EVSE@1", {"type": "string", "minLength": 1}),
    "variable": ("Only of this variable", {"type": "string", "minLength": 1}),
    "upstream": ("Only this upstream", {"type": "string", "minLength": 1}),
    "identity": ("Only this station", {"type": "string", "minLength": 1}),
    "action": ("Only this action", {"type": "string", "minLength": 1}),
    "version": ("Only this version", {"type": "string", "enum": [each.value for each in Version]}),
}

_PATHS = {
    "identity": "The station's identity, percent-encoded as one segment",
    "upstream": "The upstream's name, percent-encoded as one segment",
    "transaction": "The transactionId that the station has for it, percent-encoded as one segment",
    "name": "The name",
    "file": "The file's id",
    "id": "The idTag or idToken, percent-encoded as one segment; upper and lower case are the same",
}


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
    content = {"schema": {"$ref": f"#/components/schemas/{operation.answer}"} if operation.answer else TEXT}
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
        taken = {"application/json": {"schema": schema}}
        if operation.csv:
            taken["text/csv"] = {"schema": TEXT}
        row["requestBody"] = {"required": True, "content": taken}
    return row


def _parameters(operation: Operation) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = [
        {"name": name, "in": "path", "required": True, "description": _PATHS[name], "schema": TEXT}
        for name in re.findall(r"{(\w+)}", operation.path)
    ]
    for key in operation.query:
        text, schema = PARAMETERS[key]
        name = key.rpartition(".")[2]
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
