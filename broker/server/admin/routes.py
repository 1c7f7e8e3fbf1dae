"""/api/v1/stations/{identity}/route: where one station's messages go."""

from typing import Any

from aiohttp import web

from broker.config import ConfigError, Route, route_from
from broker.server.admin.audit import audited
from broker.server.admin.context import CONTEXT
from broker.server.admin.jsontext import respond
from broker.server.admin.problems import ApiProblem
from broker.server.admin.query import json_body, no_body, parameters, station_identity
from broker.server.admin.surface import SessionBook, Surface


async def show_route(request: web.Request) -> web.Response:
    """The route of one station, and whether it is being switched."""
    parameters(request)
    identity = station_identity(request)
    sessions = _sessions(request)
    found = await sessions.route_of(identity)
    if found is not None:
        return respond(found)
    if sessions.station(identity) is None:
        raise _unknown(identity)
    raise ApiProblem("not-connected", f"{identity} is not connected: its route is chosen when it comes")


async def set_route(request: web.Request) -> web.Response:
    """Give one station a route of its own; open transactions stay with the upstream that started them."""
    parameters(request)
    identity = station_identity(request)
    surface = request.app[CONTEXT].surface
    document = await json_body(request)
    with audited(request, "route set", identity=identity) as seen:
        await _must_be_known(surface, identity)
        route = _route(document, surface)
        seen["primary"] = route.primary
        seen["secondaries"] = [secondary.upstream for secondary in route.secondaries]
        found = await surface.sessions.set_route(identity, route)
    return respond(found)


async def clear_route(request: web.Request) -> web.Response:
    """Back to the route that the configuration has for the station."""
    parameters(request)
    await no_body(request)
    identity = station_identity(request)
    with audited(request, "route cleared", identity=identity):
        await _must_be_known(request.app[CONTEXT].surface, identity)
        found = await _sessions(request).clear_route(identity)
    return respond(found)


def _route(document: Any, surface: Surface) -> Route:
    """The route in a body; raises ApiProblem 422 with every fault."""
    try:
        return route_from(document, surface.config.upstreams)
    except ConfigError as error:
        problems = [{"path": p.path, "value": p.value, "expected": p.expected} for p in error.problems]
        detail = "nothing was changed: " + "; ".join(str(problem) for problem in error.problems[:3])
        raise ApiProblem("invalid-configuration", detail, problems=problems) from None


async def _must_be_known(surface: Surface, identity: str) -> None:
    """404 for a station that could not connect anyway: a misspelt identity must not look like a success.

    Where unknown stations may connect, one that is away now may be given its route before it comes.
    """
    if surface.config.stations.unknown == "accept" or surface.sessions.station(identity) is not None:
        return
    if await surface.sessions.route_of(identity) is None:
        raise _unknown(identity)


def _sessions(request: web.Request) -> SessionBook:
    return request.app[CONTEXT].surface.sessions


def _unknown(identity: str) -> ApiProblem:
    return ApiProblem("unknown-station", f"{identity} is neither registered nor connected")
