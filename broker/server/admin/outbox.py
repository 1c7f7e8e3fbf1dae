"""/api/v1/outbox: what waits for the upstreams."""

from aiohttp import web

from broker.server.admin.audit import audited
from broker.server.admin.context import CONTEXT
from broker.server.admin.jsontext import respond
from broker.server.admin.messages import LARGEST_PAGE, LAST_ID, USUAL_PAGE, error_text, page
from broker.server.admin.problems import ApiProblem
from broker.server.admin.query import no_body, number, parameters, segment, station_identity
from broker.server.admin.surface import Deliveries

_UPSTREAM_SEGMENT = 5  # "", "api", "v1", "outbox", identity, upstream


async def list_outboxes(request: web.Request) -> web.Response:
    """Every outbox that is not empty, by identity and upstream."""
    wanted = parameters(request, "identity", "upstream")
    rows = [
        {**row, "error": error_text(row["error"])}
        for row in deliveries(request).outboxes()
        if all(row[name] == value for name, value in wanted.items())
    ]
    return respond({"outboxes": sorted(rows, key=lambda row: (row["identity"], row["upstream"]))})


async def show_outbox(request: web.Request) -> web.Response:
    """The messages of one outbox in the order in which they are delivered, by pages."""
    wanted = parameters(request, "after", "limit")
    after = number(wanted, "after", 0, LAST_ID) or 0
    limit = number(wanted, "limit", 1, LARGEST_PAGE) or USUAL_PAGE
    identity, upstream = _outbox(request)
    rows = await deliveries(request).messages(identity, upstream, after=after, limit=limit + 1)
    return page(rows, limit, {"identity": identity, "upstream": upstream})


async def retry_outbox(request: web.Request) -> web.Response:
    """Deliver now, and not when the next attempt is due."""
    parameters(request)
    await no_body(request)
    identity, upstream = _outbox(request)
    with audited(request, "outbox retry", identity=identity, upstream=upstream):
        if not await deliveries(request).retry(identity, upstream):
            raise ApiProblem("empty-outbox", f"nothing of {identity} waits for {upstream}")
    return respond({"status": "retrying"})


async def drop_outbox(request: web.Request) -> web.Response:
    """Take what waits to the dead letters, from where it can be replayed."""
    parameters(request)
    await no_body(request)
    identity, upstream = _outbox(request)
    with audited(request, "outbox drop", identity=identity, upstream=upstream) as seen:
        dropped = seen["dropped"] = await deliveries(request).drop_outbox(identity, upstream)
    return respond({"dropped": dropped})


def deliveries(request: web.Request) -> Deliveries:
    """The outboxes and dead letters of the broker."""
    return request.app[CONTEXT].surface.sessions.deliveries


def _outbox(request: web.Request) -> tuple[str, str]:
    """The identity and the upstream in the path. 404 when nothing waits there and either is unknown.

    A misspelt name must not look like an outbox that is empty; what waits for an upstream that was taken out of the
    configuration can still be seen.
    """
    identity, upstream = station_identity(request), segment(request, _UPSTREAM_SEGMENT)
    surface = request.app[CONTEXT].surface
    if upstream is None:
        raise ApiProblem("unknown-upstream", "this cannot be the name of an upstream")
    station = surface.sessions.station(identity) is not None
    if not (station and upstream in surface.config.upstreams) and not _waits(deliveries(request), identity, upstream):
        if station:
            raise ApiProblem("unknown-upstream", f"no upstream {upstream} is configured, and nothing waits for it")
        raise ApiProblem("unknown-station", f"{identity} is neither registered nor connected, and nothing of it waits")
    return identity, upstream


def _waits(outboxes: Deliveries, identity: str, upstream: str) -> bool:
    return any((row["identity"], row["upstream"]) == (identity, upstream) for row in outboxes.outboxes())
