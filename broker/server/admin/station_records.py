"""/api/v1/stations/{identity}/connectors and the like: what is known of one station, also while it is away."""

import json
from collections.abc import Sequence
from typing import Any, TypeVar

from aiohttp import web

from broker.ocpp.redact import masked
from broker.records import Records, Station
from broker.server.admin import record_rows
from broker.server.admin.context import CONTEXT
from broker.server.admin.jsontext import respond
from broker.server.admin.messages import LARGEST_PAGE, LAST_ID, USUAL_PAGE
from broker.server.admin.moments import moment_of
from broker.server.admin.problems import ApiProblem
from broker.server.admin.query import number, parameters, station_identity

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
    identity, records = _asked(request, "component", "variable")
    wanted = parameters(request, "component", "variable")
    rows = await _known(request, identity, await records.variables.of(identity))
    found = [row for row in rows if all(getattr(row, name) == value for name, value in wanted.items())]
    return respond({"configuration": record_rows.variables(found)})


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


async def list_documents(request: web.Request) -> web.Response:
    """What plugins keep of the station for themselves, by plugin and key; secrets masked."""
    identity, records = _asked(request)
    found = await records.documents.about(identity)
    await _known(request, identity, list(found))
    return respond({"documents": json.loads(masked(json.dumps(found).encode(), keyed=True))})


async def list_events(request: web.Request) -> web.Response:
    """What the station has noticed (NotifyEvent of 2.x), in the order in which it was told, by pages."""
    wanted = parameters(request, "component", "variable", "since", "until", "after", "limit")
    identity, records = station_identity(request), request.app[CONTEXT].surface.records
    limit = number(wanted, "limit", 1, LARGEST_PAGE) or USUAL_PAGE
    rows = await records.events.page(
        identity=identity,
        component=wanted.get("component"),
        variable=wanted.get("variable"),
        since=moment_of(wanted, "since"),
        until=moment_of(wanted, "until"),
        after=number(wanted, "after", 0, LAST_ID) or 0,
        limit=limit + 1,
    )
    await _known(request, identity, rows)
    answer: dict[str, Any] = {"events": [record_rows.station_event(row) for row in rows[:limit]]}
    if len(rows) > limit:
        answer["next"] = rows[limit - 1].id
    return respond(answer)


def _asked(request: web.Request, *allowed: str) -> tuple[str, Records]:
    parameters(request, *allowed)
    return station_identity(request), request.app[CONTEXT].surface.records


async def _known(request: web.Request, identity: str, rows: Sequence[T]) -> Sequence[T]:
    """The same rows; 404 where there are none, because nobody has ever heard of the station."""
    surface = request.app[CONTEXT].surface
    if not rows and surface.sessions.station(identity) is None and await surface.records.stations.get(identity) is None:
        raise ApiProblem("unknown-station", f"nothing is known of {identity}")
    return rows
