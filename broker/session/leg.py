"""A leg: an exchange with, most of the time, a socket under it."""

import asyncio
from time import monotonic
from typing import Any, Protocol

from broker.hooks import Direction
from broker.ocpp import Call, Exchange, Pending, Reply, encode_call, encode_reply
from broker.session.socket import Socket


class Aside(Protocol):
    """Owns calls to an upstream that no station waits for: copies, replays, heartbeats."""

    aside: bool

    def answered(self, pending: Pending, reply: Reply, now: float) -> None:
        """The upstream has answered."""

    def failed(self, pending: Pending, reason: str, now: float) -> None:
        """It has not: `timeout`, or `lost` with the connection."""


class Leg:
    """One side of a session: the station, or an upstream.

    It owns the calls that we made to that side (its exchange's queue) and those that the side made to us and that
    are not answered. Everything here is synchronous; what cannot be written goes nowhere.
    """

    __slots__ = (
        "_gate",
        "backlog",
        "busy",
        "call_timeout",
        "direction",
        "exchange",
        "gone",
        "last_sent",
        "max_inbound",
        "name",
        "socket",
    )

    aside = False
    """Its calls are answered with what comes back; `Aside` tells of the others."""
    validated = False
    """What comes from a leg has been looked at by nobody."""
    timeout: float | None = None
    """A leg sets no limit of its own on the calls that it passes on."""

    def __init__(
        self, name: str, direction: Direction, exchange: Exchange, *, call_timeout: float, max_inbound: int
    ) -> None:
        self.name = name
        """`station`, or the upstream's name: the `origin` of the calls that come from it."""
        self.direction = direction
        """The direction of the calls that come from it."""
        self.exchange = exchange
        self.socket: Socket | None = None
        self.last_sent = 0.0
        """When the last call went out to it."""
        self.call_timeout = call_timeout
        """Seconds that the other end gets to answer once a call is on the wire."""
        self.max_inbound = max_inbound
        self.gone = False
        """True when the session has ended: nothing more goes out to this side."""
        self.busy = False
        """True while a plugin waits on a call of this side; later calls stand in `backlog`, in order."""
        self.backlog: list[tuple[Call, float]] = []
        self._gate: asyncio.Future[None] | None = None

    def patience(self) -> float:
        """Seconds that a new call to this side may take before it is given up."""
        return self.call_timeout

    def answer_by(self, now: float) -> float:
        """Until when a call that goes out now may be answered."""
        return now + self.call_timeout

    @property
    def reading_paused(self) -> bool:
        """True while nothing is read from this side, because it has made too many calls or is to make no more."""
        return self._gate is not None

    def submit(
        self, pending: Pending, now: float, *, first: bool = False, joining: bool = False, share: int = 0
    ) -> bool:
        """Queue a call to this side and write what may be written; False when the queue is full, or the side gone."""
        if self.gone or not self.exchange.submit(pending, first=first, joining=joining, share=share):
            return False
        self.pump(now)
        return True

    def pump(self, now: float) -> None:
        """Put on the wire whatever the exchange lets out."""
        socket = self.socket
        if socket is None:
            return
        while (pending := self.exchange.next_to_send(now)) is not None:
            if pending.owner.timeout is None:  # the API sets a limit on the whole call, waiting included
                # Nobody is kept waiting by what the broker says of its own accord: it has the whole time each time.
                pending.deadline = now + self.call_timeout if pending.owner.aside else self.answer_by(now)
            self.last_sent = now
            socket.send(encode_call(pending.message_id, pending.call))

    def answer(self, call: Call, reply: Reply, producer: Any = None) -> bool:
        """Answer a call that this side made; False when it is no longer waiting for it.

        A retry that came in the meantime gets the same answer once more (field-notes Q-10). `producer` is kept for
        a CALLRESULTERROR that the side may send about this answer (OCPP 2.1).
        """
        copies = self.exchange.answered(call, producer)
        if copies and self.socket is not None:
            frame = encode_reply(call.id_json, reply)
            for _ in range(copies):
                self.socket.send(frame)
            if self.exchange.waiting:  # half duplex: our calls wait for the end of theirs
                self.pump(monotonic())
        if self._gate is not None:
            self.open_gate()
        return copies > 0

    def drop(self, call: Call) -> None:
        """Never answer a call that this side made; it holds no place any more."""
        self.exchange.answered(call)
        if self.exchange.waiting:
            self.pump(monotonic())
        if self._gate is not None:
            self.open_gate()

    def gate(self) -> asyncio.Future[None] | None:
        """What to wait for before reading on: this side has made more calls than it may without an answer.

        Ask again after waiting. The backlog counts too, since the SENDs in it are never answered.
        """
        if self.exchange.inbound < self.max_inbound and len(self.backlog) < self.max_inbound:
            return None
        if self._gate is None:
            self._gate = asyncio.get_running_loop().create_future()
        return self._gate

    def release(self) -> None:
        """The session has ended: no calls either way, and whoever waits at the gate may read the socket's end."""
        self.gone = True
        self.backlog.clear()
        self.max_inbound = 1 << 30
        self.open_gate()

    def open_gate(self) -> None:
        """Have the reader look again whether it may read on."""
        gate, self._gate = self._gate, None
        if gate is not None and not gate.done():
            gate.set_result(None)
