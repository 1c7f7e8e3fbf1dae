"""The upstream side of one station: who answers, who watches, and what each of them is told.

It outlives the station's connection for as long as something is on its way, and can do without a station altogether
(`broker.session.delivery.errand`).
"""

import asyncio
from collections.abc import Coroutine, Iterator
from math import inf
from time import monotonic
from typing import TYPE_CHECKING, Any, Protocol

import structlog
from aiohttp import WSCloseCode

from broker.config import LOCAL, Route, Secondary
from broker.ocpp import Call, Reply, Version
from broker.session.admission import Admission
from broker.session.books.ledger import Ledger
from broker.session.books.transactions import Tx
from broker.session.liveness import look_at_life, ping_due
from broker.session.reader import Work
from broker.session.shared import Shared
from broker.session.upstream.backend import Backend, Role
from broker.session.upstream.dialling import Dialling
from broker.session.upstream.link import Link
from broker.session.upstream.succession import Succession
from broker.session.upstream.watching import Watching
from broker.store import OutboxRow

if TYPE_CHECKING:
    from broker.ocpp import Pending
    from broker.session.leg import Leg

_log = structlog.get_logger("broker.session")


class Host(Protocol):
    """Whose backends they are: a session, or an errand in the place of a station that is away."""

    def take(self, leg: "Leg", data: str | bytes, now: float) -> Work | None: ...

    def link_changed(self, link: Link, up: bool, reason: str) -> None: ...

    def expire(self, leg: "Leg", now: float) -> None: ...

    def forward_again(self, waiting: "list[Pending]", now: float) -> None:
        """Calls of the station that their upstream has not seen: somebody else answers now."""

    def rerouted(self) -> bool:
        """What the station has said of itself may lead to another route; True where it does."""

    def primary_down(self, link: Link) -> None:
        """The route says `close`, and the grace time is over."""

    def stop_refused(self, tx: Tx) -> None:
        """An upstream has refused a transaction that the station was let to start in its place."""


