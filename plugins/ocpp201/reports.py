"""Reports that come in parts: NotifyReport and the like, by requestId, with `tbc` (to be continued) and `seqNo`.

Parts may come twice, and in another order than they were made (a station that was offline in between). What nobody
asked for here, an upstream did, and is put together as well: whoever writes down wants the whole.
"""

import asyncio
from collections import OrderedDict
from typing import Any

import msgspec

_REPORTS = 200
_ITEMS = 20_000

Key = tuple[str, int]


class _Report(msgspec.Struct, eq=False):
    parts: dict[int, list[Any]] = {}
    last: int | None = None
    """The seqNo of the part that ends it."""
    count: int = 0
    done: asyncio.Event | None = None

    @property
    def complete(self) -> bool:
        return self.last is not None and len(self.parts) == self.last + 1

    @property
    def items(self) -> list[Any]:
        return [item for _, part in sorted(self.parts.items()) for item in part]


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
        key = (identity, request_id)
        report = self._of(key)
        at = len(report.parts) if seq is None else seq
        if at not in report.parts and at >= 0:
            kept = items[: _ITEMS - report.count]
            report.parts[at] = kept
            report.count += len(kept)
        if not tbc:
            report.last = at
        if not report.complete:
            return None
        if report.done is None:
            self._open.pop(key, None)
        else:
            report.done.set()
        return report.items

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
        return report.items, report.complete

    def _of(self, key: Key) -> _Report:
        report = self._open.get(key)
        if report is None:
            report = self._open[key] = _Report()
            while len(self._open) > _REPORTS:
                self._open.popitem(last=False)
        return report
