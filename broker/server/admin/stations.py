"""GET /api/v1/stations and /api/v1/stations/{identity}."""

from aiohttp import web

from broker.server.admin.context import CONTEXT
from broker.server.admin.jsontext import respond
from broker.server.admin.problems import ApiProblem
from broker.server.admin.query import number, parameters, station_identity
from broker.server.admin.registrations import with_registration

_LARGEST_PAGE = 10_000


async def list_stations(request: web.Request) -> web.Response:
    """All stations by identity, or a page of them: `next` is the `after` of the page that follows."""
    wanted = parameters(request, "connected", "after", "limit")
    connected, limit = _truth(wanted.get("connected")), number(wanted, "limit", 1, _LARGEST_PAGE)
    rows = request.app[CONTEXT].surface.sessions.stations()
    if connected is not None:
        rows = [row for row in rows if row["connected"] is connected]
    if "after" in wanted:
        rows = [row for row in rows if row["identity"] > wanted["after"]]
    following = {}
    if limit is not None and len(rows) > limit:
        rows = rows[:limit]
        following = {"next": rows[-1]["identity"]}
    known = request.app[CONTEXT].surface.records.registrations
    return respond({"stations": [with_registration(row, known) for row in rows], **following})


async def show_station(request: web.Request) -> web.Response:
    """One station."""
    parameters(request)
    identity = station_identity(request)
    station = request.app[CONTEXT].surface.sessions.station(identity)
    if station is None:
        raise ApiProblem("unknown-station", f"{identity} is neither registered nor connected")
    return respond(with_registration(station, request.app[CONTEXT].surface.records.registrations))


def _truth(text: str | None) -> bool | None:
    if text is None:
        return None
    if text not in ("true", "false"):
        raise ApiProblem("bad-request", "the query parameter connected is true or false")
    return text == "true"
