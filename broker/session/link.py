"""A link: the leg towards one upstream, which dials, and dials again."""

import asyncio
from collections.abc import Callable, Sequence

import structlog

from broker.hooks import Direction
from broker.ocpp import Exchange, Pending
from broker.session.admission import Admission
from broker.session.backoff import Backoff
from broker.session.leg import Leg
from broker.session.reader import Handle, Reader
from broker.session.shared import Shared
from broker.session.socket import Socket, WebSocket
from broker.session.upstreams import DialError
from broker.tasks import spawn

_log = structlog.get_logger("broker.session")


class Link(Leg):
    """Calls that come before the upstream is up wait in the exchange, which is paused until then.

    When the leg breaks, the call that was on the wire goes back to the head of the queue: nobody knows whether the
    upstream saw it, and a station would send it again as well (OCPP 1.6 4.1, delivery is at least once). Answers to
    calls of the lost connection have nobody to go to any more; message ids mean nothing on the next connection.
    """

    __slots__ = (
        "_admission",
        "_backoff",
        "_grace",
        "_handle",
        "_on_change",
        "_shared",
        "_task",
        "down_since",
        "last_error",
    )

    def __init__(
        self,
        upstream: str,
        admission: Admission,
        shared: Shared,
        *,
        handle: Handle,
        on_change: Callable[["Link", bool, str], None],
        queue: int,
        grace: float,
    ) -> None:
        settings = shared.upstreams.settings[upstream]
        super().__init__(
            upstream,
            Direction.TO_STATION,
            Exchange(prefix=shared.prefix(), max_waiting=queue),
            call_timeout=settings.call_timeout,
            max_inbound=queue,
        )
        self.exchange.paused = True
        self._admission = admission
        self._shared = shared
        self._handle = handle
        self._on_change = on_change
        self._grace = grace
        self._backoff = Backoff(settings.reconnect.initial, settings.reconnect.maximum)
        self._task: asyncio.Task[None] | None = None
        self.down_since: float | None = asyncio.get_running_loop().time()
        """Loop time since which there is no connection; None while there is one."""
        self.last_error = ""

    @property
    def upstream(self) -> str:
        return self.name

    def patience(self) -> float:
        """While there is no connection, a call waits for the route's grace time."""
        return self.call_timeout if self.down_since is None else self._grace

    def start(self) -> None:
        self._task = spawn(self._run(), name=f"link {self.name} {self._admission.identity}")

    async def close(self, code: int, reason: str) -> None:
        """Stop dialling and close the leg; returns when the upstream has been told, or after a short time."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait((self._task,))
        if self.socket is not None:
            socket, self.socket = self.socket, None
            self.release()
            await socket.close(code, reason)

    async def _run(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            try:
                ws = await self._shared.upstreams.dial(self.name, self._admission.identity, self._admission.version)
            except DialError as error:
                self._failed(error)
            else:
                opened = loop.time()
                reason = await self._stay(ws)
                self._backoff.held(loop.time() - opened)
                self._went_down(reason)
            await asyncio.sleep(self._backoff.next())

    def _failed(self, error: DialError) -> None:
        self._shared.metrics.dial_failed(self.name, error.reason)
        health = self._shared.upstreams.health[self.name]
        if health.up or self.last_error != str(error):
            _log.warning("upstream not reached", upstream=self.name, reason=error.reason, error=str(error))
        health.up = False
        health.last_error = self.last_error = str(error)

    async def _stay(self, ws: WebSocket) -> str:
        """Use one connection until it ends; returns why it did."""
        loop = asyncio.get_running_loop()
        limits = self._shared.config.limits
        socket = Socket(ws, send_deadline=limits.send_deadline, on_limit=self._shared.metrics.limit, now=loop.time())
        ended: asyncio.Future[int | None] = loop.create_future()
        reader = Reader(
            socket,
            self._handle,
            name=f"read {self.name} {self._admission.identity}",
            pause=self.gate,
            on_end=lambda code: None if ended.done() else ended.set_result(code),
        )
        self._came_up(socket, loop.time())
        reader.start()
        try:
            code = await ended
        finally:
            self._shared.upstreams.health[self.name].links -= 1
        return f"closed by the upstream with {code}" if code else "connection lost"

    def _came_up(self, socket: Socket, now: float) -> None:
        health = self._shared.upstreams.health[self.name]
        health.up, health.links, health.closed_until = True, health.links + 1, 0.0
        self.down_since, self.last_error = None, ""
        self.socket = socket
        self.exchange.paused = False
        self._on_change(self, True, "")
        self.pump(now)

    def _went_down(self, reason: str) -> None:
        self.socket = None
        self.down_since = asyncio.get_running_loop().time()
        self.last_error = reason
        self._requeue(self.exchange.close())
        self._on_change(self, False, reason)

    def _requeue(self, unanswered: Sequence[Pending]) -> None:
        deadline = asyncio.get_running_loop().time() + self._grace
        for pending in unanswered:
            pending.message_id, pending.sent_at, pending.deadline = "", 0.0, deadline
            self.exchange.submit(pending)
