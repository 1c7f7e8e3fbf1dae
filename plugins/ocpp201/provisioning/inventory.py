"""The reports of stations that are coming in, part by part, until they are complete (B07, B08).

What a part says is true whether or not the others come, so it is written down in lumps on the way. Only what a whole
FullInventory does not name is gone from the station, and that is known at its end.
"""

from collections import OrderedDict
from collections.abc import Sequence

import msgspec

from plugins.ocpp201.provisioning.told import Key, Told

#: Variables of one station that are kept: memory and disk are not the station's to fill.
MOST = 20_000
_REPORTS = 200


class _Report(msgspec.Struct, eq=False):
    full: bool
    parts: set[int] = set()
    last: int | None = None
    """The seqNo of the part that ends it."""
    seen: set[Key] = set()
    """What a FullInventory has named so far."""


class Inventories:
    """The latest 200 reports that are under way. Of one that is crowded out, nothing is ever taken for gone."""

    def __init__(self) -> None:
        self._open: OrderedDict[tuple[str, int], _Report] = OrderedDict()

    def expect(self, identity: str, request_id: int, *, full: bool) -> None:
        """A report is about to be asked for; `full`: it will name all that the station has."""
        self._open.pop((identity, request_id), None)
        self._open[(identity, request_id)] = _Report(full)
        while len(self._open) > _REPORTS:
            self._open.popitem(last=False)

    def part(
        self, identity: str, request_id: int, told: Sequence[Told], *, tbc: bool, seq: int | None
    ) -> "Completed | None":
        """A part has come, perhaps again, or out of order; what is known once all are there.

        Of a report that nobody has asked for here, the part that says that it is the last one is the end.
        """
        key = (identity, request_id)
        report = self._open.get(key)
        if report is None:
            return None if tbc else Completed(None)
        at = len(report.parts) if seq is None else seq
        if at >= 0 and len(report.parts) < MOST:
            report.parts.add(at)
        if not tbc:
            report.last = at
        if report.full:
            report.seen.update(one.key for one in told)
            report.full = len(report.seen) <= MOST
        if report.last is None or len(report.parts) != report.last + 1:
            return None
        del self._open[key]
        return Completed(report.seen if report.full else None)


class Completed(msgspec.Struct, eq=False):
    """A report that has all its parts."""

    all: set[Key] | None
    """What the station has, where the report was a FullInventory; None where it was not."""
