"""The shapes of bodies and answers, as JSON Schema for the OpenAPI document."""

from typing import Any

from broker.ocpp import Version
from broker.server.admin import compare
from broker.server.admin.calls import MAX_ACTION, MAX_TIMEOUT
from broker.server.admin.schematic import ANY_OBJECT, TEXT, list_of, object_of
from broker.server.admin.shapes_backends import BACKENDS
from broker.server.admin.shapes_records import RECORDS
from broker.server.admin.shapes_registrations import REGISTRATIONS

SCHEMAS: dict[str, Any] = {
    "Status": object_of({"status": TEXT}),
    "Station": object_of(
        {
            "identity": TEXT,
            "registered": {
                "type": "boolean",
                "description": "By the configuration or by the API.",
            },
            "connected": {"type": "boolean"},
            "tags": {"type": "object", "additionalProperties": TEXT},
        },
        {
            "version": {"type": "string", "enum": [each.value for each in Version]},
            "subprotocol": {"type": "string", "description": "The name that the station offered for the version."},
            "security_profile": {"type": "integer", "minimum": 0, "maximum": 3},
            "listener": TEXT,
            "remote": {"type": "string", "description": "The address, without the port."},
            "user_agent": TEXT,
            "connected_at": {"type": "string", "format": "date-time"},
            "idle_seconds": {"type": "number", "description": "Since the station was last heard."},
            "registration": {"$ref": "#/components/schemas/Registration"},
            "route": object_of({"primary": TEXT}),
            "legs": list_of("Leg"),
        },
    ),
    "Leg": object_of(
        {
            "name": {"type": "string", "description": "`station`, or the upstream's name."},
            "state": TEXT,
            "calls_open": {"type": "integer"},
            "calls_waiting": {"type": "integer"},
        },
        {"calls_unanswered_by_us": {"type": "integer"}, "error": TEXT},
    ),
    "Stations": object_of(
        {"stations": list_of("Station")}, {"next": {"type": "string", "description": "Next `after`."}}
    ),
    "Call": {
        **object_of(
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
    "Operations": object_of({"operations": list_of("StationOperation")}),
    "StationOperation": object_of(
        {"name": TEXT, "version": TEXT, "plugin": TEXT, "summary": TEXT},
        {"params": {"type": "object", "description": "The JSON Schema of the body."}},
    ),
    "OperationParams": {"type": "object", "description": "As `params` of the operation has it."},
    "OperationResult": object_of({"result": ANY_OBJECT}),
    "Result": object_of({"result": ANY_OBJECT}),
    "Plugin": object_of({"name": TEXT, "module": TEXT}, {"enabled": {"type": "boolean"}, "config": ANY_OBJECT}),
    "Plugins": object_of({"plugins": list_of("Plugin")}),
    "Chains": object_of({"chains": {"type": "object", "additionalProperties": {"type": "array", "items": ANY_OBJECT}}}),
    "ProblemType": object_of({"type": TEXT, "title": TEXT, "status": {"type": "integer"}, "meaning": TEXT}),
    "Fault": object_of({"path": TEXT, "detail": TEXT}),
    "ConfigurationFault": object_of({"path": TEXT, "value": TEXT, "expected": TEXT}),
    "Problem": object_of(
        {"type": TEXT, "title": TEXT, "status": {"type": "integer"}},
        {
            "detail": TEXT,
            "instance": {"type": "string", "description": "Of a 500: the id under which the log has it."},
            "errors": list_of("Fault"),
            "problems": list_of("ConfigurationFault"),
            "error": object_of({"code": TEXT, "description": TEXT, "details": {}}),
        },
    ),
    "File": object_of(
        {
            "id": TEXT,
            "identity": TEXT,
            "purpose": TEXT,
            "name": {"type": "string", "description": "What the station calls it."},
            "bytes": {"type": "integer"},
            "at": {"type": "string", "format": "date-time"},
        }
    ),
    "Files": object_of({"files": list_of("File")}, {"next": {"type": "string", "description": "Next `after`."}}),
    **BACKENDS,
    **REGISTRATIONS,
    **RECORDS,
    **compare.SHAPES,
}
