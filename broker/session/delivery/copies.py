"""What goes into the outboxes with a transaction message, and what no longer fits (field-notes F-06)."""

from collections.abc import Iterator
from time import monotonic, time

import structlog

from broker.ocpp import Call, Reply, Version
from broker.ocpp.heads import Head, Kind
from broker.session.books.transactions import Tx
from broker.session.delivery.outbox import Outbox
from broker.session.shared import Shared
from broker.session.upstream.backend import Backend, Role
from broker.session.upstream.backends import Backends
from broker.store import OutboxRow

_WARN = (0.5, 0.8)
_REPEATS = 32
_PERIODIC = 0.8  # of the quota: from here on there is no room for periodic meter values
_SECONDARIES = 0.9  # and from here on none for secondaries: the rest is for the primary, when that is down

_log = structlog.get_logger("broker.outbox")


class Copies:
    """Makes the rows of one station's outboxes."""

    __slots__ = ("_backends", "_mirrored", "_shared", "_warned")

    def __init__(self, backends: Backends, shared: Shared) -> None:
        self._backends = backends
        self._shared = shared
        self._mirrored: dict[str, None] = {}
        """What the secondaries were told although the station got an error, and will say again."""
        self._warned = 0

    def of(
        self,
        head: Head,
        tx: Tx | None,
        reply: Reply,
        *,
        answering: Backend | None,
        stored: bool,
        sent: float | None = None,
    ) -> "list[OutboxRow]":
        """One row for each secondary, and one for the upstream that was answered for, where its message is `stored`."""
        rows: list[OutboxRow] = []
        if stored and answering is not None and not self._sheds(answering.courier.outbox, head):
            rows.append(self._row(answering, head, head.call, tx))
        copies = [] if self._is_known(head, reply) else list(self._copies(head, tx, reply, answering, sent))
        if copies and not reply.is_result:
            self._mirrored[head.key] = None
            if len(self._mirrored) > _REPEATS:
                del self._mirrored[next(iter(self._mirrored))]
        return rows + copies

    def _is_known(self, head: Head, reply: Reply) -> bool:
        """Whether the station repeats what was answered with an error; a secondary sees it once."""
        known = head.key in self._mirrored
        if known and reply.is_result:
            del self._mirrored[head.key]
        return known

    def _copies(
        self, head: Head, tx: Tx | None, reply: Reply, answering: Backend | None, sent: float | None
    ) -> Iterator["OutboxRow"]:
        for backend in self._watchers(tx, answering):
            copy = self._copy(backend, head, tx)
            if copy is not None:
                self._backends.watching.keep_trial(copy, backend, head.call, reply, monotonic(), sent)
                yield copy

    def _watchers(self, tx: Tx | None, answering: Backend | None) -> Iterator[Backend]:
        """The secondaries, and a primary that was one when the transaction began: it is to see its end."""
        yield from self._backends.watching.of(answering)
        told = tx.told if tx is not None else ()
        for backend in self._backends:
            if backend is not answering and backend.role is Role.PRIMARY and backend.link.name in told:
                yield backend

    def _copy(self, backend: Backend, head: Head, tx: Tx | None) -> "OutboxRow | None":
        if head.kind is Kind.START and tx is None:
            return None  # it was answered without a transactionId; nothing could ever follow it
        if self._is_stranger_to(backend, head, tx):
            self._shared.metrics.mapping_missed(backend.link.name)
            return None
        shaped = backend.shaped(head.call, monotonic(), head)
        if shaped is None or self._sheds(backend.courier.outbox, head):
            return None
        if self._share(head) > _SECONDARIES:  # a secondary never stops a station
            self._shared.metrics.outbox_dropped(backend.link.name, "full")
            return None
        if head.begins and tx is not None and backend.link.name not in tx.told:
            tx.told.append(backend.link.name)
            self._backends.ledger.transactions.changed(tx)
        return self._row(backend, head, shaped, tx)

    @staticmethod
    def _is_stranger_to(backend: Backend, head: Head, tx: Tx | None) -> bool:
        """Whether the transaction began before this upstream was there: it has no id for it and will never have."""
        name = backend.link.name
        if tx is None or head.begins or head.call.version is not Version.V16 or name in tx.ids:
            return False
        return name in tx.refused or name not in tx.told

    def _row(self, backend: Backend, head: Head, call: Call, tx: Tx | None) -> "OutboxRow":
        return OutboxRow(
            id=self._shared.new_id(),
            identity=self._backends.ledger.identity,
            upstream=backend.link.name,
            version=call.version.value,
            action=call.action,
            key=head.key,
            ref=tx.ref if tx is not None else 0,
            kind=head.kind.value,
            payload=call.raw,
            received_at=time(),
        )

    # --- quotas -----------------------------------------------------------------------------------------------------

    def has_room(self, head: Head) -> bool:
        """Whether a message can be kept for the upstream that ought to answer; else the station must keep it."""
        return self._share(head) <= 1.0

    def _share(self, head: Head) -> float:
        """How much of the quota would be used with this message, of the station's or of all stations'."""
        limits = self._shared.config.outbox
        size = len(head.call.raw)
        mine = sum(one.bytes for one in self._backends.ledger.outboxes.values()) + size
        return max(mine / limits.station_bytes, (self._shared.ledgers.bytes + size) / limits.max_bytes)

    def _sheds(self, box: Outbox, head: Head) -> bool:
        """Whether there is no more room for periodic meter values, which go before begin and end do."""
        share = self._share(head)
        self._warn(box, share)
        if share <= _PERIODIC or not head.periodic:
            return False
        self._shared.metrics.outbox_dropped(box.upstream, "periodic")
        return True

    def _warn(self, box: Outbox, share: float) -> None:
        level = sum(share >= step for step in _WARN)
        if level > self._warned:
            _log.warning(
                "outbox is filling up",
                identity=box.identity,
                upstream=box.upstream,
                percent=round(100 * share),
                waiting=box.depth,
            )
        self._warned = level
