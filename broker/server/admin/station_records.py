"""/api/v1/stations/{identity}/connectors and the like: what is known of one station, also while it is away."""

from collections.abc import Sequence
from typing import TypeVar

from aiohttp import web

from broker.records import Records, Station
from broker.server.admin import record_rows
from broker.server.admin.context import CONTEXT
from broker.server.admin.jsontext import respond
from broker.server.admin.problems import ApiProblem
from broker.server.admin.query import parameters, station_identity

T = TypeVar("T")


async def show_boot(request: web.Request) -> web.Response:
    """What a station said of itself when it booted last."""
    identity, records = _asked(request)
    found = await records.stations.get(identity)
    await _known(request, identity, [] if found is None else [found])
    return respond(record_rows.boot(found or Station(identity=identity, version="")))


async def list_connectors(request: web.Request) -> web.Response:
    """The last status of each connector."""
    identity, records = _asked(request)
    rows = await _known(request, identity, await records.connectors.of(identity))
    return respond({"connectors": [record_rows.connector(row) for row in rows]})


async def list_configuration(request: web.Request) -> web.Response:
    """Configuration keys, or variables, as far as the station has told them."""
    identity, records = _asked(request)
    rows = await _known(request, identity, await records.variables.of(identity))
    return respond({"configuration": record_rows.variables(rows)})


async def list_reservations(request: web.Request) -> web.Response:
    """Reservations, those that have ended too until they are pruned."""
    identity, records = _asked(request)
    rows = await _known(request, identity, await records.reservations.of(identity))
    return respond({"reservations": [record_rows.reservation(row) for row in rows]})


async def show_local_list(request: web.Request) -> web.Response:
    """The local authorization list that the station holds, as far as is known."""
    identity, records = _asked(request)
    found = await records.local_lists.get(identity)
    await _known(request, identity, [] if found is None else [found])
    return respond(record_rows.local_list(found))


async def list_charging_profiles(request: web.Request) -> web.Response:
    """Charging profiles that the station holds, as far as is known."""
    identity, records = _asked(request)
    rows = await _known(request, identity, await records.charging_profiles.of(identity))
    return respond({"charging_profiles": [record_rows.charging_profile(row) for row in rows]})


async def list_certificates(request: web.Request) -> web.Response:
    """Certificates that the station holds, as far as is known."""
    identity, records = _asked(request)
    rows = await _known(request, identity, await records.certificates.of(identity))
    return respond({"certificates": [record_rows.certificate(row) for row in rows]})


def _asked(request: web.Request) -> tuple[str, Records]:
    parameters(request)
    return station_identity(request), request.app[CONTEXT].surface.records


async def _known(request: web.Request, identity: str, rows: Sequence[T]) -> Sequence[T]:
    """The same rows; 404 where there are none, because nobody has ever heard of the station."""
    surface = request.app[CONTEXT].surface
    if not rows and surface.sessions.station(identity) is None and await surface.records.stations.get(identity) is None:
        raise ApiProblem("unknown-station", f"nothing is known of {identity}")
    return rows
