"""Who answers when the primary does not (design.md 5, point 8): close, hold, stand in, or another upstream."""

from time import monotonic
from typing import TYPE_CHECKING

import structlog

from broker.config import LOCAL, Route
from broker.ocpp import Pending
from broker.session.shared import Shared
from broker.session.upstream.backend import Backend, Role
from broker.session.upstream.link import Link

if TYPE_CHECKING:
    from broker.session.upstream.backends import Backends, Host

_CHECK = 1.0

_log = structlog.get_logger("broker.session")


class Succession:
    """The one that answers now, and what becomes of that when it goes down or comes back."""

    __slots__ = ("_all", "_host", "_shared", "_since", "active", "at", "standing_in")

    def __init__(self, backends: "Backends", shared: Shared, host: "Host") -> None:
        self._all = backends
        self._shared = shared
        self._host = host
        self._since = 0.0
        self.active: Backend | None = None
        self.at = 0
        """Which of the candidates it is; 0 is the route's primary."""
        self.standing_in = False

    @property
    def _route(self) -> Route:
        return self._all.route

    @property
    def candidates(self) -> tuple[str, ...]:
        return (self._route.primary, *self._route.failover)

    def wanted(self) -> set[str]:
        """Upstreams that stay connected although they do not answer now: the primary, to see it come back."""
        return {self._route.primary} if self.at and self._route.fail_back is not None else set()

    def begin(self, route: Route) -> None:
        """Take a route, or another one: its primary answers."""
        self.at, self.standing_in = 0, False
        old, self.active = self.active, None
        if old is not None and old.link.name != route.primary:
            self._step_down(old)
        if route.primary != LOCAL:
            self.active = self._place(route.primary)
        self._since = monotonic()

    def _place(self, name: str) -> Backend:
        backend = self._all.get(name)
        if backend is None:
            backend = self._all.add(name, Role.PRIMARY, None)
        else:
            backend.take_part(Role.PRIMARY, self._route, None)
        return backend

    def _step_down(self, backend: Backend) -> None:
        """It answers no more; one that watches while it does not answer watches again."""
        watching = {secondary.upstream: secondary for secondary in self._route.secondaries}
        secondary = watching.get(backend.link.name)
        backend.take_part(Role.FORMER if secondary is None else Role.SECONDARY, self._route, secondary)

    def came_up(self, backend: Backend) -> None:
        """A link is up; where it let the station in at once, the primary is back."""
        if backend is self.active and self.standing_in and backend.link.ready:
            self.standing_in = False
            _log.info("primary is back", identity=self._all.ledger.identity, upstream=backend.link.name)

    def _down_since(self, link: Link, now: float) -> float | None:
        """Since when the upstream is in trouble; one that is down for all stations is not waited for anew by each."""
        since = link.trouble_since(now)
        if since is None or self._route.when_primary_down_mode not in ("stand_in", "failover"):
            return since
        health = self._shared.upstreams.health.get(link.name)
        return min(since, health.down_since) if health is not None and not health.up and not health.links else since

    def look(self, now: float) -> None:
        """Whether the primary has been down for longer than it may."""
        active = self.active
        if active is None:
            return
        self.came_up(active)
        mode = self._route.when_primary_down_mode
        since = self._down_since(active.link, now)
        if active.link.socket is not None or since is None or now < since + self._route.grace:
            return
        if mode == "close":
            self._host.primary_down(active.link)
        elif mode == "stand_in" and not self.standing_in:
            self._stand_in(active, now)
        elif mode == "failover":
            self._fail_over(active, now)

    def _stand_in(self, active: Backend, now: float) -> None:
        self.standing_in = True
        self._all.settle()
        _log.warning("standing in for the primary", identity=self._all.ledger.identity, upstream=active.link.name)
        self.hand_over(active, now)

    def _fail_over(self, active: Backend, now: float) -> None:
        if now < self._since + self._route.grace and self.at:
            return  # each has the grace time to come up
        self._switch(active, (self.at + 1) % len(self.candidates), now)

    def fail_back(self, now: float) -> None:
        """Give the station back to the route's primary once that has been up for long enough."""
        patience = self._route.fail_back
        if not self.at or patience is None or self._all.leaving:
            return
        first = self._all.get(self._route.primary)
        if first is None or not first.link.ready or first.link.trouble_since(now) is not None:
            return
        if now - first.link.opened >= patience:
            self._switch(self.active, 0, now)

    def _switch(self, old: Backend | None, at: int, now: float) -> None:
        name = self.candidates[at]
        self.at, self._since = at, now
        if old is not None:
            self._step_down(old)
        self.active = None if name == LOCAL else self._place(name)
        if self.active is not None:
            self._all.dialling.dial(self.active)
        _log.warning(
            "another upstream answers now",
            identity=self._all.ledger.identity,
            upstream=name,
            instead_of=old.link.name if old is not None else LOCAL,
        )
        self._shared.metrics.failed_over(name)
        self._all.settle()
        if old is not None:
            self.hand_over(old, now)
        self._all.tidy()

    def hand_over(self, old: Backend, now: float) -> None:
        """What one that does not answer any more has not seen yet goes to whoever does."""
        self._host.forward_again(old.link.exchange.withdraw(_of_station), now)

    def next_due(self, now: float) -> float | None:
        """When to look again."""
        active = self.active
        times: list[float] = []
        if self.at and self._route.fail_back is not None:
            times.append(now + _CHECK)
        mode = self._route.when_primary_down_mode
        if active is not None and mode != "hold" and not self.standing_in and not self._all.leaving:
            since = self._down_since(active.link, now)
            if since is not None:
                end = since + self._route.grace
                times.append(max(end, now + _CHECK) if active.link.socket or self.at else max(end, now))
        return min(times) if times else None


def _of_station(pending: Pending) -> bool:
    return not pending.owner.aside
