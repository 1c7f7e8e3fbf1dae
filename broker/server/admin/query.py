"""What a request carries besides its method: query parameters, the identity in the path, a JSON body."""

import asyncio
from typing import Any

from aiohttp import web

from broker.server.admin.jsontext import NotJson, read
from broker.server.admin.problems import ApiProblem
from broker.server.identity import identity_from

BODY_SECONDS = 10.0
_IDENTITY_SEGMENT = 4  # "", "api", "v1", "stations" or "outbox", identity


def parameters(request: web.Request, *allowed: str) -> dict[str, str]:
    """The query parameters; each of `allowed` at most once, none empty, and no other (400)."""
    found: dict[str, str] = {}
    for name, value in request.query.items():
        if name not in allowed:
            known = ", ".join(allowed) or "none"
            raise ApiProblem("bad-request", f"a query parameter that does not exist; there are: {known}")
        if name in found or not value:
            raise ApiProblem("bad-request", f"the query parameter {name} is empty or given twice")
        found[name] = value
    return found


def number(found: dict[str, str], name: str, low: int, high: int) -> int | None:
    """The query parameter `name` as a number from `low` to `high`; None where it is not given (400)."""
    text = found.get(name)
    if text is None:
        return None
    if not (text.isascii() and text.isdigit() and len(text) <= len(str(high)) and low <= int(text) <= high):
        raise ApiProblem("bad-request", f"the query parameter {name} is a number from {low} to {high}")
    return int(text)


def station_identity(request: web.Request) -> str:
    """The identity in the path, by the rules of the station door. 404 when it cannot be an identity."""
    identity = segment(request, _IDENTITY_SEGMENT)
    if identity is None:
        raise ApiProblem("unknown-station", "this cannot be an identity")
    return identity


def segment(request: web.Request, place: int) -> str | None:
    """One segment of the path, percent-decoded exactly once; None for what can be no name.

    Read from the raw target, because aiohttp's router would take %2F apart or decode twice (field-notes L3).
    """
    return identity_from(f"/{request.rel_url.raw_path.split('/')[place]}", "/{identity}", {})


async def json_body(request: web.Request) -> Any:
    """The decoded JSON body.

    Raises ApiProblem: 400 not JSON, 408 too slow, 413 too large, 415 another media type or compressed.
    """
    _check_media_type(request)
    return _decoded(await raw_body(request))


async def no_body(request: web.Request) -> None:
    """A body that says nothing: none at all, or `{}` or null as JSON."""
    data = await raw_body(request)
    if not data.strip():
        return
    _check_media_type(request)
    if _decoded(data) not in ({}, None):
        raise invalid_body([{"path": "", "detail": "no body, or an empty object"}])


async def raw_body(request: web.Request) -> bytes:
    """The body's bytes within the size and time limits; the connection ends with a refusal."""
    if request.content_length is not None and request.content_length > request.client_max_size:
        raise _too_large(request)
    try:
        async with asyncio.timeout(BODY_SECONDS):
            return await request.read()
    except TimeoutError:
        detail = f"the body did not arrive in {BODY_SECONDS:g} s"
        raise ApiProblem("request-timeout", detail, headers={"Connection": "close"}) from None
    except web.HTTPRequestEntityTooLarge:
        raise _too_large(request) from None
    except web.RequestPayloadError:
        raise ApiProblem("bad-request", "the body is broken", headers={"Connection": "close"}) from None


def invalid_body(errors: list[dict[str, str]]) -> ApiProblem:
    """422 with what was expected where."""
    return ApiProblem("invalid-body", "the body has another shape than this call takes", errors=errors)


def _check_media_type(request: web.Request) -> None:
    if request.headers.get("Content-Encoding", "identity").lower() != "identity":
        raise ApiProblem("unsupported-media-type", "the body is compressed", headers={"Accept-Encoding": "identity"})
    charset = (request.charset or "utf-8").lower()
    if request.content_type != "application/json" or charset not in ("utf-8", "utf8"):
        detail = "the body has to be application/json in UTF-8"
        raise ApiProblem("unsupported-media-type", detail, headers={"Accept": "application/json"})


def _decoded(data: bytes) -> Any:
    try:
        return read(data)
    except NotJson as error:
        raise ApiProblem("not-json", str(error)) from None


def _too_large(request: web.Request) -> ApiProblem:
    detail = f"the body is larger than {request.client_max_size} bytes"
    return ApiProblem("too-large", detail, headers={"Connection": "close"})
