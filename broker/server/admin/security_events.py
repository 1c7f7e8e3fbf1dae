"""GET /api/v1/security-events: what stations found worth telling security of."""

from typing import Any

from aiohttp import web

from broker.server.admin import record_rows
from broker.server.admin.context import CONTEXT
from broker.server.admin.jsontext import respond
from broker.server.admin.messages import LARGEST_PAGE, LAST_ID, USUAL_PAGE
from broker.server.admin.moments import moment_of
from broker.server.admin.query import number, parameters


async def list_security_events(request: web.Request) -> web.Response:
    """Security events in the order in which they came, by pages."""
    wanted = parameters(request, "identity", "type", "since", "until", "after", "limit")
    limit = number(wanted, "limit", 1, LARGEST_PAGE) or USUAL_PAGE
    rows = await request.app[CONTEXT].surface.records.security_events.page(
        identity=wanted.get("identity"),
        type=wanted.get("type"),
        since=moment_of(wanted, "since"),
        until=moment_of(wanted, "until"),
        after=number(wanted, "after", 0, LAST_ID) or 0,
        limit=limit + 1,
    )
    answer: dict[str, Any] = {"events": [record_rows.security_event(row) for row in rows[:limit]]}
    if len(rows) > limit:
        answer["next"] = rows[limit - 1].id
    return respond(answer)
