"""Delivers the outboxes of one station that is away: legs in its name, without it."""

from collections.abc import Awaitable, Callable, Mapping
from math import inf
from typing import Any, Self

from broker.config import LOCAL, Match, Route
from broker.hooks import Direction
from broker.hooks.call_errors import NotConnected
from broker.ocpp import Exchange, Pending, Reply, Version
from broker.session.admission import Admission
from broker.session.books.ledger import Ledger
from broker.session.books.transactions import Tx
from broker.session.leg import Leg
from broker.session.reader import Work
from broker.session.relay.flow import Flow
from broker.session.shared import Shared
from broker.session.upstream.backends import Backends
from broker.session.upstream.link import Link


class Errand:
    """Stands where the session would be; every call to the station is refused at once."""

    remote = ""
    listener = ""
    security_profile = 0
    answers = LOCAL
    accepted = True
    tags: Mapping[str, str] = {}

    def __init__(self, identity: str, version: Version, shared: Shared, ledger: Ledger, upstreams: list[str]) -> None:
        self.identity = identity
        self.version = version
        self.state: dict[str, Any] = {}
        self.slot = 0
        self.wakes_at = inf
        admission = Admission(identity, version, version.value, 0, "", "", {}, known=True)
        route = Route(match=Match(), primary=LOCAL)
        self._station = Leg(
            "station", Direction.FROM_STATION, Exchange(prefix=shared.prefix()), call_timeout=1.0, max_inbound=1
        )
        self._station.release()
        self._backends = Backends(admission, shared, ledger, self, route)
        self._flow = Flow(self, shared, self._station, self._backends)
        self._backends.take = self._flow.take
        self._upstreams = upstreams

    @classmethod
    async def prepare(cls, identity: str, version: Version, shared: Shared, ledger: Ledger) -> Self | None:
        """An errand to every upstream whose next message was received on `version`; None where there is none."""
        store = shared.store
        upstreams = []
        for name, outbox in ledger.outboxes.items():
            if outbox.empty or name not in shared.upstreams.settings or store is None:
                continue
            rows = await store.outbox(identity, name, limit=1)
            if rows and rows[0].version == version.value:
                upstreams.append(name)
        return cls(identity, version, shared, ledger, upstreams) if upstreams else None

    async def run(self, wait: Callable[[Backends], Awaitable[None]]) -> None:
        """Dial, and deliver for as long as `wait` waits."""
        self._backends.start_only(self._upstreams)
        await wait(self._backends)

    async def close(self) -> None:
        await self._backends.close_all()
        self._flow.part()
        self._backends.part()
        del self._flow, self._backends

    # --- what a session would do ------------------------------------------------------------------------------------

    async def call(self, action: str, payload: dict[str, Any], *, timeout: float | None = None) -> Reply:
        raise NotConnected(f"{self.identity} is not connected")

    def known_token(self, payload: Mapping[str, Any]) -> dict[str, Any] | None:
        return None

    def take(self, leg: Leg, data: str | bytes, now: float) -> Work | None:
        return self._flow.take(leg, data, now)

    def expire(self, leg: Leg, now: float) -> None:
        self._flow.expire(leg, now)

    def due(self, now: float) -> None:
        """Nothing is due of a station that is not there."""

    def link_changed(self, link: Link, up: bool, reason: str) -> None:
        """No plugin is told: there is no session."""

    def forward_again(self, waiting: list[Pending], now: float) -> None:
        """The station has no calls."""

    def primary_down(self, link: Link) -> None:
        """There is nobody to close."""

    def rerouted(self) -> bool:
        return False

    def stop_refused(self, tx: Tx) -> None:
        """It is told when it is back."""

    def not_kept(self, why: str) -> None:
        """Nothing new comes."""

    def release_station(self, now: float) -> None:
        """Nothing waits for it."""
