"""Delivers the outbox of one station to one upstream: in order, one at a time, until the upstream has answered.

At least once: a row leaves the disk before the next one goes out, so that a crash repeats one message at most.
"""

import asyncio
from time import time
from typing import Any, Protocol

import structlog
from msgspec.structs import replace

from broker.hooks import Direction
from broker.ocpp import Call, Pending, Reply, Version
from broker.session.books.ledger import Ledger
from broker.session.books.transactions import Tx
from broker.session.bucket import Bucket
from broker.session.delivery.outbox import Outbox
from broker.session.shared import Shared
from broker.session.upstream.link import Link
from broker.store import Op, OutboxRow, ops

_LIVE = 2.0  # seconds for which a row counts as live traffic, which no rate limit holds up
_PATIENCE = (1.0, 2.0, 5.0, 10.0, 30.0, 60.0)  # seconds between tries at an upstream that does not answer

_log = structlog.get_logger("broker.outbox")


class Answers(Protocol):
    """Whoever wants to know what comes of an upstream."""

    def answered(self, row: "OutboxRow", reply: Reply, sent: float, now: float) -> None:
        """The upstream has answered a row, which went out at `sent`."""

    def delivered(self, row: "OutboxRow", tx: Tx | None) -> None:
        """A row is off the disk."""

    def ready(self, upstream: str) -> None:
        """The upstream has let the station in."""

    def stand_in_line(self, now: float) -> None:
        """There is something to be looked at later: an answer that may not come, or another try."""


