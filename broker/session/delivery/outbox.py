"""The ordered queue of transaction messages in front of one upstream, for one station.

The rows are in the store; here is what the courier needs at hand: how many there are, how old, and the next few. A
backlog of a month costs no memory.
"""

from bisect import bisect
from collections.abc import Callable
from time import time
from typing import Any

from msgspec.structs import replace

from broker.store import OutboxRow, OutboxSummary, Store, StoreFailed
from broker.tasks import spawn

_WINDOW = 32  # rows at hand


class Backlog:
    """The bytes of all outboxes together."""

    __slots__ = ("bytes",)

    def __init__(self) -> None:
        self.bytes = 0


class Outbox:
    """What waits for `upstream`; rows enter it when they are committed, in the order of their ids."""

    __slots__ = (
        "_backlog",
        "_entered",
        "_last",
        "_loading",
        "_store",
        "_window",
        "bytes",
        "depth",
        "error",
        "expected",
        "identity",
        "listener",
        "oldest",
        "retry_at",
        "upstream",
    )

    def __init__(
        self,
        identity: str,
        upstream: str,
        store: "Store | None",
        backlog: Backlog,
        summary: "OutboxSummary | None" = None,
    ) -> None:
        self._backlog = backlog
        self.identity = identity
        self.upstream = upstream
        self.depth = 0
        self.bytes = 0
        self.oldest = 0.0
        """Unix time at which the oldest row was received; 0 when there is none."""
        self.expected = 0
        """Rows that are being committed."""
        self.retry_at = 0.0
        """Loop time before which the head is not tried again."""
        self.error = ""
        """What the upstream said about the head, the last time."""
        self.listener: Callable[[], None] | None = None
        """Whoever delivers it at the moment: told when there is something new."""
        self._store = store
        self._window: list[OutboxRow] = []
        self._last = 0
        """Up to this id, all rows that are on disk are at hand."""
        self._entered = 0
        """Counts the rows that were committed: a read that is under way may have missed them."""
        self._loading = False
        if summary is not None:
            self.depth, self.bytes, self.oldest = summary.depth, summary.bytes, summary.oldest

    @property
    def empty(self) -> bool:
        """Whether nothing is there and nothing is about to be."""
        return not self.depth and not self.expected

    @property
    def age(self) -> float:
        """Seconds that the oldest row has waited."""
        return max(0.0, time() - self.oldest) if self.depth else 0.0

    def may_hold(self, ref: int) -> bool:
        """Whether a message of that transaction (`Tx.ref`) waits; True too where not all rows are at hand."""
        return self.depth + self.expected > len(self._window) or any(row.ref == ref for row in self._window)

    def expect(self, rows: int) -> None:
        """So many rows have been given to the store."""
        self.expected += rows

    def failed(self, rows: int) -> None:
        """So many of them were not committed."""
        self.expected -= rows

    def committed(self, row: "OutboxRow") -> None:
        """A row that was expected is on disk."""
        self.expected -= 1
        if not self.depth:
            self.oldest = row.received_at
        at_hand = len(self._window) == self.depth and not self._loading
        self.depth += 1
        self._entered += 1
        self._weigh(len(row.payload))
        if row.id < self._last:  # it could not be written when its turn was; the head may be on its way already
            self._window.insert(bisect(self._window, row.id, lo=min(1, len(self._window)), key=_id), row)
        elif at_hand and (len(self._window) < _WINDOW or self._store is None):
            self._window.append(row)
            self._last = row.id
        if self.listener is not None:
            self.listener()

    def head(self, when_loaded: Callable[[], Any]) -> "OutboxRow | None":
        """The next row; None where there is none, or where it must be read first: then `when_loaded` is called."""
        if self._window:
            return self._window[0]
        if self.depth and not self._loading and self._store is not None:
            self._loading = True
            spawn(self._load(when_loaded), name=f"outbox {self.identity} {self.upstream}")
        return None

    async def _load(self, when_loaded: Callable[[], Any]) -> None:
        assert self._store is not None
        window, entered = self._window, self._entered
        try:
            rows = await self._store.outbox(self.identity, self.upstream, after=self._last, limit=_WINDOW)
        except StoreFailed:
            return  # it is tried again when the head is asked for again
        finally:
            self._loading = False
        if window is self._window:  # else it was reset meanwhile
            window += rows
            self._last = rows[-1].id if rows else self._last
            if len(rows) < _WINDOW and entered == self._entered:
                self._count()
            self.oldest = window[0].received_at if window else 0.0
        when_loaded()

    def _count(self) -> None:
        """All that there is is at hand: believe that, whatever was reckoned before."""
        self.depth = len(self._window)
        self._weigh(sum(len(row.payload) for row in self._window) - self.bytes)

    def tried(self, row: "OutboxRow", attempts: int, error: str) -> None:
        """The head was sent and refused."""
        if self._window and self._window[0].id == row.id:
            self._window[0] = replace(row, attempts=attempts, error=error)

    def done(self, row: "OutboxRow") -> None:
        """The head has been answered, or buried, and is off the disk."""
        if self._window and self._window[0].id == row.id:
            self._window.pop(0)
            self.depth -= 1
            self._weigh(-len(row.payload))
        self.error, self.retry_at = "", 0.0
        if self._window:
            self.oldest = self._window[0].received_at
        elif not self.depth:
            self.oldest = 0.0

    def reset(self, summary: "OutboxSummary | None") -> None:
        """Believe the store: the operator has changed the queue."""
        self._window, self._last = [], 0
        self.retry_at, self.error = 0.0, ""
        self.depth = summary.depth if summary else 0
        self._weigh((summary.bytes if summary else 0) - self.bytes)
        self.oldest = summary.oldest if summary else 0.0

    def _weigh(self, size: int) -> None:
        self.bytes += size
        self._backlog.bytes += size


def _id(row: "OutboxRow") -> int:
    return row.id
