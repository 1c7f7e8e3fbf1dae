"""Which seqNos of a transaction have come, as ranges: `[[0, 5], [7, 9]]` (E01: seqNo grows by one with each event)."""

from bisect import bisect_left
from typing import Any

from plugins.shared.values import whole

Ranges = list[list[int]]

#: A station that skips every other number cannot fill the store.
_MOST = 500


def with_number(ranges: Ranges, number: int | None) -> Ranges:
    """The same ranges with this number in one of them; what does not fit any more is not noted."""
    if number is None:
        return ranges
    at = bisect_left(ranges, number + 1, key=lambda one: one[0])  # the first range that begins behind it
    before = ranges[at - 1] if at else None
    if before is not None and number <= before[1]:
        return ranges
    joins_before = before is not None and before[1] == number - 1
    joins_after = at < len(ranges) and ranges[at][0] == number + 1
    first = ranges[at - 1][0] if joins_before else number
    last = ranges[at][1] if joins_after else number
    return [*ranges[: at - joins_before], [first, last], *ranges[at + joins_after :]][:_MOST]


def whole_between(ranges: Ranges, first: int, last: int) -> bool:
    """Whether every number from `first` to `last` has come."""
    return any(one[0] <= first and last <= one[1] for one in ranges)


def missing(ranges: Ranges, first: int, last: int) -> Ranges:
    """What has not come between `first` and `last`, both included."""
    found: Ranges = []
    for begin, end in ranges:
        if end < first:
            continue
        if begin > last:
            break
        if begin > first:
            found.append([first, begin - 1])
        first = end + 1
    return [*found, [first, last]] if first <= last else found


def ranges_in(value: Any) -> Ranges:
    """The ranges in what was kept; what is damaged is left out."""
    return [pair for one in value if (pair := _pair(one)) is not None] if isinstance(value, list) else []


def _pair(value: Any) -> list[int] | None:
    if not isinstance(value, list) or len(value) != 2:
        return None
    first, last = whole(value[0]), whole(value[1])
    return None if first is None or last is None else [first, last]
