"""GET /api/v1/messages: the messages that the plugin `policy.message_log` has kept."""

import asyncio
from typing import Any

from aiohttp import web

from broker.records import Message, Messages, StoreFailed
from broker.server.admin.auth import Role
from broker.server.admin.context import CONTEXT, still_welcome
from broker.server.admin.messages import LARGEST_PAGE, LAST_ID, USUAL_PAGE, message, page
from broker.server.admin.moments import iso, moment_of
from broker.server.admin.problems import ApiProblem
from broker.server.admin.query import number, parameters

DIRECTIONS = ("from_station", "to_station")
FORMATS = ("json", "jsonl")
PARAMETERS = ("identity", "action", "direction", "since", "until", "after", "limit", "format")
JSON_LINES = "application/jsonl"

_BATCH = 200
_SEND_SECONDS = 30.0
_LINE_ENDS = bytes.maketrans(b"\r\n", b"  ")  # between the tokens of a JSON text a space is the same (RFC 8259 2)


async def list_messages(request: web.Request) -> web.StreamResponse:
    """Messages in the order in which they passed: by pages, or all of them as JSON Lines."""
    wanted = parameters(request, *PARAMETERS)
    filters = _filters(wanted)
    after = number(wanted, "after", 0, LAST_ID) or 0
    if _as_lines(request, wanted):
        most = number(wanted, "limit", 1, LAST_ID) or LAST_ID
        return await _stream(request, filters, after, most)
    limit = number(wanted, "limit", 1, LARGEST_PAGE) or USUAL_PAGE
    rows = await _log(request).page(**filters, after=after, limit=limit + 1)
    return page([shown(row) for row in rows], limit, {})


def shown(row: Message) -> dict[str, Any]:
    """A message as `messages.message` writes it: its payload stays as it is written."""
    return {
        "id": row.id,
        "at": iso(row.at),
        "identity": row.identity,
        "direction": row.direction,
        "peer": row.peer,
        "kind": row.kind,
        "action": row.action,
        "message_id": row.message_id,
        "outcome": row.outcome,
        "payload": row.payload,
    }


async def _stream(request: web.Request, filters: dict[str, Any], after: int, most: int) -> web.StreamResponse:
    """A line a message, a batch in memory at a time. A stream that breaks off has lost its last, empty chunk."""
    rows = await _log(request).page(**filters, after=after, limit=min(_BATCH, most))  # a failed store: still a problem
    response = web.StreamResponse(headers={"Content-Type": JSON_LINES, "Cache-Control": "no-store"})
    transport = request.transport
    assert transport is not None, "a request is handled on an open connection"
    try:
        await response.prepare(request)
        while rows:
            await _send(response, b"".join(_line(row) for row in rows))
            most -= len(rows)
            if most <= 0 or len(rows) < _BATCH:
                break
            if not still_welcome(request, Role.OPERATOR):
                transport.abort()
                break
            rows = await _log(request).page(**filters, after=rows[-1].id, limit=min(_BATCH, most))
    except (ConnectionError, TimeoutError, StoreFailed):
        transport.abort()
    return response


def _line(row: Message) -> bytes:
    return message(shown(row)).translate(_LINE_ENDS) + b"\n"


async def _send(response: web.StreamResponse, data: bytes) -> None:
    async with asyncio.timeout(_SEND_SECONDS):
        await response.write(data)


def _as_lines(request: web.Request, wanted: dict[str, str]) -> bool:
    chosen = wanted.get("format")
    if chosen is None:
        return any(part.split(";")[0].strip() == JSON_LINES for part in request.headers.get("Accept", "").split(","))
    if chosen not in FORMATS:
        raise ApiProblem("bad-request", f"the query parameter format is one of {', '.join(FORMATS)}")
    return chosen == "jsonl"


def _filters(wanted: dict[str, str]) -> dict[str, Any]:
    direction = wanted.get("direction")
    if direction is not None and direction not in DIRECTIONS:
        raise ApiProblem("bad-request", f"the query parameter direction is one of {', '.join(DIRECTIONS)}")
    return {
        "identity": wanted.get("identity"),
        "action": wanted.get("action"),
        "direction": direction,
        "since": moment_of(wanted, "since"),
        "until": moment_of(wanted, "until"),
    }


def _log(request: web.Request) -> Messages:
    return request.app[CONTEXT].surface.records.messages
