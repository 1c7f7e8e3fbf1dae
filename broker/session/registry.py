"""Who is connected: one session an identity, and what happens when a second connection comes."""

import asyncio
from collections.abc import Iterable, Iterator, Mapping
from itertools import count
from time import monotonic
from typing import Any

import structlog
from aiohttp import WSCloseCode

from broker.config import LOCAL, Route
from broker.metrics import Snapshot
from broker.session.admission import Admission
from broker.session.books.ledger import Ledger
from broker.session.delivery.deliveries import Deliveries
from broker.session.delivery.errands import Errands
from broker.session.description import describe
from broker.session.rerouting import Rerouting, with_primary
from broker.session.routing import find_route
from broker.session.session import Session
from broker.session.shadow.compare import Comparisons
from broker.session.shared import Shared
from broker.session.socket import WebSocket
from broker.store import StoreFailed

_PROBE_SECONDS = 5.0
_CLOSING_SECONDS = 6.0  # above what any socket takes to close
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
        self.errands = Errands(shared, self.get)
        self.deliveries = Deliveries(shared, self.get, self.errands.soon)
        self.rerouting = Rerouting(shared, self.get, self.find)

    @property
    def comparisons(self) -> Comparisons:
        return self._shared.comparisons

    async def open(self) -> None:
        """Read what outlives the process."""
        await self._shared.ledgers.start()
        self.warn_of_orphans()
        await self._shared.tokens.load(self._shared.upstreams.settings)
        await self.rerouting.load()
        self.errands.start()

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
        rows = {identity: _registered(identity, tags) for identity, tags in self._known()}
        for session in self._by_identity.values():
            rows[session.identity] = {"registered": session.admission.known, **describe(session)}
        return [rows[identity] for identity in sorted(rows)]

    def station(self, identity: str) -> dict[str, Any] | None:
        """One station that is registered or connected."""
        session = self._by_identity.get(identity)
        if session is not None:
            return {"registered": session.admission.known, **describe(session)}
        known = next((one for one in self._shared.config.stations.known if one.identity == identity), None)
        records = self._shared.records
        registration = records.registrations.get(identity) if records is not None else None
        if known is None and registration is None:
            return None
        rows = [one.tags for one in (known, registration) if one is not None]
        return _registered(identity, {name: value for tags in rows for name, value in tags.items()})

    def _known(self) -> Iterable[tuple[str, Mapping[str, str]]]:
        """Identity and tags of every station that the file or the API has registered."""
        tags: dict[str, Mapping[str, str]] = {one.identity: one.tags for one in self._shared.config.stations.known}
        if self._shared.records is not None:
            for one in self._shared.records.registrations.all():
                tags[one.identity] = {**tags.get(one.identity, {}), **one.tags}
        return tags.items()

    def warn_of_orphans(self) -> None:
        """Say what waits for upstreams that the configuration does not name: nobody delivers it."""
        for upstream, messages in self.deliveries.orphans().items():
            _log.warning("messages for an upstream that is not configured", upstream=upstream, messages=messages)

    # --- the door asks ----------------------------------------------------------------------------------------------

    async def refusal(self, admission: Admission) -> tuple[int, str, str] | None:
        """Whether a station that has authenticated must be turned away: (status, metric reason, text) or None."""
        if self._stopping:
            return 503, "stopping", "the broker is stopping"
        # Read before the upgrade: from then on nothing stands between a station and its session.
        ledger = await self._ledger(admission.identity)
        route, _ = self.find(admission, ledger)
        if route is None:
            return 404, "unknown_identity", "no route matches this station"
        if route.needs_store and (not ledger.read or self._shared.store_failed):
            # What could not be kept must not be acknowledged, so the station keeps it (field-notes R-02).
            return 503, "store", "nothing can be written down now"
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

    async def _ledger(self, identity: str) -> Ledger:
        """What is known of a station; a blank ledger where that cannot be read, for routes that can do without."""
        try:
            return await self._shared.ledgers.load(identity)
        except StoreFailed as error:
            _log.warning("a station's books cannot be read", identity=identity, error=str(error))
            return self._shared.ledgers.blank(identity)

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

    def find(self, admission: Admission, ledger: Ledger | None) -> tuple[Route | None, str]:
        """The route of a station, and who chose it: `api` or `configuration`."""
        set_by_hand = self.rerouting.routes.get(admission.identity)
        if set_by_hand is not None:
            return set_by_hand, "api"
        boot = ledger.memory.model if ledger is not None else None
        return find_route(self._shared.config.routes, admission, boot), "configuration"

    async def serve(self, admission: Admission, ws: WebSocket) -> None:
        """Run a session on an open WebSocket until it has ended and its legs are closed, but for what is on its way."""
        ledgers = self._shared.ledgers
        ledger = ledgers.take(ledgers.get(admission.identity) or await self._ledger(admission.identity))
        try:
            route, source = self.find(admission, ledger)
            if route is None or self._stopping:  # a reload, or the broker's end, since the door asked `refusal`
                await ws.close(code=WSCloseCode.TRY_AGAIN_LATER)
                return
            session = Session(admission, ws, self._shared, route, ledger, generation=next(self._generations))
            session.route_source, session.reroute = source, self._reroute
            self._let_plugins_route(session)
            await self._serve(session, ledger)
        finally:
            ledgers.close(ledger)

    async def _serve(self, session: Session, ledger: Ledger) -> None:
        identity = session.identity
        old = self._by_identity.get(identity)
        self._by_identity[identity] = session  # one synchronous step: there is never a gap, never two
        try:
            if old is not None:
                await self._replace(old, session)
            await self.errands.make_way(identity)
            if not session.reason:  # else it was itself replaced meanwhile, or the broker stops
                self._start(session)
            await session.ended
        finally:
            session.end("lost", WSCloseCode.GOING_AWAY, "")
            if self._by_identity.get(identity) is session:
                del self._by_identity[identity]
            self.errands.linger(session)
            _log.info("station disconnected", identity=identity, reason=session.reason)

    def _start(self, session: Session) -> None:
        session.admission_noted()
        _log.info(
            "station connected",
            identity=session.identity,
            version=session.version.value,
            security_profile=session.security_profile,
            remote=session.remote,
            route=session.route.primary,
        )
        session.start()

    def _reroute(self, session: Session) -> Route | None:
        """Where the station belongs by what it has last said of itself; None where somebody has decided that."""
        if session.route_source != "configuration":
            return None
        return self.find(session.admission, session.backends.ledger)[0]

    def _let_plugins_route(self, session: Session) -> None:
        chosen = self._shared.plugins.choose_route(session)
        if chosen is None or chosen.primary == session.route.primary:
            return
        if chosen.primary != LOCAL and chosen.primary not in self._shared.upstreams.settings:
            _log.error("a plugin chose a route to nowhere", identity=session.identity, primary=chosen.primary)
            return
        session.route_source = "plugin"
        session.take_route(with_primary(session.route, chosen.primary))

    async def _replace(self, old: Session, new: Session) -> None:
        _security.warning(
            "session replaced",
            identity=new.identity,
            remote=new.remote,
            was_from=old.remote,
            security_profile=new.security_profile,
        )
        socket = old.station.socket
        old.end("replaced", WSCloseCode.POLICY_VIOLATION, "replaced by a newer connection of this station")
        if old.route.upstreams or old.backends.links:
            # An upstream should see the old leg go before the new one comes; once it has ended, `errands` knows of what
            # stays. The answer of a station that lost its power is not waited for.
            await asyncio.wait((old.ended,), timeout=2.0)
            if not old.ended.done() and socket is not None:
                socket.abort()
                await asyncio.wait((old.ended,), timeout=_CLOSING_SECONDS)

    # --- the API asks -----------------------------------------------------------------------------------------------

    async def route_of(self, identity: str) -> dict[str, Any] | None:
        """The route of a station that is connected, or whose route was set by hand."""
        return self.rerouting.describe(identity)

    async def set_route(self, identity: str, route: Route) -> dict[str, Any]:
        """Lead a station elsewhere from now on, and after a restart."""
        return await self.rerouting.set(identity, route)

    async def clear_route(self, identity: str) -> dict[str, Any]:
        """Back to the configured route."""
        return await self.rerouting.clear(identity)

    async def ids(self, identity: str) -> dict[str, Any] | None:
        """By which ids each side knows the transactions and the rest of a station; None for an unknown one."""
        return await self.deliveries.ids(identity)

    def forget(self, identity: str) -> bool:
        """Let go of all that is in memory of a station; False while it is connected or something is undelivered."""
        if identity in self._by_identity or not self._shared.ledgers.forget(identity):
            return False
        self.rerouting.routes.pop(identity, None)
        if self._shared.credentials is not None:
            self._shared.credentials.forget(identity)
        return True

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
        await self.errands.stop(max(0.2, start + seconds - monotonic()))

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
            upward = [(link, from_station) for link in session.backends.links]
            for leg, row in [(session.station, to_station), *upward]:
                row["open"] += leg.exchange.open is not None
                row["queued"] += leg.exchange.waiting
        snapshot.open_calls = {"from_station": from_station["open"], "to_station": to_station["open"]}
        snapshot.queued = {"from_station": from_station["queued"], "to_station": to_station["queued"]}
        self.deliveries.count(snapshot)
        snapshot.compared = self._shared.comparisons.counts()
        snapshot.store_failed = bool(self._shared.store_failed)
        for name, health in self._shared.upstreams.health.items():
            snapshot.links[name] = health.links
            snapshot.upstream_up[name] = health.up or health.links > 0


def _registered(identity: str, tags: Mapping[str, str]) -> dict[str, Any]:
    return {"identity": identity, "registered": True, "connected": False, "tags": dict(tags)}
