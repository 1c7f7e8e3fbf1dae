"""One TCP connection at the door until it is a WebSocket: its deadlines, and requests that are no HTTP.

aiohttp waits for ever for a request that does not come (field-notes L8) and answers what its parser refuses without
a word to the operator (L4). Both are mended here; what follows the upgrade is not touched, since every message of a
session passes `data_received`.
"""

import asyncio
from abc import abstractmethod
from collections.abc import Callable
from typing import Any

import structlog
from aiohttp import web
from aiohttp.http_exceptions import BadStatusLine, HttpProcessingError, InvalidURLError
from aiohttp.web_protocol import RequestHandler
from aiohttp.web_request import BaseRequest

from broker.metrics import Metrics
from broker.server.quiet import Quiet
from broker.server.refusal import Refusal, raw_answer
from broker.server.terms import Terms

_SHOWN = 80
_SECURITY = ("credentials", "certificate", "profile", "tls")  # reasons that concern those who watch for attacks
_log = structlog.get_logger("broker.server")
_security = structlog.get_logger("broker.security")


class Watch:
    """What the connections of one listener share: deadlines in seconds, where to count, what was logged lately."""

    def __init__(self, name: str, metrics: Metrics, *, header_timeout: float, handshake_timeout: float) -> None:
        self.name = name
        self.metrics = metrics
        self.header_timeout = header_timeout
        self.handshake_timeout = handshake_timeout
        self.quiet = Quiet()

    def refused(self, remote: str, reason: str, detail: str, **more: Any) -> None:
        """Count a refused handshake, and log the first of its kind from an address in a minute."""
        self.metrics.refused(reason)
        passed_over = self.quiet.passed_over((remote, reason))
        if passed_over is not None:
            if passed_over:
                more["not_logged_before"] = passed_over
            log = _security if reason in _SECURITY else _log
            log.warning("handshake refused", listener=self.name, remote=remote, reason=reason, detail=detail, **more)


class Timed(RequestHandler):
    """aiohttp's protocol with a deadline for the first request, and one way out for what cannot be answered.

    A subclass sets the deadline in `connection_made`, tells `request_arrived`, and answers in `failed`.
    """

    __slots__ = ("_timer",)

    def __init__(self, server: web.Server, **options: Any) -> None:
        super().__init__(
            server,
            loop=asyncio.get_running_loop(),
            access_log=None,  # type: ignore[arg-type]  # aiohttp takes None, its annotation does not
            **options,
        )
        self._timer: asyncio.TimerHandle | None = None

    def connection_lost(self, exc: BaseException | None) -> None:
        self.request_arrived()
        super().connection_lost(exc)

    def request_arrived(self) -> None:
        """The headers are complete: the deadline is met."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def handle_error(
        self,
        request: BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        """aiohttp's way to tell of a request that its parser refused, or whose handler failed."""
        self.request_arrived()
        if request.writer.output_size > 0 or isinstance(exc, ConnectionError):
            raise ConnectionError("the connection is gone or the answer has begun")
        return self.failed(request, status, exc)

    @abstractmethod
    def failed(self, request: BaseRequest, status: int, exc: BaseException | None) -> web.StreamResponse:
        """The last answer on this connection: to HTTP that is none (`HttpProcessingError`), or to a fault of ours."""


class Connection(Timed):
    """One at the door: it becomes a WebSocket or is refused, in time and visibly."""

    __slots__ = ("_on_lost", "deadline", "opened", "remote", "terms", "watch")

    def __init__(
        self,
        server: "Server",
        watch: Watch,
        terms: Terms,
        *,
        remote: str,
        deadline: float,
        on_lost: Callable[[], None],
    ) -> None:
        # One request a connection: it becomes a WebSocket or is refused and closed. A body is not waited for.
        super().__init__(server, keepalive_timeout=0, lingering_time=0)
        self.watch = watch
        self.terms = terms
        """The listener's terms when the connection came."""
        self.remote = remote
        self.deadline = deadline
        """Loop time at which the whole handshake must be over."""
        self.opened = False
        self._on_lost = on_lost

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self.opened = True
        when = min(self.deadline, self._loop.time() + self.watch.header_timeout)
        self._timer = self._loop.call_at(when, self._too_slow)

    def connection_lost(self, exc: BaseException | None) -> None:
        super().connection_lost(exc)
        self._on_lost()

    def _too_slow(self) -> None:
        self._timer = None
        self.watch.metrics.limit("header_timeout")
        self.watch.refused(self.remote, "handshake_timeout", "no complete request in time")
        if self.transport is not None:
            self.transport.write(raw_answer(408, "Request Timeout"))
        self.force_close()

    def failed(self, request: BaseRequest, status: int, exc: BaseException | None) -> web.StreamResponse:
        if isinstance(exc, HttpProcessingError):
            self.watch.refused(self.remote, "not_websocket", _parse_fault(exc))
            return Refusal(400, "not_websocket", "not an HTTP request that this server understands").response()
        _log.error("handshake failed", listener=self.watch.name, remote=self.remote, exc_info=exc)
        return Refusal(500, "", "internal error").response()


class Server(web.Server):
    """aiohttp's book of connections, which `Connection` reports to."""

    def __init__(self, handler: Callable[[BaseRequest], Any]) -> None:
        super().__init__(handler)


def _parse_fault(exc: HttpProcessingError) -> str:
    """What the parser says, with the line only where that is the request line: a header may be a credential."""
    first, _, rest = exc.message.partition("\n")
    if isinstance(exc, (BadStatusLine, InvalidURLError)):
        lines = [line.strip() for line in rest.splitlines() if line.strip() and line.strip() != "^"]
        first = " ".join([first, *lines]).split("?", 1)[0]
        return f"HTTP parse error: {first}"[: _SHOWN * 2]
    return f"HTTP parse error: {first}"[:_SHOWN]
