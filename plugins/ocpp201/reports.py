"""Reports that come in parts: NotifyReport and the like, by requestId, with `tbc` (to be continued) and `seqNo`.

Parts may come twice, and in another order than they were made (a station that was offline in between). What nobody
asked for here, an upstream did, and is put together as well: whoever writes down wants the whole.
"""

import asyncio
import json
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import msgspec

_REPORTS = 200
_UNASKED = 3
"""Of one station, of those that nobody here waits for: it cannot take the place of others'."""
_PARTS = 10_000
_ITEMS = 20_000
_LONGEST = 16_777_216
"""As JSON, of all items of a report together."""

Key = tuple[str, int]


class _Report(msgspec.Struct, eq=False):
    parts: dict[int, list[Any]] = {}
    last: int | None = None
    """The seqNo of the part that ends it."""
    count: int = 0
    length: int = 0
    cut: bool = False
    """Whether there was more than is kept of one."""
    done: asyncio.Event | None = None

    @property
    def complete(self) -> bool:
        return self.last is not None and len(self.parts) == self.last + 1

    @property
    def items(self) -> list[Any]:
        return [item for _, part in sorted(self.parts.items()) for item in part]

    def keep(self, at: int, items: list[Any]) -> None:
        """A part, as far as there is room for it."""
        if at < 0 or at in self.parts or len(self.parts) >= _PARTS:
            return
        kept = items[: _ITEMS - self.count]
        self.length += len(json.dumps(kept))
        if self.length > _LONGEST:
            kept = []
        self.cut = self.cut or len(kept) < len(items)
        self.count += len(kept)
        self.parts[at] = kept


class Reports:
    """The reports that are under way: the latest 200, of at most 20,000 items each."""

    def __init__(self) -> None:
        self._open: OrderedDict[Key, _Report] = OrderedDict()

    def open(self, identity: str, request_id: int) -> None:
        """Somebody is going to `collect` it. Before the call goes out: the first part may overtake its answer."""
        self._of((identity, request_id)).done = asyncio.Event()

    def close(self, identity: str, request_id: int) -> None:
        """Nobody is interested any more."""
        self._open.pop((identity, request_id), None)

    def part(self, identity: str, request_id: int, *, items: list[Any], tbc: bool, seq: int | None) -> list[Any] | None:
        """One part; all items once every part is there. Without a seqNo, it is the next one."""
        with self.keeping(identity, request_id, items=items, tbc=tbc, seq=seq) as whole:
            return whole

    @contextmanager
    def keeping(
        self, identity: str, request_id: int, *, items: list[Any], tbc: bool, seq: int | None
    ) -> Iterator[list[Any] | None]:
        """As `part`; whoever collects the report goes on after the block, in which it is written down."""
        key = (identity, request_id)
        report = self._of(key)
        at = len(report.parts) if seq is None else seq
        report.keep(at, items)
        if not tbc:
            report.last = at
        if not report.complete:
            yield None
            return
        if report.done is None:
            self._open.pop(key, None)
        try:
            yield report.items
        finally:
            if report.done is not None:
                report.done.set()

    async def collect(self, identity: str, request_id: int, timeout: float) -> tuple[list[Any], bool]:
        """What `open` waits for: the items that have come, and whether these are all."""
        report = self._open.get((identity, request_id))
        if report is None or report.done is None:
            return [], False
        try:
            async with asyncio.timeout(timeout):
                await report.done.wait()
        except TimeoutError:
            pass
        finally:
            self.close(identity, request_id)
        return report.items, report.complete and not report.cut

    def _of(self, key: Key) -> _Report:
        report = self._open.get(key)
        if report is None:
            self._make_room(key[0])
            report = self._open[key] = _Report()
        return report

    def _make_room(self, identity: str) -> None:
        """For one more report of a station: first it is its own that give way, and those that nobody waits for."""
        unasked = [key for key, report in self._open.items() if report.done is None]
        own = [key for key in unasked if key[0] == identity]
        if len(own) >= _UNASKED:
            del self._open[own[0]]
        elif len(self._open) >= _REPORTS:
            del self._open[unasked[0] if unasked else next(iter(self._open))]