class Courier:
    """Owner of one call at a time on `link`."""

    __slots__ = (
        "_answers",
        "_committing",
        "_ledger",
        "_link",
        "_open",
        "_pace",
        "_shared",
        "_silent",
        "outbox",
        "resting",
    )

    aside = True
    direction = Direction.FROM_STATION
    validated = True
    timeout: float | None = None
    name = "outbox"
    socket = None

    def __init__(self, link: Link, outbox: Outbox, ledger: Ledger, shared: Shared, answers: Answers) -> None:
        self.outbox = outbox
        self.listen()
        self._link = link
        self._ledger = ledger
        self._shared = shared
        self._answers = answers
        self._open: OutboxRow | None = None
        self._committing = False
        self.resting = False
        """True when nothing more is to go out on this link."""
        self._silent = 0
        self.take_rate(shared.config.outbox.station_per_second)

    def take_rate(self, rate: float) -> None:
        """How many messages a second may go out of what has waited."""
        self._pace = Bucket(rate, max(rate, 1.0))

    def listen(self) -> None:
        """Be the one that delivers the outbox."""
        self.outbox.listener = self._news

    def _news(self) -> None:
        now = self._link.clock()
        self.pump(now)
        if not self._link.ready:
            self._answers.stand_in_line(now)  # for the day on which it is too old

    def part(self) -> None:
        """The link is closed: the outbox, which stays, must not keep it."""
        if self.outbox.listener == self._news:
            self.outbox.listener = None

    @property
    def idle(self) -> bool:
        return self._open is None and not self._committing

    def pump(self, now: float) -> None:
        """Send the next row, if its time has come."""
        if self.resting or not self.idle or self._shared.store_failed:
            return
        limit = self._shared.config.outbox.max_age
        if self.outbox.age <= limit and (not self._link.ready or now < self.outbox.retry_at):
            return  # what is too old has waited long enough, also for an upstream that is down
        row = self.outbox.head(lambda: self.pump(self._link.clock()))
        if row is None:
            return
        age = time() - row.received_at
        if age > limit:
            self._bury(row, "too_old")
        elif not self._link.ready or row.version != self._link.version.value:
            return  # it waits for a connection in its own version
        elif age > _LIVE and not self._may_replay(now):
            self.outbox.retry_at = now + 0.25
            self._answers.stand_in_line(now)
        else:
            self._send(row, age > _LIVE, now)

    def _may_replay(self, now: float) -> bool:
        """F-05: what has waited is sent at a limited rate, for the upstream's sake; live messages go first."""
        pace = self._shared.pace(self._link.name)
        if not self._pace.take(now):
            return False
        if not pace.take(now):
            self._pace.give_back()
            return False
        return True

    def _send(self, row: "OutboxRow", replay: bool, now: float) -> None:
        call = Call(row.action, row.payload, version=Version(row.version))
        tx = self._ledger.transactions.by_ref(row.ref) if row.ref else None
        # A row of a transaction that nobody knows any more has no id to go out in, and the station's own is foreign.
        lost = tx is None and row.ref and row.kind in ("meter", "stop")
        translated = None if lost else self._ledger.transactions.to_peer(tx, self._link.name, call)
        if translated is not None:
            translated = self._ledger.ids.translate_to_peer(self._link.name, translated)
        if translated is None:
            self._shared.metrics.mapping_missed(self._link.name)
            self._bury(row, "no_transaction_id")
            return
        self._open = row
        pending = Pending(translated, self, now + self._link.call_timeout, submitted_at=now)
        if not self._link.submit(pending, now):
            self._open = None
            self.outbox.retry_at = now + 1.0
        elif replay:
            self._shared.metrics.replayed(self._link.name)
        self._answers.stand_in_line(now)

    def next_due(self, now: float) -> float | None:
        """When the head is to be tried again, or is too old; None while nothing can be done by waiting."""
        if self.outbox.empty or not self.idle:
            return None
        if not self._link.ready:
            return now + max(self._shared.config.outbox.max_age - self.outbox.age, 1.0)
        return max(self.outbox.retry_at, now + 0.25)

    # --- the link tells ---------------------------------------------------------------------------------------------

    def answered(self, pending: Pending, reply: Reply, now: float) -> None:
        """The upstream has answered: off the disk, or another try later where it was an error."""
        row, self._open = self._open, None
        if row is None:
            return
        self._silent = 0
        self._answers.answered(row, reply, pending.sent_at, now)
        self._shared.metrics.mirrored(self._link.name, max(0.0, time() - row.received_at))
        if reply.is_result:
            self._take(row, reply)
            return
        attempts = row.attempts + 1
        error = f"{reply.code}: {reply.description}"[:200].encode(errors="replace").decode()  # no lone surrogates
        limit = self._shared.config.outbox.attempts
        if attempts >= limit:
            self._bury(replace(row, attempts=attempts, error=error), "refused")
            return
        # OCPP 1.6 3.7.1, 2.0.1 E13: the interval times the number of submissions so far.
        self.outbox.error = error
        self.outbox.retry_at = now + self._shared.config.outbox.retry_interval * attempts
        self.outbox.tried(row, attempts, error)
        self._later("attempt", row.id, attempts, error)

    def failed(self, pending: Pending, reason: str, now: float) -> None:
        """No answer, or the link was lost: nobody knows whether it was seen, so it goes out again."""
        if self._open is None:
            return
        self._open = None
        if reason == "lost":
            return
        self.outbox.error = "no answer"
        self.outbox.retry_at = now + _PATIENCE[min(self._silent, len(_PATIENCE) - 1)]
        self._silent += 1

    # --- the end of a row -------------------------------------------------------------------------------------------

    def _take(self, row: "OutboxRow", reply: Reply) -> None:
        tx = self._ledger.transactions.by_ref(row.ref) if row.ref else None
        if tx is not None and row.kind in ("start", "event"):
            self._ledger.transactions.learn(tx, self._link.name, reply)
        self._end(row, tx, [ops.drop_outbox(row.id)])

    def _bury(self, row: "OutboxRow", reason: str) -> None:
        tx = self._ledger.transactions.by_ref(row.ref) if row.ref else None
        if tx is not None and row.kind == "start":
            self._ledger.transactions.refuse(tx, self._link.name)
        self._shared.metrics.buried(self._link.name, reason)
        _log.error(
            "dead letter",
            identity=self.outbox.identity,
            upstream=self._link.name,
            action=row.action,
            reason=reason,
            error=row.error,
        )
        self._end(row, tx, [ops.attempt(row.id, row.attempts, row.error), ops.bury(row.id, reason, time())])

    def _end(self, row: "OutboxRow", tx: Tx | None, group: "list[Op]") -> None:
        """The next row goes out when this one is off the disk."""
        self._committing = True
        written = self._ledger.commit((), group)
        if written is None:
            asyncio.get_running_loop().call_soon(self._ended, row, tx)
        else:
            written.add_done_callback(lambda done: self._written(row, tx, done))

    def _written(self, row: "OutboxRow", tx: Tx | None, done: "asyncio.Future[None]") -> None:
        if done.cancelled() or done.exception() is not None:
            # The ledger has the store try again later, with everything else; until then it counts as done.
            _log.warning("a delivered message is still on disk", identity=self.outbox.identity)
        self._ended(row, tx)

    def _ended(self, row: "OutboxRow", tx: Tx | None) -> None:
        self._committing = False
        self.outbox.done(row)
        if self._link.gone:  # closed meanwhile: nobody waits for the end of this any more
            return
        self._answers.delivered(row, tx)
        self.pump(self._link.clock())

    def _later(self, name: str, *values: Any) -> None:
        store = self._shared.store
        if store is not None:
            store.later([getattr(ops, name)(*values)])
