"""/healthz and /readyz, for whoever supervises the process; no token is needed."""

from aiohttp import web

from broker.server.admin.context import CONTEXT
from broker.server.admin.jsontext import respond
from broker.server.admin.problems import KINDS, TYPES, ApiProblem


async def healthz(request: web.Request) -> web.Response:
    """Alive: the event loop turns, or this would not be answered."""
    return respond({"status": "ok"})


async def readyz(request: web.Request) -> web.Response:
    """Ready to take stations, or 503."""
    if not request.app[CONTEXT].surface.ready:
        raise ApiProblem("not-ready", "the broker is starting or stopping", headers={"Retry-After": "1"})
    return respond({"status": "ready"})


async def problem(request: web.Request) -> web.Response:
    """What a problem type means."""
    name = request.match_info["name"]
    if name not in KINDS:
        raise ApiProblem("not-found", "no such problem type")
    kind = KINDS[name]
    return respond({"type": TYPES + name, "title": kind.title, "status": kind.status, "meaning": kind.meaning})
