"""One TCP connection of the admin listener: a deadline for its first request, and problems for what is no HTTP."""

import asyncio
from collections.abc import Awaitable, Callable

import structlog
from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError
from aiohttp.web_request import BaseRequest

from broker.server.admin.app import answer, dressed
from broker.server.admin.problems import ApiProblem, bare, unexpected
from broker.server.connection import Timed

MAX_CONNECTIONS = 512
KEEPALIVE_SECONDS = 75.0
_log = structlog.get_logger("broker.server.admin")


class Server(web.Server):
    """The connections that are open, and what handles their requests; `handle` is swapped by a reload."""

    def __init__(self, runner: web.AppRunner, *, header_timeout: float) -> None:
        self.header_timeout = header_timeout
        assert runner.server is not None, "the runner is set up"
        self.handle: Callable[[BaseRequest], Awaitable[web.StreamResponse]] = runner.server.request_handler
        super().__init__(self._answer, request_factory=runner.server.request_factory)

    def swap(self, runner: web.AppRunner) -> None:
        """Let another application handle what comes from now on."""
        assert runner.server is not None, "the runner is set up"
        self.handle = runner.server.request_handler
        self.request_factory = runner.server.request_factory

    async def _answer(self, request: BaseRequest) -> web.StreamResponse:
        connection = request.protocol
        if isinstance(connection, Connection):
            connection.request_arrived()
        return await answer(request, self.handle)

    def __call__(self) -> "Connection":
        return Connection(self)


class Connection(Timed):
    """One at the admin listener; between requests aiohttp's keep-alive limit holds."""

    __slots__ = ("_book",)

    def __init__(self, server: Server) -> None:
        super().__init__(server, keepalive_timeout=KEEPALIVE_SECONDS, lingering_time=1.0, auto_decompress=False)
        self._book = server

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        if len(self._book.connections) > MAX_CONNECTIONS:
            _log.warning("too many connections to the admin listener", limit=MAX_CONNECTIONS)
            self.force_close()
            return
        self._timer = self._loop.call_later(self._book.header_timeout, self.force_close)

    def failed(self, request: BaseRequest, status: int, exc: BaseException | None) -> web.StreamResponse:
        if isinstance(exc, HttpProcessingError):
            _log.debug("bad request to the admin listener", remote=request.remote, status=status)
            if status == 400:
                response = ApiProblem("bad-request", "this is not HTTP as this server understands it").response()
            else:
                response = bare(status)
        else:
            response = unexpected(request, exc or RuntimeError(f"status {status}"))
        response.force_close()
        return dressed(response)
