"""What an upstream that (re)joins is told of the station, and whether it lets it in (design.md 5, point 9).

Towards an upstream the broker is the station: it boots, obeys that upstream's own answer and interval (OCPP 1.6 4.2,
2.0.1 B01 to B03), and beats by itself where the station's heartbeats go elsewhere.
"""

from collections.abc import Callable
from typing import Any

import structlog

from broker.hooks import Direction
from broker.ocpp import Call, Pending, Reply
from broker.session.books.ledger import Ledger
from broker.session.shadow.shaping import Shaper
from broker.session.upstream.link import Link

_BOOT, _STATUS = "BootNotification", "StatusNotification"
_AGAIN = 30.0  # seconds before a boot that was not answered is sent again
_LEAST, _DEFAULT = 5.0, 60.0  # seconds between boots that are not accepted
_MOST = 30 * 86400.0

_log = structlog.get_logger("broker.session")


class Joining:
    """Owner of the boots, statuses and heartbeats that the broker itself sends to one upstream."""

    __slots__ = (
        "_beats",
        "_booted",
        "_booting",
        "_interval",
        "_late",
        "_ledger",
        "_link",
        "_note",
        "_replay",
        "_shaper",
        "_when_ready",
        "beat_at",
        "retry_at",
        "waiting",
    )

    aside = True
    direction = Direction.FROM_STATION
    validated = True
    timeout: float | None = None
    name = "joining"
    socket = None

    def __init__(
        self,
        link: Link,
        ledger: Ledger,
        *,
        late: bool,
        when_ready: Callable[[], None],
    ) -> None:
        self._link = link
        self._ledger = ledger
        self._replay: frozenset[str] = frozenset()
        self._beats = False
        self._booted = b""
        self._booting: Call | None = None
        self._note: Any = None
        """Whoever wants to know what the next boot is answered with."""
        self._late = late
        self._when_ready = when_ready
        self._shaper: Shaper | None = None
        self._interval = 0.0
        self.waiting = False
        """True while nothing goes to the upstream until the station has said its first word."""
        self.retry_at = 0.0
        """When the boot is sent again; 0 for never."""
        self.beat_at = 0.0
        """When a heartbeat is due; 0 for never."""

    def take_part(self, replay: frozenset[str], shaper: Shaper | None, *, beats: bool) -> None:
        """What it is told when it joins, and whether it gets the broker's own heartbeats."""
        self._replay, self._shaper, self._beats = replay, shaper, beats
        self._take_interval(self._link.clock())

    @property
    def replays_statuses(self) -> bool:
        return "status" in self._replay

    def up(self, now: float, *, heard: bool) -> None:
        """The link is up. `heard`: the station has said something on this connection.

        A primary that was there from the beginning is told nothing: it hears what the station says itself.
        """
        if not heard and self._beats:
            self.waiting = self._link.exchange.held = True
        elif heard and (self._late or self._beats) and self._must_boot():
            self._boot(now)
        else:
            self._let_in(now, tell=heard and (self._late or self._beats) and not self._speaks_itself())
        self._late = True

    def _speaks_itself(self) -> bool:
        """Whether the station's own boot or statuses are on their way: nothing is to overtake them."""
        exchange = self._link.exchange
        return exchange.holds(_BOOT) or exchange.holds(_STATUS)

    def missed(self) -> None:
        """The station has booted on this connection: whoever is not there yet is told when it joins."""
        self._late = True

    def down(self, *, lost: bool) -> None:
        """The link is down; an upstream that was `lost` under a connected station may have forgotten it."""
        self.waiting, self.retry_at, self.beat_at = False, 0.0, 0.0
        if lost:
            self._ledger.memory.booted.pop(self._link.name, None)

    def heard(self, boots: bool, now: float) -> None:
        """The station has said its first word; `boots`: it is a BootNotification, which `boot` passes on."""
        if not self.waiting:
            return
        self.waiting = False
        if boots:
            return
        if self._must_boot():
            self._boot(now)
        else:
            self._let_in(now)

    def passed_over(self, now: float) -> None:
        """A plugin has let the station in: whoever waits for its boot is told the last one that it knows of."""
        exchange = self._link.exchange
        if self._link.socket is not None and exchange.held and not self.retry_at and not exchange.holds(_BOOT):
            self.waiting = True
            self.heard(False, now)

    def boot(self, note: Any, now: float) -> None:
        """Pass a BootNotification of the station on: nothing else goes to the upstream until it is answered."""
        self._note = note
        if self._link.socket is None:
            return  # it will be told when it joins
        self._link.exchange.held = True
        self._boot(now)

    def due(self, now: float) -> None:
        """Boot again, or beat."""
        if self._link.socket is None:
            return
        if self.retry_at and now >= self.retry_at:
            self._boot(now)
        if self.beat_at and now >= self.beat_at:
            silent = now - self._link.last_sent
            if silent >= self._interval:
                if not self._link.exchange.holds("Heartbeat"):
                    self._submit("Heartbeat", b"{}", now)
                silent = 0.0
            self.beat_at = now + self._interval - silent

    def next_due(self) -> float | None:
        times = [time for time in (self.retry_at, self.beat_at) if time]
        return min(times) if times and self._link.socket is not None else None

    def _must_boot(self) -> bool:
        memory = self._ledger.memory
        if "boot" not in self._replay or self._link.name in memory.booted or not memory.boot_in(self._link.version):
            return False
        return not self._link.exchange.holds(_BOOT)  # the station's own is on its way

    def _boot(self, now: float) -> None:
        self.retry_at = self.beat_at = 0.0
        self._link.exchange.held = True
        self._link.exchange.withdraw(lambda waiting: waiting.owner is self)
        self._booted = self._ledger.memory.boot
        note, self._note = self._note, None
        self._booting = self._submit(_BOOT, self._booted, now, note=note)

    def _submit(self, action: str, raw: bytes, now: float, note: Any = None) -> Call | None:
        call: Call | None = Call(action, raw, version=self._link.version)
        if self._shaper is not None and call is not None:
            call = self._shaper.mask(call)
        if call is not None:
            self._link.submit(Pending(call, self, now + self._link.call_timeout, note=note), now, joining=True)
        return call

    # --- the link tells ---------------------------------------------------------------------------------------------

    def answered(self, pending: Pending, reply: Reply, now: float) -> None:
        if pending.note is not None:
            pending.note.candidate(reply, now, sent=pending.sent_at)
        if pending.call.action != _BOOT:
            return
        if pending.call is not self._booting or self._booted is not self._ledger.memory.boot:
            # The station has booted once more; it may not have been told here.
            if self._link.exchange.held and not self._link.exchange.holds(_BOOT):
                self._boot(now)
            return
        status, seconds = reply.payload.get("status"), _seconds(reply)
        if reply.is_result and status in ("Pending", "Rejected"):
            # 1.6 4.2, 2.0.1 B02 and B03: it says when the next try is welcome, and nothing else is until then.
            self.retry_at = now + max(seconds or _DEFAULT, _LEAST)
            _log.info("upstream does not accept the station yet", upstream=self._link.name, status=status)
            return
        if reply.is_result:
            self._welcome(seconds)
        self._let_in(now)

    def accepted(self, reply: Reply, now: float) -> None:
        """The upstream has accepted a boot that the station itself has made."""
        self._welcome(_seconds(reply))
        self.retry_at = 0.0
        if self._link.exchange.held and self._link.socket is not None:
            self._let_in(now)

    def _welcome(self, seconds: float) -> None:
        self._ledger.memory.accepted = True
        self._ledger.memory.booted[self._link.name] = seconds
        self._ledger.save_memory()

    def failed(self, pending: Pending, reason: str, now: float) -> None:
        if pending.note is not None:
            pending.note.candidate(None, now)
        if pending.call.action == _BOOT and reason != "lost":
            self.retry_at = now + _AGAIN

    def _let_in(self, now: float, *, tell: bool = True) -> None:
        """Everything may go out from now on; `tell`: after what it has missed."""
        self._link.exchange.held = False
        if tell and self.replays_statuses:
            for raw in self._ledger.memory.statuses_in(self._link.version):
                self._submit(_STATUS, raw, now)
        self._take_interval(now)
        self._link.pump(now)
        self._when_ready()

    def _take_interval(self, now: float) -> None:
        self._interval = self._ledger.memory.booted.get(self._link.name, 0.0) if self._beats else 0.0
        self.beat_at = now + self._interval if self._interval and self._link.ready else 0.0


def _seconds(reply: Reply) -> float:
    """The interval that an answer to a boot names; 0 for none. JSON has numbers that no clock has, nor the store."""
    interval = reply.payload.get("interval")
    return float(min(interval, _MOST)) if isinstance(interval, int | float) and interval > 0 else 0.0
