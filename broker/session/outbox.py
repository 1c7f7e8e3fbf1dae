"""The ordered queue of transaction messages in front of one upstream, for one station.

The rows are in the store; here is what the courier needs at hand: how many there are, how old, and the next few. A
backlog of a month costs no memory.
"""

from collections.abc import Callable
from time import time
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from broker.tasks import spawn

if TYPE_CHECKING:
    from broker.store import OutboxRow, OutboxSummary, Store

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
        "_last",
        "_loading",
        "_store",
        "_window",
        "bytes",
        "depth",
        "error",
        "expected",
        "identity",
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
        self._store = store
        self._window: list[OutboxRow] = []
        self._last = 0
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
        at_hand = len(self._window) == self.depth
        self.depth += 1
        self._weigh(len(row.payload))
        if at_hand and len(self._window) < _WINDOW and not self._loading:
            self._window.append(row)
            self._last = row.id

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
        try:
            rows = await self._store.outbox(self.identity, self.upstream, after=self._last, limit=_WINDOW)
        finally:
            self._loading = False
        if not self._window:
            self._window = rows
        if rows:
            self._last = rows[-1].id
            self.oldest = rows[0].received_at
        else:  # somebody has emptied it
            self.depth = 0
            self._weigh(-self.bytes)
        when_loaded()

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

    def forget(self) -> None:
        """Everything was taken off the disk at once, or was changed there: what is at hand is no longer true."""
        self._window.clear()
        self._last = 0

    def reset(self, summary: "OutboxSummary | None") -> None:
        """Believe the store: the operator has changed the queue."""
        self.forget()
        self.retry_at, self.error = 0.0, ""
        self.depth = summary.depth if summary else 0
        self._weigh((summary.bytes if summary else 0) - self.bytes)
        self.oldest = summary.oldest if summary else 0.0

    def _weigh(self, size: int) -> None:
        self.bytes += size
        self._backlog.bytes += size
