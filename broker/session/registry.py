"""Who is connected: one session an identity, and what happens when a second connection comes."""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from itertools import count
from time import monotonic
from typing import Any

import structlog
from aiohttp import WSCloseCode

from broker.config import LOCAL, Route, Station
from broker.metrics import Snapshot
from broker.session.admission import Admission
from broker.session.routing import find_route
from broker.session.session import Session
from broker.session.shared import Shared
from broker.session.socket import WebSocket

_PROBE_SECONDS = 5.0
_STRONG_PROFILE = 2  # from here on the newcomer has proven a secret over TLS

_log = structlog.get_logger("broker.session")
_security = structlog.get_logger("broker.security")


class Sessions:
    """The sessions of one broker, by identity."""

    def __init__(self, shared: Shared) -> None:
        self._shared = shared
        self._by_identity: dict[str, Session] = {}
        self._generations = count(1)
        self._stopping = False

    def get(self, identity: str) -> Session | None:
        return self._by_identity.get(identity)

    def all(self) -> list[Session]:
        return list(self._by_identity.values())

    def __iter__(self) -> Iterator[Session]:
        return iter(self.all())

    def __len__(self) -> int:
        return len(self._by_identity)

    def stations(self) -> list[dict[str, Any]]:
        """Every station that is registered or connected, by identity."""
        rows = {station.identity: _registered(station.identity, station.tags) for station in self._known()}
        for session in self._by_identity.values():
            rows[session.identity] = {"registered": session.admission.known, **session.describe()}
        return [rows[identity] for identity in sorted(rows)]

    def station(self, identity: str) -> dict[str, Any] | None:
        """One station that is registered or connected."""
        session = self._by_identity.get(identity)
        if session is not None:
            return {"registered": session.admission.known, **session.describe()}
        return next((_registered(s.identity, s.tags) for s in self._known() if s.identity == identity), None)

    def _known(self) -> Sequence[Station]:
        return self._shared.config.stations.known

    # --- the door asks ----------------------------------------------------------------------------------------------

    async def refusal(self, admission: Admission) -> tuple[int, str, str] | None:
        """Whether a station that has authenticated must be turned away: (status, metric reason, text) or None."""
        if self._stopping:
            return 503, "stopping", "the broker is stopping"
        route = find_route(self._shared.config.routes, admission)
        if route is None:
            return 404, "unknown_identity", "no route matches this station"
        # A plugin may lead the station to another primary, which shows only when there is a session to ask it about.
        if self._primary_is_down(route) and not self._shared.plugins.chooses_routes:
            return 503, "upstream_down", "the central system is not reachable"
        old = self._by_identity.get(admission.identity)
        if old is not None and not await self._may_replace(old, admission):
            _security.warning(
                "second connection refused",
                identity=admission.identity,
                remote=admission.remote,
                connected_from=old.remote,
                security_profile=admission.security_profile,
            )
            return 409, "duplicate", "this station is connected already"
        return None

    def _primary_is_down(self, route: Route) -> bool:
        health = self._shared.upstreams.health.get(route.primary)
        if health is None or route.when_primary_down != "close":
            return False
        return health.closed_until > monotonic()

    async def _may_replace(self, old: Session, admission: Admission) -> bool:
        """Design.md 5: profiles 2 and 3 replace; 0 and 1 only a socket that does not answer.

        Anybody can claim an identity where nothing is proven (field-notes S-02), yet a station that lost its power
        must get back in (Q-28).
        """
        if old.reason:
            return True
        if admission.security_profile < old.security_profile:
            return False
        if admission.security_profile >= _STRONG_PROFILE:
            return True
        socket = old.station.socket
        if socket is None:
            return True
        heard = socket.last_heard
        socket.ping()
        # The newcomer waits for this inside its own handshake, which has a limit too.
        limit = self._shared.config.limits.handshake_timeout
        deadline = monotonic() + min(_PROBE_SECONDS, 0.8 * limit)
        while monotonic() < deadline:
            await asyncio.sleep(0.05)
            if old.reason or socket.closed:
                return True
            if socket.last_heard > heard:
                return False
        return True

    async def serve(self, admission: Admission, ws: WebSocket) -> None:
        """Run a session on an open WebSocket until it has ended and its legs are closed."""
        route = find_route(self._shared.config.routes, admission)
        if route is None:  # a reload, since the door asked `refusal`
            await ws.close(code=WSCloseCode.TRY_AGAIN_LATER)
            return
        session = Session(admission, ws, self._shared, route, generation=next(self._generations))
        self._let_plugins_route(session)
        old = self._by_identity.get(admission.identity)
        self._by_identity[admission.identity] = session  # one synchronous step: there is never a gap, never two
        try:
            if old is not None:
                await self._replace(old, session)
            if not session.reason:  # else it was itself replaced meanwhile, or the broker stops
                self._start(session)
            await session.ended
        finally:
            session.end("lost", WSCloseCode.GOING_AWAY, "")
            if self._by_identity.get(admission.identity) is session:
                del self._by_identity[admission.identity]
            _log.info("station disconnected", identity=admission.identity, reason=session.reason)

    def _start(self, session: Session) -> None:
        _log.info(
            "station connected",
            identity=session.identity,
            version=session.version.value,
            security_profile=session.security_profile,
            remote=session.remote,
            route=session.route.primary,
        )
        session.start()

    def _let_plugins_route(self, session: Session) -> None:
        chosen = self._shared.plugins.choose_route(session)
        if chosen is None or chosen.primary == session.route.primary:
            return
        if chosen.primary != LOCAL and chosen.primary not in self._shared.upstreams.settings:
            _log.error("a plugin chose a route to nowhere", identity=session.identity, primary=chosen.primary)
            return
        session.take_route(session.route.model_copy(update={"primary": chosen.primary}))

    async def _replace(self, old: Session, new: Session) -> None:
        _security.warning(
            "session replaced",
            identity=new.identity,
            remote=new.remote,
            was_from=old.remote,
            security_profile=new.security_profile,
        )
        old.end("replaced", WSCloseCode.POLICY_VIOLATION, "replaced by a newer connection of this station")
        if old.primary is not None:
            # The upstream should see the old leg go before the new one comes; a dead one is not waited for.
            await asyncio.wait((old.ended,), timeout=2.0)

    # --- stop and look ----------------------------------------------------------------------------------------------

    async def drain(self, *, seconds: float, spread: float) -> None:
        """End every session with 1001, spread evenly over `spread` seconds, all within `seconds`."""
        self._stopping = True
        start = monotonic()
        sessions = self.all()
        step = min(spread, seconds / 2) / max(len(sessions), 1)
        async with asyncio.TaskGroup() as group:
            for n, session in enumerate(sessions):
                group.create_task(self._leave(session, start + n * step, start + seconds))

    async def _leave(self, session: Session, at: float, deadline: float) -> None:
        await asyncio.sleep(max(0.0, at - monotonic()))
        await session.drain(deadline)

    def count(self, snapshot: Snapshot) -> None:
        """Add what is true of the sessions now to a scrape."""
        from_station = {"open": 0, "queued": 0}
        to_station = {"open": 0, "queued": 0}
        for session in self.all():  # a copy: a scrape is rendered in a thread of its own
            key = (session.version.value, session.security_profile)
            snapshot.sessions[key] = snapshot.sessions.get(key, 0) + 1
            for leg, row in ((session.station, to_station), (session.primary, from_station)):
                if leg is not None:
                    row["open"] += leg.exchange.open is not None
                    row["queued"] += leg.exchange.waiting
        snapshot.open_calls = {"from_station": from_station["open"], "to_station": to_station["open"]}
        snapshot.queued = {"from_station": from_station["queued"], "to_station": to_station["queued"]}
        for name, health in self._shared.upstreams.health.items():
            snapshot.links[name] = health.links
            snapshot.upstream_up[name] = health.up or health.links > 0


def _registered(identity: str, tags: Mapping[str, str]) -> dict[str, Any]:
    return {"identity": identity, "registered": True, "connected": False, "tags": dict(tags)}
