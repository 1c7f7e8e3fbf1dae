"""Changes that nobody waits for: the newest of each row, in the order in which they were given."""

from collections.abc import Iterable, Sequence

import structlog

from broker.store.ops import Op

_LIMIT = 100_000

_log = structlog.get_logger("broker.store")


class Later:
    """Collects changes until they are taken for a commit, and keeps those that come back from a store that failed."""

    def __init__(self, limit: int = _LIMIT) -> None:
        self.unsettled = 0
        """Waiting here, or taken and not committed yet."""
        self.dropped = 0
        """Given up: beyond the limit, or such as cannot be written at all."""
        self._limit = limit
        self._full = False
        self._returned: dict[object, Op] = {}
        self._waiting: dict[object, Op] = {}

    @property
    def waiting(self) -> int:
        return len(self._returned) + len(self._waiting)

    def add(self, op: Op) -> None:
        """Have it written some time; an older change of the same row need not be."""
        self._put(self._waiting, op)

    def _put(self, place: dict[object, Op], op: Op) -> None:
        key: object = object() if op.key is None else op.key
        if place.pop(key, None) is None:
            if self.unsettled >= self._limit:
                self._drop_for_room()
                return
            self.unsettled += 1
        place[key] = op  # at the end: what was said between the two of them was about other rows, or about many

    def _drop_for_room(self) -> None:
        self.dropped += 1
        if not self._full:
            self._full = True
            _log.error("too many changes wait for the store, the next ones are dropped", limit=self._limit)

    def take(self) -> tuple[Op, ...]:
        """All of them, to be written; each has to be told of by `settled`."""
        if self._returned:
            newer, self._waiting = self._waiting, self._returned
            self._returned = {}
            self.unsettled -= len(newer)
            for op in newer.values():
                self.add(op)
        taken = tuple(self._waiting.values())
        self._waiting.clear()
        return taken

    def settled(self, ops: Sequence[Op], why: str, *, lost: bool) -> None:
        """Taken changes were committed (no `why`), could not be (`lost`: keep them), or never can."""
        self.unsettled -= len(ops)
        if not why:
            self._full = False
        elif lost:
            self._keep(ops)
        else:
            self.dropped += len(ops)
            _log.error("a change cannot be written", change=[op.name for op in ops], reason=why)

    def _keep(self, ops: Iterable[Op]) -> None:
        """Older than all that waits, newer than all that has come back already."""
        for op in ops:
            self._put(self._returned, op)
