"""What waits for upstreams, what could not be delivered, and by which ids each side knows things: for operators."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from time import monotonic, time
from typing import Any

from broker.metrics import Snapshot
from broker.session.books.ledger import Ledger
from broker.session.delivery.outbox import Outbox
from broker.session.session import Session
from broker.session.shared import Shared
from broker.store import DeadRow, OutboxRow, ops


class Deliveries:
    """The outboxes and dead letters of all stations."""

    def __init__(self, shared: Shared, get: Callable[[str], Session | None], run_errand: Callable[[str], None]) -> None:
        """`run_errand`: deliver what a station that is away has left, soon."""
        self._shared = shared
        self._get = get
        self._run_errand = run_errand

    # --- look -------------------------------------------------------------------------------------------------------

    def outboxes(self) -> list[dict[str, Any]]:
        """Every outbox that is not empty, by station and upstream."""
        rows = [
            self._row(ledger, outbox)
            for ledger in self._shared.ledgers.all()
            for outbox in ledger.outboxes.values()
            if not outbox.empty
        ]
        for summaries in self._shared.ledgers.unopened.values():
            rows += [
                _outbox(one.identity, one.upstream, one.depth, one.bytes, one.oldest, "waiting", "", connected=False)
                for one in summaries
            ]
        return sorted(rows, key=lambda row: (row["identity"], row["upstream"]))

    def _row(self, ledger: Ledger, box: Outbox) -> dict[str, Any]:
        session = self._get(ledger.identity)
        backend = session.backends.get(box.upstream) if session is not None and not session.reason else None
        state = "waiting"
        if backend is not None:
            up = "delivering" if box.retry_at <= monotonic() else "waiting"
            state = up if backend.link.ready else "held" if backend.link.socket is not None else "down"
        depth = box.depth + box.expected
        return _outbox(
            box.identity, box.upstream, depth, box.bytes, box.oldest, state, box.error, connected=session is not None
        )

    def orphans(self) -> dict[str, int]:
        """How many messages wait for upstreams that the configuration does not name."""
        waiting: dict[str, int] = {}
        for row in self.outboxes():
            if row["upstream"] not in self._shared.upstreams.settings:
                waiting[row["upstream"]] = waiting.get(row["upstream"], 0) + row["depth"]
        return waiting

    async def messages(self, identity: str, upstream: str, *, after: int = 0, limit: int = 100) -> list[dict[str, Any]]:
        """The next messages of one outbox, in order."""
        store = self._shared.store
        if store is None:
            return []
        rows = await store.outbox(identity, upstream, after=after, limit=limit)
        named = await self._named(rows)
        return [_message(row, named) for row in rows]

    async def _named(self, rows: "Sequence[OutboxRow | DeadRow]") -> dict[int, int | str]:
        """What the stations call the transactions that these rows belong to."""
        named: dict[int, int | str] = {}
        for identity in {row.identity for row in rows}:
            ledger = await self._shared.ledgers.open(identity)
            named |= {tx.ref: tx.station_id for tx in ledger.transactions}
            self._shared.ledgers.close(ledger)
        return named

    async def dead(
        self, *, identity: str | None = None, upstream: str | None = None, after: int = 0, limit: int = 100
    ) -> list[dict[str, Any]]:
        """The dead letters, oldest first."""
        store = self._shared.store
        if store is None:
            return []
        rows = await store.dead(identity=identity, upstream=upstream, after=after, limit=limit)
        named = await self._named(rows)
        return [{**_message(row, named), "reason": row.reason, "buried_at": _iso(row.buried_at)} for row in rows]

    async def ids(self, identity: str) -> dict[str, Any] | None:
        """The transactions and ids of one station; None where nothing is known of it."""
        ledger = self._shared.ledgers.get(identity)
        if ledger is None:
            opened = await self._shared.ledgers.open(identity)
            self._shared.ledgers.close(opened)
            ledger = opened
        transactions = [
            {
                "ref": tx.ref,
                "transaction": tx.station_id,
                "owner": tx.owner,
                "connector": tx.connector,
                "provisional": tx.provisional,
                "closed": tx.closed,
                "started_at": _iso(tx.started_at),
                "ids": dict(tx.ids),
                "refused": list(tx.refused),
            }
            for tx in ledger.transactions
        ]
        ids = [
            {"space": row.space, "station_id": row.station_id, "peer": row.peer, "peer_id": row.peer_id}
            for row in ledger.ids.rows()
        ]
        if not transactions and not ids and not ledger.memory.version:
            return None
        return {"transactions": transactions, "ids": ids}

    # --- change -----------------------------------------------------------------------------------------------------

    async def replay(self, ids: Sequence[int]) -> list[int]:
        """Dead letters back to the end of their outboxes, in their order; returns those that were there."""
        store = self._shared.store
        if store is None:
            return []
        found = await self._found(ids)
        await store.write([ops.revive(row.id, store.new_id()) for row in found])
        await self._refresh({(row.identity, row.upstream) for row in found})
        return [row.id for row in found]

    async def drop(self, ids: Sequence[int]) -> list[int]:
        """Dead letters away, for good; returns those that were there."""
        store = self._shared.store
        if store is None:
            return []
        found = await self._found(ids)
        await store.write([ops.drop_dead(row.id) for row in found])
        return [row.id for row in found]

    async def _found(self, ids: Sequence[int]) -> "list[DeadRow]":
        store = self._shared.store
        assert store is not None
        found = []
        for number in sorted(set(ids)):
            rows = await store.dead(after=number - 1, limit=1)
            if rows and rows[0].id == number:
                found.append(rows[0])
        return found

    async def drop_outbox(self, identity: str, upstream: str) -> int:
        """Everything that waits for an upstream to the dead letters; returns how many messages."""
        store = self._shared.store
        if store is None:
            return 0
        depth = sum(one.depth for one in await store.outboxes() if (one.identity, one.upstream) == (identity, upstream))
        await store.write([ops.bury_all(identity, upstream, "dropped", time())])
        await self._refresh({(identity, upstream)})
        return depth

    async def retry(self, identity: str, upstream: str) -> bool:
        """Try the head of an outbox now; False where there is no such outbox."""
        ledger = self._shared.ledgers.get(identity)
        box = ledger.outboxes.get(upstream) if ledger is not None else None
        if box is not None:
            box.retry_at = 0.0
        unopened = self._shared.ledgers.unopened.get(identity, ())
        if (box is None or box.empty) and upstream not in {one.upstream for one in unopened}:
            return False
        self._pump(identity, upstream)
        return True

    def _pump(self, identity: str, upstream: str) -> None:
        session = self._get(identity)
        if session is None:
            self._run_errand(identity)
            return
        backend = session.backends.get(upstream) if not session.reason else None
        if backend is not None:
            backend.courier.pump(monotonic())

    async def _refresh(self, which: set[tuple[str, str]]) -> None:
        """Have the outboxes in memory believe the store again."""
        store = self._shared.store
        assert store is not None
        summaries = {(one.identity, one.upstream): one for one in await store.outboxes()}
        for identity, upstream in which:
            ledger = await self._shared.ledgers.open(identity)
            ledger.outbox(upstream).reset(summaries.get((identity, upstream)))
            self._shared.ledgers.close(ledger)
            self._pump(identity, upstream)

    # --- metrics ----------------------------------------------------------------------------------------------------

    def count(self, snapshot: Snapshot) -> None:
        """Depth, bytes and age of what waits, by upstream."""
        now = time()
        waiting = [
            (box.upstream, box.depth, box.bytes, box.oldest)
            for ledger in self._shared.ledgers.all()
            for box in list(ledger.outboxes.values())
        ]
        for summaries in list(self._shared.ledgers.unopened.values()):
            waiting += [(one.upstream, one.depth, one.bytes, one.oldest) for one in summaries]
        for upstream, depth, size, oldest in waiting:
            before = snapshot.outbox.get(upstream, (0, 0, 0.0))
            age = max(0.0, now - oldest) if depth else 0.0
            snapshot.outbox[upstream] = (before[0] + depth, before[1] + size, max(before[2], age))


def _outbox(
    identity: str, upstream: str, depth: int, size: int, oldest: float, state: str, error: str, *, connected: bool
) -> dict[str, Any]:
    return {
        "identity": identity,
        "upstream": upstream,
        "depth": depth,
        "bytes": size,
        "oldest": _iso(oldest) if oldest else None,
        "state": state,
        "error": error,
        "connected": connected,
    }


def _message(row: "OutboxRow | DeadRow", named: dict[int, int | str]) -> dict[str, Any]:
    return {
        "id": row.id,
        "identity": row.identity,
        "upstream": row.upstream,
        "version": row.version,
        "action": row.action,
        "transaction": named.get(row.ref),
        "received_at": _iso(row.received_at),
        "attempts": row.attempts,
        "error": row.error,
        "payload": row.payload,
    }


def _iso(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
