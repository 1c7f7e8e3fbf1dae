"""What the handlers of one admin listener share."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

import structlog
from aiohttp import web

from broker.server.admin.auth import Role, Token, Tokens
from broker.server.admin.hub import Hub
from broker.server.admin.paths import logged
from broker.server.admin.problems import ApiProblem
from broker.server.admin.surface import Surface
from broker.server.quiet import Quiet

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

_security = structlog.get_logger("broker.security")


@dataclass(slots=True)
class Context:
    """The broker, who may ask it, and who watches it."""

    surface: Surface
    tokens: Tokens
    hub: Hub
    quiet: Quiet = field(default_factory=Quiet)
    registering: asyncio.Lock = field(default_factory=asyncio.Lock)
    """Held while a registration is read, checked and written: two that come at once would not see each other."""


CONTEXT = web.AppKey("context", Context)
_TOKEN = web.RequestKey("token", Token)
_SECRET = web.RequestKey("secret", str)


def guarded(role: Role | None, handler: Handler) -> Handler:
    """`handler` for those whose token has `role`; None lets everybody in."""
    if role is None:
        return handler

    async def guard(request: web.Request) -> web.StreamResponse:
        context = request.app[CONTEXT]
        try:
            token, secret = context.tokens.authorize(request.headers.getall("Authorization", []), role)
        except ApiProblem as problem:
            _tell(context, request, problem)
            raise
        request[_TOKEN] = token
        request[_SECRET] = secret
        return await handler(request)

    return guard


def asked_by(request: web.Request) -> str:
    """The name of the token behind a guarded request."""
    return request[_TOKEN].name


def still_welcome(request: web.Request, role: Role) -> bool:
    """Whether the token of a request that lasts long has not been withdrawn by a reload."""
    token = request.app[CONTEXT].tokens.find(request[_SECRET])
    return token is not None and token.role >= role


def _tell(context: Context, request: web.Request, problem: ApiProblem) -> None:
    """Log a refusal, the first of its kind from an address in a minute."""
    passed_over = context.quiet.passed_over((request.remote, problem.kind))
    if passed_over is not None:
        _security.warning(
            "admin access refused",
            remote=request.remote,
            method=request.method,
            path=logged(request),
            reason=problem.kind,
            not_logged_before=passed_over,
        )
