"""One station's life on the broker, from connect to disconnect."""

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from datetime import UTC, datetime
from math import inf
from time import monotonic
from typing import Any

import structlog
from aiohttp import WSCloseCode

from broker.config import LOCAL, Route
from broker.hooks import Direction, Plugins
from broker.hooks.call_errors import NotConnected
from broker.ocpp import Call, Exchange, Pending, Reply, Version
from broker.session.admission import Admission
from broker.session.books.ledger import Ledger
from broker.session.books.transactions import Tx
from broker.session.bucket import Bucket
from broker.session.callers import Caller
from broker.session.leg import Leg
from broker.session.liveness import look_at_life, ping_due
from broker.session.reader import Reader, Work, why_closed
from broker.session.relay.flow import Flow
from broker.session.shared import Shared
from broker.session.socket import Socket, WebSocket
from broker.session.switching import switch
from broker.session.upstream.backends import Backends
from broker.session.upstream.link import Link
from broker.session.upstream.refused_starts import stop_refused
from broker.tasks import spawn

_log = structlog.get_logger("broker.session")

#: Calls the route that a station takes, given what its BootNotification says; None to stay.
Rerouter = Callable[["Session"], Route | None]


class Session:
    """Owns the legs of one connection of one station.

    `generation` grows with every session of the process: whoever cleans up compares it, so that the end of an old
    connection never touches the new one (field-notes Q-28).
    """

    __slots__ = (
        "__weakref__",
        "_bucket",
        "_held_until",
        "_shared",
        "accepted",
        "admission",
        "backends",
        "connected_at",
        "ended",
        "flow",
        "generation",
        "reason",
        "reroute",
        "route_source",
        "slot",
        "started",
        "state",
        "station",
        "switching",
        "wakes_at",
    )

    def __init__(
        self, admission: Admission, ws: WebSocket, shared: Shared, route: Route, ledger: Ledger, *, generation: int
    ) -> None:
        loop = asyncio.get_running_loop()
        limits = shared.config.limits
        self.admission = admission
        self.generation = generation
        self.connected_at = datetime.now(UTC)
        self.state: dict[str, Any] = {}
        """Scratch of the plugins, for this session only."""
        self.accepted = True
        """False: the local CSMS has not accepted its boot, and answers everything else with SecurityError."""
        self.slot = 0
        self.wakes_at = inf
        self.reason = ""
        """Why it ended; empty while it lives."""
        self.ended: asyncio.Future[None] = loop.create_future()
        self.route_source = "configuration"
        """Who chose the route: `configuration`, `plugin` or `api`."""
        self.started = False
        """False while it waits for what is still done in the station's name."""
        self.switching = False
        """True while the route is being changed."""
        self.reroute: Rerouter | None = None
        self._shared = shared
        self._held_until = 0.0
        self._bucket = Bucket(limits.frames_per_second, limits.frames_burst) if limits.frames_per_second else None
        self.station = self._station_leg(ws, monotonic())
        self.backends = Backends(admission, shared, ledger, self, route)
        self.flow = Flow(self, shared, self.station, self.backends)
        self.backends.take = self.flow.take
        self.station.max_inbound = route.queue

    def take_route(self, route: Route) -> None:
        """Decide where the calls go; before `start`."""
        self.backends.route = route
        self.flow.take_route()
        self.station.max_inbound = route.queue

    @property
    def route(self) -> Route:
        return self.backends.route

    @property
    def primary(self) -> Link | None:
        """The leg to the upstream that answers; None where the local CSMS does."""
        return self.backends.primary

    def _station_leg(self, ws: WebSocket, now: float) -> Leg:
        limits = self._shared.config.limits
        exchange = Exchange(
            prefix=self._shared.prefix(), max_waiting=limits.queue, half_duplex=self.admission.half_duplex
        )
        leg = Leg(
            "station",
            Direction.FROM_STATION,
            exchange,
            call_timeout=limits.call_timeout,
            max_inbound=limits.queue,
        )
        leg.socket = Socket(ws, send_deadline=limits.send_deadline, on_limit=self._shared.metrics.limit, now=now)
        return leg

    # --- what plugins and the API see -------------------------------------------------------------------------------

    @property
    def identity(self) -> str:
        return self.admission.identity

    @property
    def version(self) -> Version:
        return self.admission.version

    @property
    def tags(self) -> Mapping[str, str]:
        return self.admission.tags

    @property
    def listener(self) -> str:
        return self.admission.listener

    @property
    def security_profile(self) -> int:
        return self.admission.security_profile

    @property
    def remote(self) -> str:
        return self.admission.remote

    async def call(
        self, action: str, payload: dict[str, Any], *, timeout: float | None = None, origin: str = "plugin"
    ) -> Reply:
        """Send a call to the station and wait for its reply.

        It stands in the same queue as the upstream's calls, and passes the same chain. A plugin's call is validated as
        the route says; the API has its own way to ask for that.

        Raises:
            NotConnected: the station is gone. QueueFull: too many calls wait. CallTimeout: no answer in `timeout`
            seconds (default: the configured `call_timeout`). CallFailed: a plugin dropped it.
        """
        if self.reason:
            raise NotConnected(f"{self.identity} is not connected")
        caller = Caller(origin, timeout, validated=origin == "api")
        now = monotonic()
        work = self.flow.begin(caller, Call.of(action, payload, version=self.version, origin=origin), now)
        if work is not None:
            await work
        try:
            return await caller.future
        except asyncio.CancelledError:
            if caller.pending is not None:
                self.station.exchange.cancel(caller.pending)
            raise

    @property
    def answers(self) -> str:
        """Who answers its calls now; once it has ended, nobody but the local CSMS."""
        return self.backends.answers if hasattr(self, "backends") else LOCAL

    def known_token(self, payload: Mapping[str, Any]) -> dict[str, Any] | None:
        """What the upstream that the broker stands in for has said of the token that a payload names (design.md 5, 8).

        None where it stands in for nobody, or where the upstream has never said anything of it, or not of late.
        """
        active = self.backends.active
        if active is None or self.route.when_primary_down_mode != "stand_in":
            return None
        info = self._shared.tokens.info(active.link.name, payload)
        accept = self.route.stand_in.unknown_tokens == "accept"
        return {"status": "Accepted"} if info is None and accept else info

    # --- life -------------------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Dial, read, and keep an eye on the connection."""
        assert self.station.socket is not None
        self.started = True
        now = monotonic()
        if self.route.boot_grace:
            self.station.exchange.held = True
            self._held_until = now + self.route.boot_grace
        self.backends.start()
        Reader(
            self.station.socket,
            self._take,
            name=f"read {self.identity}",
            pause=self.station.gate,
            on_end=self._station_ended,
        ).start()
        self._shared.plugins.session_opened(self)
        self._stand_in_line(now)

    def admission_noted(self) -> None:
        """Which version it talks is what its outboxes are delivered in while it is away."""
        self.backends.ledger.transactions.reconnected()
        memory = self.backends.ledger.memory
        if memory.version != self.version.value:
            memory.version = self.version.value
            self.backends.ledger.save_memory()

    def _take(self, data: str | bytes, now: float) -> Work | None:
        if self.reason:
            return None
        if self._bucket is not None and not self._bucket.take(now):
            self._shared.metrics.limit("frames_per_second")
            self.end("flooding", WSCloseCode.POLICY_VIOLATION, "too many frames a second")
            return None
        return self.flow.take(self.station, data, now)

    def _station_ended(self, code: int | None) -> None:
        reason = why_closed(code)
        if reason == "too_big":
            self._shared.metrics.limit("message_bytes")
        if reason == "bad_utf8":
            self._shared.metrics.bad_frame("encoding", "station")
        self.end(reason, WSCloseCode.OK, "")

    def release_station(self, now: float) -> None:
        """Calls may go to it: its boot is answered, it has said something else, or it has had its time (Q-30)."""
        self._held_until = 0.0
        if self.station.exchange.held:
            self.station.exchange.held = False
            self.station.pump(now)

    def end(self, reason: str, code: int, text: str) -> None:
        """Close every leg, once; `reason` is a label of `switchboard_sessions_ended_total`."""
        if self.reason:
            return
        self.reason = reason
        self._shared.wheel.forget(self)
        self._shared.metrics.session_ended(reason)
        for pending in self.station.exchange.close():
            self.flow.forget(pending)
            if isinstance(pending.owner, Caller):
                pending.owner.fail(NotConnected(f"{self.identity} left before it answered"))
        self.station.release()
        links = self.backends.links
        closing = self.backends.leave()
        plugins = self._shared.plugins
        for link in links:
            plugins.upstream_closed(self, link, reason)
        plugins.session_closed(self, reason)
        spawn(self._shut(closing, code, text), name=f"end {self.identity}")

    async def _shut(self, closing: list[Coroutine[Any, Any, None]], code: int, text: str) -> None:
        socket, self.station.socket = self.station.socket, None
        if socket is not None:
            closing = [socket.close(code, text), *closing]
        await asyncio.gather(*closing, return_exceptions=True)
        if not self.ended.done():
            self.ended.set_result(None)

    def part(self) -> None:
        """Nothing is on its way any more.

        Flow and links know the session; the garbage collector runs rarely (app.py), so the circle is broken by hand.
        """
        self.flow.part()
        self.backends.part()
        self.reroute = None
        del self.flow
        del self.backends

    async def drain(self, deadline: float) -> None:
        """Take no more calls, let the open ones finish until `deadline` (loop time), then say 1001 and end."""
        if not self.reason:
            self.flow.draining = True
        while not self.reason and self._busy() and monotonic() < deadline:  # noqa: ASYNC110 - once in a life, bounded
            await asyncio.sleep(0.05)
        self.end("stopping", WSCloseCode.GOING_AWAY, "the broker is stopping")
        await asyncio.wait((self.ended,), timeout=max(0.0, deadline - monotonic()) + 0.1)

    def _busy(self) -> bool:
        legs = [self.station, *([] if self.primary is None else [self.primary])]
        return any(leg.exchange.inbound or leg.exchange.open is not None or leg.exchange.waiting for leg in legs)

    @property
    def call_timeout(self) -> float:
        """Seconds that a call may take."""
        return self._shared.config.limits.call_timeout

    # --- the route --------------------------------------------------------------------------------------------------

    def rerouted(self) -> bool:
        """Whether what the station has just said of itself brings it to another route; then that is on its way."""
        route = self.reroute(self) if self.reroute is not None else None
        if route is None or route == self.route:
            return False
        spawn(switch(self, route, "configuration"), name=f"switch {self.identity}")
        return True

    # --- what the backends tell -------------------------------------------------------------------------------------

    def take(self, leg: Leg, data: str | bytes, now: float) -> Work | None:
        return self.flow.take(leg, data, now)

    def expire(self, leg: Leg, now: float) -> None:
        self.flow.expire(leg, now)

    def forward_again(self, waiting: list[Pending], now: float) -> None:
        self.flow.forward_again(waiting, now)

    def link_changed(self, link: Link, up: bool, reason: str) -> None:
        if self.reason:
            return
        if up:
            self._shared.plugins.upstream_opened(self, link)
            return
        self._shared.plugins.upstream_closed(self, link, reason)
        self.station.exchange.disown(link)
        if link is self.primary:
            self.backends.succession.look(monotonic())

    def primary_down(self, link: Link) -> None:
        """OCPP 2.0.1 part 4, 6.3: the station is told by losing its connection, and queues by itself."""
        health = self._shared.upstreams.health[link.name]
        if not health.links:  # others have it, so it is there: what it refuses is this station
            health.closed_until = monotonic() + health.pause
        self.end("upstream_down", WSCloseCode.TRY_AGAIN_LATER, "the central system is not reachable")

    def not_kept(self, why: str) -> None:
        """A message could not be written down: no answer, and the station keeps it (field-notes R-02)."""
        if not self.reason:
            _log.error("message not kept, station closed", identity=self.identity, why=why)
        self.end("not_kept", WSCloseCode.TRY_AGAIN_LATER, "cannot be written down now")

    def stop_refused(self, tx: Tx) -> None:
        if not self.reason:
            spawn(stop_refused(self, tx), name=f"stop refused {self.identity}")

    def hand_over(self, old: Plugins, new: Plugins) -> None:
        """A reload has replaced the plugins: for the old ones this session ends, for the new ones it begins."""
        if self.reason:
            return
        links = [link for link in self.backends.links if link.socket is not None]
        for link in links:
            old.upstream_closed(self, link, "reload")
        old.session_closed(self, "reload")
        self.state = {}
        new.session_opened(self)
        for link in links:
            new.upstream_opened(self, link)

    # --- the wheel --------------------------------------------------------------------------------------------------

    def due(self, now: float) -> None:
        """Deadlines of the calls to the station, and pings; the backends have their own."""
        self.flow.expire(self.station, now)
        if self._held_until and now >= self._held_until:
            self.release_station(now)
        if not self.reason and not look_at_life(
            self.station, self.admission.ping_interval, self.admission.missed_pongs, now, self.identity
        ):
            self.end("silent", WSCloseCode.GOING_AWAY, "")
        if not self.reason:
            self._stand_in_line(now)

    def _stand_in_line(self, now: float) -> None:
        """Have the wheel come back for whatever is next."""
        times = [
            self.station.exchange.next_deadline(),
            ping_due(self.station, self.admission.ping_interval),
            self._held_until or None,
        ]
        waits = [time for time in times if time is not None]
        if waits:
            self._shared.wheel.wake(self, max(min(waits), now))
