"""Every error of the admin API as a problem detail (RFC 9457), also those that aiohttp makes itself.

`type` is a reference relative to the admin listener, `/api/v1/problems/<name>`, and can be fetched.
"""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

import structlog
from aiohttp import hdrs, web
from aiohttp.web_request import BaseRequest

from broker.server.admin.jsontext import write
from broker.server.admin.paths import logged

CONTENT_TYPE = "application/problem+json"
TYPES = "/api/v1/problems/"

_KEPT_HEADERS = (hdrs.ALLOW, hdrs.WWW_AUTHENTICATE, hdrs.RETRY_AFTER)
_log = structlog.get_logger("broker.server.admin")


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of problem: its HTTP status, its title, and what it means in a sentence."""

    status: int
    title: str
    meaning: str


KINDS: dict[str, Kind] = {
    "bad-request": Kind(400, "Bad request", "The request line, a query parameter or a header is wrong."),
    "not-json": Kind(400, "Not JSON", "The body is not one JSON text in UTF-8 (RFC 8259) with unique member names."),
    "unauthorized": Kind(401, "Token missing or wrong", "Send the header `Authorization: Bearer <token>`."),
    "forbidden": Kind(403, "Role too low", "The token is good, but its role may not do this."),
    "not-found": Kind(404, "Not found", "Nothing is at this path."),
    "unknown-station": Kind(404, "Unknown station", "No station of this identity is registered or connected."),
    "unknown-plugin": Kind(404, "Unknown plugin", "No plugin of this name is loaded."),
    "unknown-operation": Kind(404, "Unknown operation", "No plugin offers it for stations of this version."),
    "unknown-token": Kind(404, "Unknown token", "No token of this id is known."),
    "unknown-file": Kind(404, "Unknown file", "No such file was brought."),
    "unknown-upstream": Kind(
        404, "Unknown upstream", "No upstream of this name is configured, and nothing waits for it."
    ),
    "unknown-transaction": Kind(404, "Unknown transaction", "The station has no such transaction, or it is forgotten."),
    "method-not-allowed": Kind(405, "Method not allowed", "The header `Allow` names the methods of this path."),
    "request-timeout": Kind(408, "Request timeout", "The request did not arrive in time."),
    "not-connected": Kind(409, "Station not connected", "The station is not connected, or left before it answered."),
    "operation-failed": Kind(409, "Operation failed", "It cannot be done now; `detail` says why."),
    "configured": Kind(409, "Configured", "The configuration file has it: change it there, and reload."),
    "empty-outbox": Kind(409, "Nothing waits", "The outbox is empty: there is nothing to deliver."),
    "too-large": Kind(413, "Body too large", "The body is larger than the broker takes."),
    "unsupported-media-type": Kind(
        415, "Unsupported media type", "A body is `application/json` (of tokens also `text/csv`), not compressed."
    ),
    "expectation-failed": Kind(417, "Expectation failed", "The only expectation that is met is `100-continue`."),
    "invalid-body": Kind(422, "Invalid body", "The body is JSON of another shape; `errors` says where and why."),
    "invalid-payload": Kind(
        422, "Invalid payload", "The payload is against the schema of its action; `errors` says where and why."
    ),
    "invalid-configuration": Kind(
        422, "Invalid configuration", "Nothing was changed; `problems` says where and what was expected."
    ),
    "queue-full": Kind(429, "Queue full", "Too many calls wait for this station already."),
    "internal": Kind(500, "Internal error", "A fault of the broker; the log has the whole under `instance`."),
    "call-error": Kind(502, "The station answered with an error", "`error` holds the CALLERROR."),
    "not-ready": Kind(503, "Not ready", "The broker takes no stations: it is starting or stopping."),
    "too-many-streams": Kind(503, "Too many streams", "Too many clients watch the events already."),
    "store-failed": Kind(
        503, "Store failed", "The disk does not do its part now; what was to be changed may not have been."
    ),
    "no-answer": Kind(504, "No answer", "The station did not answer in time."),
    "dropped": Kind(504, "Call dropped", "A plugin dropped the call, so that no answer will come."),
}


class ApiProblem(Exception):
    """Ends a request with a problem detail.

    `kind` is a key of `KINDS`; `detail` is for people and holds no secret; `members` are extension members.
    """

    def __init__(self, kind: str, detail: str, *, headers: Mapping[str, str] | None = None, **members: Any) -> None:
        super().__init__(detail)
        self.kind = kind
        self.status = KINDS[kind].status
        self.headers = dict(headers or {})
        self._members = members

    def response(self) -> web.Response:
        """The answer; a fresh one each time."""
        kind = KINDS[self.kind]
        body = {"type": TYPES + self.kind, "title": kind.title, "status": kind.status, "detail": str(self)}
        return _response(kind.status, {**body, **self._members}, self.headers)


def from_http(error: web.HTTPException) -> web.Response:
    """The problem for an error that aiohttp, or a plugin's route, raised. Its text stays out of it."""
    headers = {str(name): error.headers[name] for name in _KEPT_HEADERS if name in error.headers}
    names = {404: "not-found", 405: "method-not-allowed", 413: "too-large", 417: "expectation-failed"}
    if error.status in names:
        kind = names[error.status]
        return ApiProblem(kind, KINDS[kind].meaning, headers=headers).response()
    return bare(error.status, headers)


def bare(status: int, headers: Mapping[str, str] | None = None) -> web.Response:
    """The problem of a status that says it all (RFC 9457 4.2.1, about:blank)."""
    title = HTTPStatus(status).phrase if status in HTTPStatus._value2member_map_ else "Error"
    return _response(status, {"type": "about:blank", "title": title, "status": status}, headers or {})


def unexpected(request: BaseRequest, error: BaseException) -> web.Response:
    """The problem for a fault of ours: it tells nothing but the id under which the log has the rest."""
    fault = str(uuid.uuid4())
    _log.error("admin request failed", fault=fault, method=request.method, path=logged(request), exc_info=error)
    return ApiProblem("internal", "the broker failed to answer", instance=f"urn:uuid:{fault}").response()


def _response(status: int, body: dict[str, Any], headers: Mapping[str, str]) -> web.Response:
    return web.Response(status=status, body=write(body), content_type=CONTENT_TYPE, headers=headers)