class Backends:
    """The links of one station, by upstream, and the parts that the route gives them."""

    __slots__ = (
        "_admission",
        "_all",
        "_host",
        "_shared",
        "_stopping",
        "dialling",
        "heard",
        "leaving",
        "ledger",
        "plain",
        "route",
        "slot",
        "succession",
        "take",
        "wakes_at",
        "watching",
    )

    def __init__(self, admission: Admission, shared: Shared, ledger: Ledger, host: Host, route: Route) -> None:
        self.ledger = ledger
        self.route = route
        self.heard = False
        """True once the station has said something on this connection."""
        self.leaving = False
        self.plain = False
        """True while there is one upstream, which is up, and nothing waits for it: a message goes straight on."""
        self.slot = 0
        self.wakes_at = inf
        self.take = host.take
        self._host = host
        self._admission = admission
        self._shared = shared
        self._all: dict[str, Backend] = {}
        self._stopping: set[int] = set()
        self.dialling = Dialling(self, shared, host)
        self.succession = Succession(self, shared, host)
        self.watching = Watching(self, shared)

    @property
    def version(self) -> Version:
        return self._admission.version

    # --- the route --------------------------------------------------------------------------------------------------

    @property
    def active(self) -> Backend | None:
        """Who answers; None for the local CSMS."""
        return self.succession.active

    @property
    def primary(self) -> Link | None:
        return self.active.link if self.active is not None else None

    @property
    def standing_in(self) -> bool:
        """True while the local CSMS answers in the place of a primary that is down."""
        return self.succession.standing_in

    @property
    def answers(self) -> str:
        """The name of whoever answers now."""
        active = self.succession.active
        return LOCAL if active is None or self.succession.standing_in else active.link.name

    @property
    def links(self) -> list[Link]:
        return [backend.link for backend in self._all.values()]

    @property
    def busy(self) -> bool:
        """Whether something is on the way that must not be lost."""
        return bool(self.ledger.flights) or any(backend.busy for backend in self._all.values())

    @property
    def answer_due(self) -> bool:
        """Whether somebody is at work on a transaction message, or it is being written down."""
        return bool(self.ledger.flights) or any(backend.answer_due for backend in self._all.values())

    def __iter__(self) -> Iterator[Backend]:
        return iter(self._all.values())

    def get(self, upstream: str) -> Backend | None:
        return self._all.get(upstream)

    def start(self) -> None:
        """Dial everybody whom the route names, and who is owed something."""
        self._apply(self.route)
        self.dialling.dial_all()

    def start_only(self, upstreams: "list[str]") -> None:
        """Dial those that are owed something, while the station is away."""
        self.heard = True
        for name in upstreams:
            self.add(name, Role.FORMER, None).link.start()
        self.stand_in_line(monotonic())

    def switch(self, route: Route) -> None:
        """Take another route, with no call of the station open; what was promised to the old upstreams is kept."""
        self.route = route
        old = self.active
        self._apply(route)
        self.dialling.dial_all()
        if old is not None and old is not self.active:
            self.succession.hand_over(old, monotonic())
        self.tidy()

    def _apply(self, route: Route) -> None:
        wanted = {secondary.upstream: secondary for secondary in route.secondaries}
        for name in [name for name, backend in self._all.items() if backend.role is Role.SECONDARY]:
            if name not in wanted:
                self._part(name, Role.FORMER, None)
        self.succession.begin(route)
        for name, secondary in wanted.items():
            if name != route.primary:
                self._part(name, Role.SECONDARY, secondary)
        for name in self.dialling.owed():
            if name not in self._all:
                self.add(name, Role.FORMER, None)
        self.settle()

    def _part(self, name: str, role: Role, secondary: Secondary | None) -> None:
        backend = self._all.get(name)
        if backend is None:
            self.add(name, role, secondary)
        else:
            backend.take_part(role, self.route, secondary)

    def add(self, name: str, role: Role, secondary: Secondary | None) -> Backend:
        """A place for an upstream; `dialling` connects it."""
        link = Link(name, self._admission, self._shared, self, queue=self.route.queue, grace=self.route.grace)
        backend = Backend(link, role, self.ledger, self._shared, self, self.route, secondary, late=self.heard)
        self._all[name] = backend
        return backend

    def drop(self, backend: Backend) -> None:
        """It has no place any more."""
        del self._all[backend.link.name]
        backend.courier.part()

    def tidy(self) -> None:
        """Close the legs that are of no use any more."""
        self.dialling.tidy()

    def settle(self) -> None:
        """Work out whether messages can go straight on."""
        active = self.active
        self.plain = (
            active is not None
            and len(self._all) == 1
            and not self.standing_in
            and active.courier.outbox.empty
            and active.courier.idle
        )

    # --- what the station says --------------------------------------------------------------------------------------

    def hear(self, boots: bool, now: float) -> None:
        """The station has said its first word on this connection."""
        self.heard = True
        for backend in self._all.values():
            backend.joining.heard(boots, now)
        self.stand_in_line(now)
        for tx in self.ledger.transactions.open():
            self._stop_if_refused(tx)

    def _stop_if_refused(self, tx: Tx | None) -> None:
        if tx is not None and tx.must_stop and not tx.closed and tx.ref not in self._stopping:
            self._stopping.add(tx.ref)
            self._host.stop_refused(tx)

    def rerouted(self, call: Call) -> bool:
        """Whether a BootNotification leads to another route, which is then on its way."""
        before, self.ledger.memory.boot = self.ledger.memory.boot, call.raw
        rerouted = self._host.rerouted()
        if not rerouted:
            self.ledger.memory.boot = before
        return rerouted

    def booted(self, call: Call, reply: Reply, now: float) -> None:
        """The station is about to get the answer to its boot."""
        if not reply.is_result or reply.payload.get("status") != "Accepted":
            return
        if call.raw is not self.ledger.memory.boot:  # a plugin has answered it, and nobody else has seen it
            for backend in self._all.values():
                backend.joining.passed_over(now)
        elif self.active is not None and not self.standing_in:
            self.active.joining.accepted(reply, now)

    def owner(self, tx: Tx | None) -> Backend | None:
        """Who answers for a transaction: whoever started it; a new one's is the primary. None: the local CSMS."""
        if tx is None:
            return self.active
        if tx.owner == LOCAL:
            return None
        backend = self._all.get(tx.owner)
        if backend is None and tx.owner in self._shared.upstreams.settings:  # it has no leg any more, but the word
            backend = self.add(tx.owner, Role.FORMER, None)
            self.dialling.dial(backend)
            self.settle()
        return backend or self.active

    def answerer(self, call: Call) -> Backend | None:
        """Who answers an ordinary message: whoever asked for it, else the primary. None: the local CSMS."""
        asked = self.ledger.ids.owner_of(call)
        return self.active if asked is None else self._all.get(asked)

    # --- what couriers and links tell -------------------------------------------------------------------------------

    def answered(self, row: "OutboxRow", reply: Reply, sent: float, now: float) -> None:
        self.watching.answered(row, reply, now, sent)

    def delivered(self, row: "OutboxRow", tx: Tx | None) -> None:
        self.watching.answered(row, None, monotonic(), None)
        self._stop_if_refused(tx)
        self.settle()
        backend = self._all.get(row.upstream)
        if backend is not None and backend.role is Role.FORMER and not backend.busy:
            self.tidy()

    def ready(self, upstream: str) -> None:
        backend = self._all.get(upstream)
        if backend is not None:
            self.succession.came_up(backend)
            self.settle()
            backend.courier.pump(backend.link.clock())
            self.stand_in_line(backend.link.clock())

    def link_changed(self, link: Link, up: bool, reason: str) -> None:
        backend = self._all.get(link.name)
        if backend is None or backend.link is not link:
            return
        now = monotonic()
        if up:
            backend.joining.up(now, heard=self.heard)
            self.succession.came_up(backend)
        else:
            self._host.expire(link, now)  # what was given up must not go out on the next connection
            backend.joining.down(lost=self.heard and not self.leaving)
        self.settle()
        self.stand_in_line(now)
        self._host.link_changed(link, up, reason)

    # --- the wheel --------------------------------------------------------------------------------------------------

    def due(self, now: float) -> None:
        """Deadlines, pings, boots, retries, and the end of the time that a primary may be down."""
        for backend in list(self._all.values()):
            link = backend.link
            settings = self._shared.upstreams.settings.get(link.name)
            if link.socket is not None and settings is not None:
                look_at_life(
                    link, settings.ping_interval, self._shared.config.liveness.missed, now, self.ledger.identity
                )
            if backend is self.active and not self.leaving:
                self.succession.look(now)
            if not link.gone:
                self._host.expire(link, now)
            backend.joining.due(now)
            backend.courier.pump(now)
        self.succession.fail_back(now)
        if len(self._all) > 1:
            self.tidy()
        self.stand_in_line(now)

    def stand_in_line(self, now: float) -> None:
        """Have the wheel come back for whatever is next."""
        if self.leaving and not self._all:
            return
        times: list[float | None] = [self.succession.next_due(now), self.dialling.next_due(now)]
        for backend in self._all.values():
            link = backend.link
            settings = self._shared.upstreams.settings.get(link.name)
            times += (
                link.exchange.next_deadline(),
                ping_due(link, settings.ping_interval if settings else 0.0),
                backend.joining.next_due(),
                backend.courier.next_due(now),
            )
        waits = [time for time in times if time is not None]
        if waits:
            self._shared.wheel.wake(self, max(min(waits), now))

    # --- the end ----------------------------------------------------------------------------------------------------

    def leave(self) -> list[Coroutine[Any, Any, None]]:
        """The station has left: what closes now. Legs on which something is on its way stay.

        So do the secondaries while an answer is awaited: with it comes a copy for each of them.
        """
        self.leaving = True
        copied_to = Role.SECONDARY if self.answer_due else None
        idle = [backend for backend in self._all.values() if not backend.busy and backend.role is not copied_to]
        closing = [self._close(backend) for backend in idle]
        if not self._all:
            self._shared.wheel.forget(self)
        return closing

    def _close(self, backend: Backend) -> Coroutine[Any, Any, None]:
        self._all.pop(backend.link.name, None)
        backend.courier.part()
        backend.link.release()
        for pending in backend.link.exchange.close():
            if pending.head is not None:  # nobody knows whether it was seen: the station sends it again
                self.ledger.land(pending.head.key, None)
        return backend.link.close(WSCloseCode.OK, "the station has left")

    def rest(self) -> None:
        """Nothing new is delivered: an answer that comes after the end would make the message come twice."""
        for backend in self._all.values():
            backend.courier.resting = True

    async def close_all(self) -> None:
        """Close every leg now; what is in the outboxes stays there."""
        self._shared.wheel.forget(self)
        # All at once: while one is being closed, nothing may go out to another that would not hear the answer.
        closing = [self._close(backend) for backend in list(self._all.values())]
        await asyncio.gather(*closing, return_exceptions=True)

    def part(self) -> None:
        """Break the circles of references; it is of no use after that."""
        self._shared.wheel.forget(self)
        del self._host, self.take, self.succession, self.watching, self.dialling

    def describe(self) -> list[dict[str, Any]]:
        return [backend.describe() for backend in self._all.values()]
