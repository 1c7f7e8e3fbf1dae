"""POST /api/v1/stations/{identity}/forget and /api/v1/tokens/{id}/forget: deletion for good (GDPR article 17)."""

from aiohttp import web

from broker.config.tokens import MAX_ID, fault_in_id
from broker.server.admin.audit import audited
from broker.server.admin.context import CONTEXT
from broker.server.admin.jsontext import respond
from broker.server.admin.problems import ApiProblem
from broker.server.admin.query import no_body, parameters, segment, station_identity

_ID_SEGMENT = 4  # "", "api", "v1", "tokens", id, "forget"


async def forget_station(request: web.Request) -> web.Response:
    """Delete everything of a station, its registration, its outboxes and its files too."""
    parameters(request)
    await no_body(request)
    identity = station_identity(request)
    context = request.app[CONTEXT]
    surface = context.surface
    with audited(request, "station forgotten", identity=identity) as seen:
        async with context.registering:
            released = surface.sessions.forget(identity)  # first: what is in memory would be written again
            seen["files"] = await surface.files.forget(identity)
            seen["rows"] = await surface.records.forget_station(identity)
    return respond({"rows": seen["rows"], "files": seen["files"], "complete": released})


async def forget_token(request: web.Request) -> web.Response:
    """Delete a token, and take it out of what else holds it."""
    parameters(request)
    await no_body(request)
    one = segment(request, _ID_SEGMENT)
    if one is None or fault_in_id(one):
        raise ApiProblem("unknown-token", f"this can be no token: it has 1 to {MAX_ID} printable characters")
    with audited(request, "token forgotten") as seen:
        seen["rows"] = await request.app[CONTEXT].surface.records.forget_token(one)
    return respond({"rows": seen["rows"]})
