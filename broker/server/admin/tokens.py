"""/api/v1/tokens: who may charge, where the broker's own CSMS answers.

An idTag opens a charger: even to read them takes an operator, and no log has one.
"""

import asyncio
from datetime import UTC, datetime
from time import time
from typing import Any, get_args

from aiohttp import web

from broker.config.faults import checked
from broker.config.tokens import MAX_ID, Status, TokenEntry, fault_in_id
from broker.records import Token, Tokens
from broker.server.admin.audit import audited
from broker.server.admin.context import CONTEXT
from broker.server.admin.jsontext import respond
from broker.server.admin.messages import LARGEST_PAGE, USUAL_PAGE
from broker.server.admin.problems import ApiProblem
from broker.server.admin.query import invalid_body, json_body, no_body, number, parameters, raw_body, segment
from broker.server.admin.token_rows import Faulty, rows_of_csv, rows_of_list, tokens_of
from broker.server.provisioning import API, token_of

STATUSES: tuple[str, ...] = get_args(Status)
CSV = "text/csv"
_BATCH = 1000
_ID_SEGMENT = 4  # "", "api", "v1", "tokens", id


async def list_tokens(request: web.Request) -> web.Response:
    """Tokens by id, by pages; those of the file are among them."""
    wanted = parameters(request, "status", "after", "limit")
    limit = number(wanted, "limit", 1, LARGEST_PAGE) or USUAL_PAGE
    status = wanted.get("status")
    if status is not None and status not in STATUSES:
        raise ApiProblem("bad-request", f"the query parameter status is one of {', '.join(STATUSES)}")
    rows = await _tokens(request).page(after=wanted.get("after", ""), limit=limit + 1, status=status)
    answer: dict[str, Any] = {"tokens": [shown(token) for token in rows[:limit]]}
    if len(rows) > limit:
        answer["next"] = rows[limit - 1].id
    return respond(answer)


async def show_token(request: web.Request) -> web.Response:
    """One token, however it is spelt."""
    parameters(request)
    found = await _tokens(request).find(_id(request))
    if found is None:
        raise _unknown()
    return respond(shown(found))


async def put_token(request: web.Request) -> web.Response:
    """Set one token; what the body does not say has its default."""
    parameters(request)
    one = _id(request)
    body = await json_body(request)
    with audited(request, "token set") as seen:
        entry = checked(TokenEntry, body) if isinstance(body, dict) else [("", "an object with status and the like")]
        if isinstance(entry, list):
            raise invalid_body([{"path": path, "detail": expected} for path, expected in entry])
        seen["token_status"] = entry.status
        token = token_of(one, entry, source=API, at=time())
        await _tokens(request).put(token)
    return respond(shown(token))


async def delete_token(request: web.Request) -> web.Response:
    """Forget what the API has set; one of the file is as the file has it from then on."""
    parameters(request)
    await no_body(request)
    one = _id(request)
    tokens = _tokens(request)
    with audited(request, "token deleted"):
        if not await tokens.drop(one):
            if await tokens.find(one) is None:
                raise _unknown()
            raise ApiProblem("configured", "this token is the configuration's: take it out of the file, and reload")
    return respond({"status": "deleted"})


async def import_tokens(request: web.Request) -> web.Response:
    """Set many tokens, or with `check` only look whether they could be."""
    wanted = parameters(request, "check")
    if wanted.get("check", "true") not in ("true", "false"):
        raise ApiProblem("bad-request", "the query parameter check is true or false")
    check = wanted.get("check") == "true"
    data = await _text(request) if request.content_type == CSV else await json_body(request)
    if check:  # changes nothing
        return respond({"tokens": len(await _read(data)), "imported": 0})
    with audited(request, "tokens imported", imported=0) as seen:
        tokens = await _read(data)
        for start in range(0, len(tokens), _BATCH):
            seen["imported"] += await _tokens(request).put_many(tokens[start : start + _BATCH])
    return respond({"tokens": len(tokens), "imported": seen["imported"]})


def shown(token: Token) -> dict[str, Any]:
    """A token as an answer; what it does not have is left out."""
    row = {
        "id": token.id,
        "status": token.status,
        "expires": _moment(token.expires),
        "parent": token.parent,
        "parent_type": token.parent_type,
        "type": token.type,
        "note": token.note,
        "language": token.language,
        "language2": token.language2,
        "message": token.message,
        "evses": token.evses,
        "priority": token.priority,
        "credit": token.credit,
        "tariff": token.tariff,
        "source": token.source,
        "updated_at": _moment(token.updated_at or None),
    }
    return {name: value for name, value in row.items() if value not in (None, "", {})}


async def _read(data: Any) -> list[Token]:
    """The tokens of a body, in a thread: ten thousand rows would hold the stations up for a tenth of a second."""
    try:
        return await asyncio.to_thread(_tokens_in, data)
    except Faulty as error:
        raise invalid_body([{"path": path, "detail": expected} for path, expected in error.errors]) from None


def _tokens_in(data: Any) -> list[Token]:
    return tokens_of(rows_of_csv(data) if isinstance(data, str) else rows_of_list(data), time())


async def _text(request: web.Request) -> str:
    """The body as text: UTF-8, with or without a byte order mark."""
    if (request.charset or "utf-8").lower() not in ("utf-8", "utf8") or "Content-Encoding" in request.headers:
        raise ApiProblem("unsupported-media-type", "CSV has to be text/csv in UTF-8, not compressed")
    try:
        return (await raw_body(request)).decode("utf-8-sig")
    except UnicodeDecodeError:
        raise invalid_body([{"path": "", "detail": "text in UTF-8"}]) from None


def _moment(at: float | None) -> str | None:
    return None if at is None else datetime.fromtimestamp(at, UTC).isoformat().replace("+00:00", "Z")


def _id(request: web.Request) -> str:
    """The token in the path. 404 for what can be none."""
    one = segment(request, _ID_SEGMENT)
    if one is None or fault_in_id(one):
        raise ApiProblem("unknown-token", f"this can be no token: it has 1 to {MAX_ID} printable characters")
    return one


def _unknown() -> ApiProblem:
    return ApiProblem("unknown-token", "there is no such token")


def _tokens(request: web.Request) -> Tokens:
    return request.app[CONTEXT].surface.records.tokens
