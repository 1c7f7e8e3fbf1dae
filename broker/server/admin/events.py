"""GET /api/v1/events: the messages that pass, live."""

import asyncio

from aiohttp import web

from broker.server.admin.auth import Role
from broker.server.admin.context import CONTEXT, Context, asked_by, still_welcome
from broker.server.admin.hub import MAX_CLIENTS, Client
from broker.server.admin.problems import ApiProblem
from broker.server.admin.query import parameters

_SEND_SECONDS = 30.0
_HEADERS = {
    "Content-Type": "text/event-stream",
    "Cache-Control": "no-store",
    "X-Accel-Buffering": "no",  # nginx would hold events back until its buffer is full
}


async def events(request: web.Request) -> web.StreamResponse:
    """Stream messages until the client leaves, falls behind, loses its token, or the broker stops."""
    context = request.app[CONTEXT]
    wanted = parameters(request, "identity", "action")
    if context.hub.full:
        raise ApiProblem("too-many-streams", f"{MAX_CLIENTS} clients watch already", headers={"Retry-After": "30"})
    transport = request.transport
    assert transport is not None, "a request is handled on an open connection"
    client = Client(wanted.get("identity"), wanted.get("action"), name=asked_by(request), abort=transport.abort)
    response = web.StreamResponse(headers=_HEADERS)
    context.hub.join(client)
    try:
        await response.prepare(request)
        await _send(response, b": watching\n\n")
        while not client.closed:
            await _step(request, response, context, client)
    except (ConnectionError, TimeoutError):
        transport.abort()
    finally:
        context.hub.leave(client)
    return response


async def _step(request: web.Request, response: web.StreamResponse, context: Context, client: Client) -> None:
    data = await client.next(context.hub.heartbeat)
    if data:
        await _send(response, data)
    elif not client.closed:
        await _send(response, b": heartbeat\n\n")
    context.hub.follow()
    if not still_welcome(request, Role.VIEWER):
        client.close()


async def _send(response: web.StreamResponse, data: bytes) -> None:
    async with asyncio.timeout(_SEND_SECONDS):
        await response.write(data)
