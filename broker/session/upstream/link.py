"""A link: the leg towards one upstream, which dials, and dials again."""

import asyncio
from collections.abc import Sequence
from time import monotonic
from typing import Protocol

import structlog

from broker.hooks import Direction
from broker.ocpp import Exchange, Pending, Version
from broker.session.admission import Admission
from broker.session.leg import Leg
from broker.session.reader import Reader, Work
from broker.session.shared import Shared
from broker.session.socket import Socket, WebSocket
from broker.session.upstream.backoff import Backoff
from broker.session.upstream.upstreams import DialError
from broker.tasks import spawn

_HELD = 10.0  # seconds after which a connection counts as good though nothing came
_TRIES = 3  # connections, each of use otherwise, that one call may break

_log = structlog.get_logger("broker.session")


class Sink(Protocol):
    """Where what comes from a link goes."""

    def take(self, leg: Leg, data: str | bytes, now: float) -> Work | None: ...

    def link_changed(self, link: "Link", up: bool, reason: str) -> None: ...


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
        "_lost",
        "_opened",
        "_shared",
        "_since",
        "_task",
        "_tries",
        "last_error",
        "sink",
    )

    def __init__(
        self,
        upstream: str,
        admission: Admission,
        shared: Shared,
        sink: "Sink",
        *,
        queue: int,
        grace: float,
    ) -> None:
        settings = shared.upstreams.settings[upstream]
        super().__init__(
            upstream,
            Direction.TO_STATION,
            Exchange(prefix=shared.prefix(), max_waiting=queue),
            call_timeout=settings.call_timeout,
            # Above the station's own queue, so that too many calls are answered with an error; only when a plugin holds
            # them up is the upstream not read, since its answers would not be either.
            max_inbound=2 * shared.config.limits.queue + 2,
        )
        self.exchange.paused = True
        self._admission = admission
        self._shared = shared
        self.sink = sink
        self._grace = grace
        self._backoff = Backoff(settings.reconnect.initial, settings.reconnect.maximum)
        self._task: asyncio.Task[None] | None = None
        self._since: float | None = monotonic()
        self._opened = 0.0
        self._lost: Pending | None = None
        self._tries = 0
        self.last_error = ""

    @property
    def upstream(self) -> str:
        return self.name

    @property
    def version(self) -> Version:
        return self._admission.version

    @property
    def started(self) -> bool:
        """Whether it has been told to dial."""
        return self._task is not None

    @property
    def opened(self) -> float:
        """When the connection came up."""
        return self._opened

    @property
    def ready(self) -> bool:
        """Whether it is up, and has let the station in."""
        return self.socket is not None and not self.exchange.held

    @staticmethod
    def clock() -> float:
        return monotonic()

    def _take(self, data: str | bytes, now: float) -> Work | None:
        return self.sink.take(self, data, now)

    def patience(self) -> float:
        """While there is no connection, a call waits for the route's grace time."""
        return self._grace if self.socket is None else self.call_timeout

    def answer_by(self, now: float) -> float:
        """A call that is sent again and again to an upstream that breaks each time must come to an end."""
        deadline = now + self.call_timeout
        if self._since is None or (since := self.trouble_since(now)) is None:
            return deadline
        return min(deadline, since + self._grace + self.call_timeout)

    def trouble_since(self, now: float) -> float | None:
        """When the upstream was lost, or was first looked for; None while the connection is of use.

        A connection that has brought nothing yet and is still young says nothing: a CSMS in a crash loop, or a proxy in
        front of a dead one, accepts and closes at once.
        """
        if self.socket is not None and self._of_use(self.socket, now):
            self._since = None
        return self._since

    def _of_use(self, socket: Socket, now: float) -> bool:
        return socket.last_heard > self._opened or now - self._opened >= _HELD

    def start(self) -> None:
        self._task = spawn(self._run(), name=f"link {self.name} {self._admission.identity}")

    async def close(self, code: int, reason: str) -> None:
        """Stop dialling and close the leg, for good; returns when the upstream has been told, or after a short time."""
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            await asyncio.wait((task,))
        socket, self.socket = self.socket, None
        if socket is not None:
            await socket.close(code, reason)

    async def _run(self) -> None:
        while True:
            try:
                ws = await self._shared.upstreams.dial(self.name, self._admission.identity, self._admission.version)
            except DialError as error:
                self._failed(error.reason, str(error))
            else:
                await self._stay(ws)
            await asyncio.sleep(self._backoff.next())

    def _failed(self, reason: str, text: str) -> None:
        """A dial brought nothing; logged once an upstream and not once a station, when it is news."""
        self._shared.metrics.dial_failed(self.name, reason)
        health = self._shared.upstreams.health[self.name]
        if health.up or health.last_error != text:
            _log.warning("upstream not reached", upstream=self.name, reason=reason, error=text)
        if health.up:
            health.down_since = monotonic()
        health.up = False
        health.last_error = self.last_error = text

    async def _stay(self, ws: WebSocket) -> None:
        """Use one connection until it ends."""
        limits = self._shared.config.limits
        socket = Socket(ws, send_deadline=limits.send_deadline, on_limit=self._shared.metrics.limit, now=monotonic())
        ended: asyncio.Future[int | None] = asyncio.get_running_loop().create_future()
        reader = Reader(
            socket,
            self._take,
            name=f"read {self.name} {self._admission.identity}",
            pause=self.gate,
            on_end=lambda code: None if ended.done() else ended.set_result(code),
        )
        health = self._shared.upstreams.health[self.name]
        health.links += 1
        try:
            self._came_up(socket)
            reader.start()
            code = await ended
        finally:
            health.links -= 1
        self._went_down(socket, f"closed by the upstream with {code}" if code else "connection lost")

    def _came_up(self, socket: Socket) -> None:
        health = self._shared.upstreams.health[self.name]
        if not health.up:
            _log.info("upstream reached again", upstream=self.name)
        health.up, health.closed_until = True, 0.0
        self._opened = socket.last_heard
        self.socket = socket
        self.exchange.paused = False
        self.sink.link_changed(self, True, "")  # which says whether a boot has to go before what waited
        self.pump(monotonic())

    def _went_down(self, socket: Socket, reason: str) -> None:
        now = monotonic()
        self._backoff.held(now - self._opened)
        was_of_use = self._of_use(socket, now)
        if was_of_use:
            self._since, self.last_error = now, reason
            _log.info("upstream lost", identity=self._admission.identity, upstream=self.name, reason=reason)
        else:
            self._failed("no_use", reason)
        self.socket = None
        self.backlog.clear()  # their ids mean nothing on the next connection, where others may have them
        lost = self.exchange.open
        if lost is not self._lost:
            self._lost, self._tries = lost, 0
        self._tries += was_of_use  # one that never was has the grace time, however often it is dialled
        self._requeue(self.exchange.close(), now)
        self.sink.link_changed(self, False, reason)

    def _requeue(self, unanswered: Sequence[Pending], now: float) -> None:
        """What was not answered waits again, for the grace time since the trouble began.

        A call that was open each time the upstream broke may be what breaks it. It is given up like a transaction
        message that a station has tried thrice (1.6, 3.7.1): sent for ever it would hold up all that is behind it.
        """
        for pending in unanswered:
            if pending.owner.aside:
                pending.owner.failed(pending, "lost", now)
                continue
            pending.message_id, pending.sent_at = "", 0.0
            if pending is self._lost and self._tries >= _TRIES:
                pending.deadline = now
            elif pending.owner.timeout is None and self._since is not None:
                pending.deadline = max(pending.deadline, self._since + self._grace)
            self.exchange.submit(pending)
