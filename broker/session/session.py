"""One station's life on the broker, from connect to disconnect."""

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime
from math import inf
from time import monotonic
from typing import Any

import structlog
from aiohttp import WSCloseCode

from broker.config import Route
from broker.hooks import Direction, Plugins
from broker.ocpp import Call, Exchange, Reply, Version
from broker.session.admission import Admission
from broker.session.bucket import Bucket
from broker.session.callers import Caller
from broker.session.errors import NotConnected
from broker.session.flow import Flow
from broker.session.leg import Leg
from broker.session.link import Link
from broker.session.reader import Reader, Work, why_closed
from broker.session.shared import Shared
from broker.session.socket import Socket, WebSocket
from broker.tasks import spawn

_log = structlog.get_logger("broker.session")


class Session:
    """Owns the legs of one connection of one station.

    `generation` grows with every session of the process: whoever cleans up compares it, so that the end of an old
    connection never touches the new one (field-notes Q-28).
    """

    __slots__ = (
        "__weakref__",
        "_bucket",
        "_shared",
        "admission",
        "connected_at",
        "ended",
        "flow",
        "generation",
        "primary",
        "reason",
        "route",
        "slot",
        "state",
        "station",
        "wakes_at",
    )

    def __init__(self, admission: Admission, ws: WebSocket, shared: Shared, route: Route, *, generation: int) -> None:
        loop = asyncio.get_running_loop()
        limits = shared.config.limits
        self.admission = admission
        self.generation = generation
        self.connected_at = datetime.now(UTC)
        self.state: dict[str, Any] = {}
        """Scratch of the plugins, for this session only."""
        self.slot = 0
        self.wakes_at = inf
        self.reason = ""
        """Why it ended; empty while it lives."""
        self.ended: asyncio.Future[None] = loop.create_future()
        self._shared = shared
        self._bucket = Bucket(limits.frames_per_second, limits.frames_burst) if limits.frames_per_second else None
        self.station = self._station_leg(ws, monotonic())
        self.take_route(route)

    def take_route(self, route: Route) -> None:
        """Decide where the calls go; before `start`."""
        self.route = route
        self.primary = None if route.local else self._link(route)
        self.station.max_inbound = route.queue
        self.flow = Flow(self, self._shared, route, self.station, self.primary, wakes=self)

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

    def _link(self, route: Route) -> Link:
        return Link(
            route.primary,
            self.admission,
            self._shared,
            handle=lambda data, now: self.flow.take(self.primary, data, now) if self.primary else None,
            on_change=self._link_changed,
            queue=route.queue,
            grace=route.grace,
        )

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

    def describe(self) -> dict[str, Any]:
        """What the admin API shows of it; no secrets are in it."""
        legs = [_leg(self.station, "open", "")]
        if self.primary is not None:
            state = "open" if self.primary.socket is not None else "down"
            legs.append(_leg(self.primary, state, self.primary.last_error))
        idle = monotonic() - (self.station.socket.last_heard if self.station.socket else 0.0)
        return {
            "identity": self.identity,
            "connected": True,
            "version": self.version.value,
            "subprotocol": self.admission.subprotocol,
            "security_profile": self.security_profile,
            "listener": self.listener,
            "remote": self.remote,
            "user_agent": self.admission.user_agent,
            "tags": dict(self.tags),
            "connected_at": self.connected_at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "idle_seconds": round(max(idle, 0.0), 1),
            "route": {"primary": self.route.primary},
            "legs": legs,
        }

    # --- life -------------------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Dial, read, and keep an eye on the connection."""
        assert self.station.socket is not None
        if self.primary is not None:
            self.primary.start()
        Reader(
            self.station.socket,
            self._take,
            name=f"read {self.identity}",
            pause=self.station.gate,
            on_end=self._station_ended,
        ).start()
        self._shared.plugins.session_opened(self)
        self._stand_in(monotonic())

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

    def _link_changed(self, link: Link, up: bool, reason: str) -> None:
        if self.reason:
            return
        plugins = self._shared.plugins
        now = monotonic()
        if not up:
            self.flow.expire(link, now)  # what was given up must not go out on the next connection
        self._stand_in(now)
        if up:
            plugins.upstream_opened(self, link)
            return
        plugins.upstream_closed(self, link, reason)
        self.station.exchange.disown(link)
        self._give_up_on(link, now)

    def hand_over(self, old: Plugins, new: Plugins) -> None:
        """A reload has replaced the plugins: for the old ones this session ends, for the new ones it begins."""
        if self.reason:
            return
        link = self.primary if self.primary is not None and self.primary.socket is not None else None
        if link is not None:
            old.upstream_closed(self, link, "reload")
        old.session_closed(self, "reload")
        self.state = {}
        new.session_opened(self)
        if link is not None:
            new.upstream_opened(self, link)

    def end(self, reason: str, code: int, text: str) -> None:
        """Close every leg, once; `reason` is a label of `switchboard_sessions_ended_total`."""
        if self.reason:
            return
        self.reason = reason
        self._shared.wheel.forget(self)
        self._shared.metrics.session_ended(reason)
        for pending in self.station.exchange.close():
            if isinstance(pending.owner, Caller):
                pending.owner.fail(NotConnected(f"{self.identity} left before it answered"))
        self.station.release()
        plugins = self._shared.plugins
        if self.primary is not None:
            self.primary.release()
            plugins.upstream_closed(self, self.primary, reason)
        plugins.session_closed(self, reason)
        spawn(self._shut(code, text), name=f"end {self.identity}")

    async def _shut(self, code: int, text: str) -> None:
        socket, self.station.socket = self.station.socket, None
        link, self.primary = self.primary, None
        closing = [socket.close(code, text)] if socket is not None else []
        if link is not None:
            closing.append(link.close(WSCloseCode.OK, "the station has left"))
        await asyncio.gather(*closing, return_exceptions=True)
        if not self.ended.done():
            self.ended.set_result(None)
        # Flow and link know the session; the garbage collector runs rarely (app.py), so the circle is broken by hand.
        del self.flow

    async def drain(self, deadline: float) -> None:
        """Take no more calls, let the open ones finish until `deadline` (loop time), then say 1001 and end."""
        if not self.reason:
            self.flow.draining = True
        while not self.reason and self._busy() and monotonic() < deadline:  # noqa: ASYNC110 - once in a life, bounded
            await asyncio.sleep(0.05)
        self.end("stopping", WSCloseCode.GOING_AWAY, "the broker is stopping")
        await asyncio.wait((self.ended,), timeout=max(0.0, deadline - monotonic()) + 0.1)

    def _busy(self) -> bool:
        legs = [self.station] if self.primary is None else [self.station, self.primary]
        return any(leg.exchange.inbound or leg.exchange.open is not None or leg.exchange.waiting for leg in legs)

    # --- the wheel --------------------------------------------------------------------------------------------------

    def due(self, now: float) -> None:
        """Deadlines of calls, pings, and the end of the time that a primary may be down."""
        if self.primary is not None:
            self._look_at_primary(self.primary, now)
            if not self.reason:  # before its calls run out: unanswered, they stay with the station
                self.flow.expire(self.primary, now)
        self.flow.expire(self.station, now)
        if not self.reason:
            self._look_at_life(self.station, self.admission.ping_interval, self.admission.missed_pongs, now)
        if not self.reason:
            self._stand_in(now)

    def _look_at_primary(self, link: Link, now: float) -> None:
        settings = self._shared.upstreams.settings.get(link.name)
        if link.socket is not None and settings is not None:
            self._look_at_life(link, settings.ping_interval, self._shared.config.liveness.missed, now)
        self._give_up_on(link, now)

    def _give_up_on(self, link: Link, now: float) -> None:
        since = link.trouble_since(now)
        if self.reason or link.socket is not None or since is None or self.route.when_primary_down != "close":
            return
        if now < since + self.route.grace:
            return
        # OCPP 2.0.1 part 4, 6.3: the station is told by losing its connection, and queues by itself.
        health = self._shared.upstreams.health[link.name]
        if not health.links:  # others have it, so it is there: what it refuses is this station
            health.closed_until = now + health.pause
        self.end("upstream_down", WSCloseCode.TRY_AGAIN_LATER, "the central system is not reachable")

    def _look_at_life(self, leg: Leg, interval: float, missed: int, now: float) -> None:
        socket = leg.socket
        if not interval or socket is None:
            return
        if leg.reading_paused:  # nobody reads, so nothing can be heard: that is our doing, not the peer's
            socket.last_heard = now
            return
        if now - socket.last_heard < interval * (socket.pings + 1):
            return
        if socket.pings < missed:
            socket.ping()
            return
        _log.warning("silent peer", identity=self.identity, leg=leg.name, seconds=round(now - socket.last_heard))
        socket.abort()
        if leg is self.station:
            self.end("silent", WSCloseCode.GOING_AWAY, "")

    def _stand_in(self, now: float) -> None:
        """Have the wheel come back for whatever is next."""
        times = [self.station.exchange.next_deadline(), _ping_due(self.station, self.admission.ping_interval)]
        link = self.primary
        if link is not None:
            settings = self._shared.upstreams.settings.get(link.name)
            times.append(link.exchange.next_deadline())
            times.append(_ping_due(link, settings.ping_interval if settings else 0.0))
            since = link.trouble_since(now)
            if since is not None and self.route.when_primary_down == "close":
                times.append(max(since + self.route.grace, now + 1.0) if link.socket else since + self.route.grace)
        waits = [time for time in times if time is not None]
        if waits:
            self._shared.wheel.wake(self, max(min(waits), now))


def _ping_due(leg: Leg, interval: float) -> float | None:
    socket = leg.socket
    return socket.last_heard + interval * (socket.pings + 1) if socket is not None and interval else None


def _leg(leg: Leg, state: str, error: str) -> dict[str, Any]:
    row = {
        "name": leg.name,
        "state": state,
        "calls_open": int(leg.exchange.open is not None),
        "calls_waiting": leg.exchange.waiting,
        "calls_unanswered_by_us": leg.exchange.inbound,
    }
    return {**row, "error": error} if error else row
