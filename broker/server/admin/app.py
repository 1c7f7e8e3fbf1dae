"""The aiohttp application: our operations, the plugins' routes, and what an error becomes."""

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

import structlog
from aiohttp import hdrs, web
from aiohttp.web_request import BaseRequest

from broker.server.admin.auth import Role
from broker.server.admin.context import CONTEXT, Context, Handler, guarded
from broker.server.admin.jsontext import write
from broker.server.admin.openapi import document
from broker.server.admin.operations import OPERATIONS, Operation
from broker.server.admin.paths import logged
from broker.server.admin.problems import KINDS, ApiProblem, from_http, unexpected
from broker.server.refusal import SERVER
from broker.store import StoreFailed

OPENAPI = "/api/v1/openapi.json"
#: A body may hold a payload as large as a message, and what stands around it.
_AROUND = 4096
_STORE_FAILED = ApiProblem("store-failed", KINDS["store-failed"].meaning, headers={"Retry-After": "1"})
_READING = ("GET", "HEAD", "OPTIONS")
_log = structlog.get_logger("broker.server.admin")


def build(context: Context, routes: Mapping[str, Sequence[Any]], *, message_bytes: int) -> web.Application:
    """An application for `context` with the plugins' `routes` under /plugins/<name>."""
    app = web.Application(client_max_size=message_bytes + _AROUND)
    app[CONTEXT] = context
    described = Operation(
        "GET", OPENAPI, "openapi", None, _serve(write(document(OPERATIONS))), "This description of the API"
    )
    for operation in (*OPERATIONS, described):
        _add(app, operation)
    for plugin, rows in routes.items():
        for row in rows:
            _add_plugin_route(app, plugin, row)
    return app


def _add(app: web.Application, operation: Operation) -> None:
    # aiohttp's own pattern for a segment excludes braces, which an identity may hold.
    path = re.sub(r"{(\w+)}", r"{\1:[^/]+}", operation.path)
    handler = guarded(operation.role, operation.handler)
    resource = app.router.add_resource(path)
    resource.add_route(operation.method, handler, expect_handler=_expect)
    if operation.method == hdrs.METH_GET and operation.media_type != "text/event-stream":
        resource.add_route(hdrs.METH_HEAD, handler, expect_handler=_expect)


def _add_plugin_route(app: web.Application, plugin: str, row: Any) -> None:
    """Mount one route: to read takes a viewer's token, anything else an operator's."""
    if not isinstance(row, web.RouteDef) or not row.path.startswith("/"):
        _log.error(
            "a plugin's route is not mounted: it is no aiohttp.web.RouteDef with an absolute path", plugin=plugin
        )
        return
    role = Role.VIEWER if row.method in _READING else Role.OPERATOR
    try:
        app.router.add_route(row.method, f"/plugins/{plugin}{row.path}", guarded(role, _calling(row.handler)))
    except (RuntimeError, ValueError) as error:
        _log.error("a plugin's route is not mounted", plugin=plugin, path=row.path, reason=str(error))


def _calling(handler: Any) -> Handler:
    """A handler, or a class of views, as a coroutine function."""

    async def call(request: web.Request) -> web.StreamResponse:
        response: web.StreamResponse = await handler(request)
        return response

    return call


def _serve(body: bytes) -> Handler:
    async def serve(request: web.Request) -> web.Response:
        return web.Response(body=body, content_type="application/json")

    return serve


async def _expect(request: web.Request) -> web.StreamResponse | None:
    """Send 100 Continue where it was asked for (RFC 9110 10.1.1)."""
    if request.headers.get(hdrs.EXPECT, "").lower() != "100-continue":
        raise ApiProblem("expectation-failed", "the only expectation that is met is 100-continue")
    await request.writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
    request.writer.output_size = 0  # the response has not begun
    return None


async def answer(
    request: BaseRequest, handler: Callable[[BaseRequest], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    """Run a request; every failure becomes a problem detail.

    Once a response has begun, a failure ends the connection: nothing else can tell the client.
    """
    try:
        response = await handler(request)
    except ApiProblem as problem:
        response = problem.response()
    except web.HTTPException as error:
        if error.status < 400:  # a plugin's redirect
            raise
        response = from_http(error)
    except ConnectionError:
        raise
    except StoreFailed as error:
        _log.warning("admin request failed: the store", method=request.method, path=logged(request), reason=str(error))
        response = _STORE_FAILED.response()
    except Exception as error:  # noqa: BLE001 - the border: it is logged there with its traceback
        response = unexpected(request, error)
    if request.writer.output_size > 0 and not response.prepared:
        raise ConnectionResetError("the answer had begun when it failed")
    return dressed(response)


def dressed(response: web.StreamResponse) -> web.StreamResponse:
    """Add the headers that every answer has."""
    if not response.prepared:
        response.headers.setdefault(hdrs.SERVER, SERVER)
        response.headers.setdefault(hdrs.CACHE_CONTROL, "no-store")
        response.headers.setdefault("X-Content-Type-Options", "nosniff")
        if response.headers.get(hdrs.CONNECTION, "").lower() == "close":
            response.force_close()
    return response
