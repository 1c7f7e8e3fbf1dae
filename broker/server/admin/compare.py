"""GET and DELETE /api/v1/compare: how candidates answer compared with the primaries they are to replace."""

from typing import Any

from aiohttp import web

from broker.server.admin.audit import audited
from broker.server.admin.context import CONTEXT
from broker.server.admin.jsontext import respond
from broker.server.admin.query import no_body, parameters
from broker.server.admin.schematic import NUMBER, TEXT, TIME, array_of, list_of, object_of, said


async def show_compare(request: web.Request) -> web.Response:
    """By primary and candidate: what was equal, what differs and how often, who did not answer, and the latencies."""
    parameters(request)
    return respond(request.app[CONTEXT].surface.sessions.comparisons.report())


async def reset_compare(request: web.Request) -> web.Response:
    """Forget what was compared so far, as after a change of the candidate; the metrics go on."""
    parameters(request)
    await no_body(request)
    with audited(request, "compare reset"):
        request.app[CONTEXT].surface.sessions.comparisons.reset()
    return respond({"status": "reset"})


_KINDS = ("error", "error_code", "status", "token", "interval")
_SECONDS = {"type": ["number", "null"], "minimum": 0}
_VALUE: dict[str, Any] = {"type": ["string", "number", "boolean", "null"]}
_COUNTS: dict[str, Any] = {
    "compared": said(NUMBER, "Calls that both have answered."),
    "equal": NUMBER,
    "different": NUMBER,
    "missing": said(
        object_of({"primary": NUMBER, "candidate": NUMBER, "both": NUMBER}), "Calls by who has not answered."
    ),
}

SHAPES: dict[str, Any] = {
    "Latency": object_of(
        {"count": NUMBER, "mean": said(_SECONDS, "Seconds; null for none."), "p50": _SECONDS, "p95": _SECONDS}
    ),
    "ComparedAction": object_of(
        {
            "action": said(TEXT, "`other` for actions outside the schemas."),
            **_COUNTS,
            "differences": array_of(
                object_of(
                    {
                        "kind": {"type": "string", "enum": list(_KINDS)},
                        "path": said(TEXT, "Of the member, `[]` for each index; empty for the answer as a whole."),
                        "count": NUMBER,
                    }
                )
            ),
            "latency": object_of({side: {"$ref": "#/components/schemas/Latency"} for side in ("primary", "candidate")}),
        }
    ),
    "ComparedExample": object_of(
        {
            "time": TIME,
            "identity": TEXT,
            "action": TEXT,
            "kind": {"type": "string", "enum": [*_KINDS, "missing_primary", "missing_candidate", "missing_both"]},
            "path": TEXT,
            "primary": said(_VALUE, "What the primary said; null for nothing. idTags are not shown."),
            "candidate": _VALUE,
        }
    ),
    "ComparedPair": object_of(
        {
            "primary": TEXT,
            "candidate": TEXT,
            **_COUNTS,
            "actions": list_of("ComparedAction"),
            "examples": said(list_of("ComparedExample"), "The last 50, the last one first."),
        }
    ),
    "Comparisons": object_of(
        {"since": said(TIME, "The broker's start, or the last reset."), "pairs": list_of("ComparedPair")}
    ),
}
