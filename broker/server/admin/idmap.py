"""GET /api/v1/stations/{identity}/ids and .../transactions/{transaction}/ids: which number each side has for what."""

from typing import Any

from aiohttp import web

from broker.server.admin.context import CONTEXT
from broker.server.admin.jsontext import respond
from broker.server.admin.problems import ApiProblem
from broker.server.admin.query import parameters, segment, station_identity

_TRANSACTION_SEGMENT = 6  # "", "api", "v1", "stations", identity, "transactions", transaction


async def list_ids(request: web.Request) -> web.Response:
    """The ids of one station: its transactions, and what else was given a number."""
    parameters(request)
    return respond(await _ids(request))


async def show_transaction_ids(request: web.Request) -> web.Response:
    """One transaction, by the id that the station has for it."""
    parameters(request)
    wanted = segment(request, _TRANSACTION_SEGMENT)
    rows = [row for row in (await _ids(request))["transactions"] if str(row["transaction"]) == wanted]
    if not rows:
        raise ApiProblem("unknown-transaction", "the station has no such transaction, or it is forgotten")
    # A station may use an id again: the one that is open is meant, else the latest.
    return respond(max(rows, key=lambda row: (not row["closed"], row["ref"])))


async def _ids(request: web.Request) -> dict[str, Any]:
    identity = station_identity(request)
    sessions = request.app[CONTEXT].surface.sessions
    found = await sessions.ids(identity)
    if found is not None:
        return found
    if sessions.station(identity) is None:
        raise ApiProblem("unknown-station", f"nothing is known of {identity}")
    return {"transactions": [], "ids": []}
