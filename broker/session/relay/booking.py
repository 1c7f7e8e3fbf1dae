"""The way of a message that must not be lost: recognised, answered, written down, and only then acknowledged.

Transaction messages and security events (OCPP 1.6 3.7, 2.0.1 E04 and A04) pass here. Whoever answers them, the copies
for all others are on disk before the station gets its CALLRESULT (design.md 5, point 7).
"""

import asyncio
from time import time
from typing import TYPE_CHECKING, Any

import structlog

from broker.config import LOCAL
from broker.hooks import Chain
from broker.ocpp import Call, Pending, Reply
from broker.ocpp.heads import Head
from broker.session.books.ledger import Ledger, Unsaved
from broker.session.books.transactions import Tx
from broker.session.delivery.copies import Copies
from broker.session.reader import Work
from broker.session.shared import Shared
from broker.session.upstream.backend import Backend
from broker.session.upstream.backends import Backends
from broker.store import OutboxRow, StoreFailed
from broker.tasks import spawn

if TYPE_CHECKING:
    from broker.session.relay.flow import Flow
_log = structlog.get_logger("broker.session")


class Booking:
    """Takes the transaction messages of one station."""

    __slots__ = ("_backends", "_copies", "_flow", "_ledger", "_shared")

    def __init__(self, flow: "Flow", backends: Backends, ledger: Ledger, shared: Shared) -> None:
        self._flow = flow
        self._backends = backends
        self._ledger = ledger
        self._shared = shared
        self._copies = Copies(backends, shared)

    def take(self, chain: Chain, call: Call, head: Head, now: float) -> Work | None:
        """A message of the station that no plugin has answered."""
        ledger = self._ledger
        if head.key in ledger.flights:  # asked, or being written down: no acknowledgement before that is done
            ledger.flights[head.key].append(lambda reply: self._landed(chain, call, head, reply))
            return None
        if ledger.unsaved and (unsaved := ledger.unsaved.pop(head.key, None)) is not None:
            # It was answered, but could not be written down.
            ledger.depart(head.key)
            return self._write(chain, call, head, unsaved.reply, unsaved.rows, None)
        tx = ledger.transactions.of(head)
        repeated = ledger.transactions.repeated(head, tx)
        if repeated is not None:
            self._shared.metrics.repeated()
            return self._flow.finish(self._flow.station, chain, call, repeated, "repeated")
        backend = self._backends.owner(tx)
        if backend is None:
            ledger.depart(head.key)
            return self._locally(chain, call, head, None)
        if not self._backends.plain and backend.stores(self._backends.standing_in, begins=head.begins):
            return self._stored(backend, chain, call, head)
        ledger.depart(head.key)
        return self._relay(backend, chain, call, head, tx, now)

    def _stored(self, backend: Backend, chain: Chain, call: Call, head: Head) -> Work | None:
        """The local CSMS answers, and the upstream is told later; where there is no room, the station keeps it."""
        if self._copies.has_room(head):
            self._ledger.depart(head.key)
            return self._locally(chain, call, head, backend)
        self._shared.metrics.outbox_dropped(backend.link.name, "refused")
        self._flow.not_kept("the outbox is full")
        self._ledger.land(head.key, None)
        return None

    def _landed(self, chain: Chain, call: Call, head: Head, reply: Reply | None) -> None:
        """The same message, sent earlier on this or another connection, has come to an end."""
        if self._flow.station.gone:
            return
        if reply is not None:
            self._shared.metrics.repeated()
            work = self._flow.finish(self._flow.station, chain, call, reply, "repeated")
        else:
            work = self.take(chain, call, head, self._flow.clock())
        if work is not None:
            spawn(work, name=f"repeated {self._ledger.identity}")

    def _relay(self, backend: Backend, chain: Chain, call: Call, head: Head, tx: Tx | None, now: float) -> Work | None:
        name = backend.link.name
        out = self._ledger.transactions.to_peer(tx, name, call)
        if out is not None:
            out = self._ledger.ids.translate_to_peer(name, out)
        if out is None:  # never a foreign id: somebody else's transaction would be stopped by it
            self._shared.metrics.mapping_missed(name)
            return self._locally(chain, call, head, None)
        return self._flow.submit(backend.link, self._flow.station, chain, out, now, head)

    def _locally(self, chain: Chain, call: Call, head: Head, instead_of: Backend | None) -> Work:
        return self._answered_locally(chain, call, head, instead_of)

    async def _answered_locally(self, chain: Chain, call: Call, head: Head, instead_of: Backend | None) -> None:
        """The local CSMS answers, for itself or in the place of an upstream that is told later."""
        try:
            reply = await self._flow.local_answer(chain, call, head, stands_in=instead_of is not None)
        except StoreFailed as error:
            self._ledger.land(head.key, None)
            self._flow.not_kept(str(error))
            return
        if instead_of is not None and not reply.is_result:
            self._ledger.land(head.key, None)
            work = self._flow.finish(self._flow.station, chain, call, reply, "error")
        else:
            work = self._book(chain, call, head, reply, LOCAL, instead_of, stored=instead_of is not None)
        if work is not None:
            await work

    # --- answers ----------------------------------------------------------------------------------------------------

    def answered(self, upstream: str, pending: Pending, reply: Reply, producer: Any) -> Work | None:
        """The upstream that was asked has answered."""
        head: Head = pending.head
        backend = self._backends.get(upstream)
        if backend is not None:
            self._shared.learn_token(upstream, self._backends.route, head.call, reply)
        try:
            return self._book(
                pending.note,
                head.call,
                head,
                reply,
                upstream,
                backend,
                stored=False,
                producer=producer,
                sent=pending.sent_at,
            )
        except Exception:
            self._ledger.land(head.key, None)  # whatever it was: the station may try again
            raise

    def given_up(self, upstream: str, pending: Pending, reply: Reply) -> Work | None:
        """It did not answer in time. Where the route stands in, the message is kept; else the station is told."""
        head: Head = pending.head
        backend = self._backends.get(upstream)
        if backend is not None and self._backends.route.when_primary_down_mode == "stand_in":
            return self._stored(backend, pending.note, head.call, head)
        self._ledger.land(head.key, None)
        return self._flow.finish(pending.owner, pending.note, head.call, reply, "timeout")

    def _book(
        self,
        chain: Chain,
        call: Call,
        head: Head,
        reply: Reply,
        peer: str,
        backend: Backend | None,
        *,
        stored: bool,
        producer: Any = None,
        sent: float | None = None,
    ) -> Work | None:
        owner = backend.link.name if backend is not None else LOCAL
        transactions = self._ledger.transactions
        given, reply = reply, transactions.answered(head, reply, peer=peer, owner=owner, at=time())
        rows: list[OutboxRow] = []
        if not self._backends.plain or stored:
            tx = transactions.of(head)
            rows = self._copies.of(head, tx, reply, answering=backend, stored=stored, sent=sent)
        # An id that the station has and its upstream does not is in no other place: it must outlive a crash.
        if not rows and not (head.begins and (reply is not given or self._backends.route.needs_store)):
            if transactions.dirty:
                self._ledger.save()
            return self._acknowledge(chain, call, head, reply, producer)
        return self._write(chain, call, head, reply, rows, producer)

    def _write(
        self, chain: Chain, call: Call, head: Head, reply: Reply, rows: "list[OutboxRow]", producer: Any
    ) -> Work | None:
        written = self._ledger.commit(rows)
        if rows:
            self._backends.settle()
        if written is None:
            return self._acknowledge(chain, call, head, reply, producer)

        def when_written(done: "asyncio.Future[None]") -> None:
            if done.cancelled() or done.exception() is not None:
                self._unwritten(head, reply, rows)
                self._flow.not_kept("the store does not take it")
                return
            work = self._acknowledge(chain, call, head, reply, producer)
            if work is not None:
                spawn(work, name=f"answer {self._ledger.identity}")

        written.add_done_callback(when_written)
        return None

    def _acknowledge(self, chain: Chain, call: Call, head: Head, reply: Reply, producer: Any) -> Work | None:
        self._ledger.land(head.key, reply if reply.is_result else None)
        if head.ends and not self._backends.plain:
            self._backends.tidy()  # it may have been the last one of a former primary
        return self._flow.finish(
            self._flow.station, chain, call, reply, "result" if reply.is_result else "error", producer
        )

    def _unwritten(self, head: Head, reply: Reply, rows: "list[OutboxRow]") -> None:
        """No acknowledgement: the station sends it again (R-02), and then it is written down as it was answered."""
        tx = self._ledger.transactions.of(head)
        self._ledger.unsaved[head.key] = Unsaved(reply, rows, tx.ref if tx is not None else 0, head.begins, head.ends)
        self._ledger.land(head.key, None)
