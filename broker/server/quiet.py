"""Log lines about strangers, at most one a minute for the same thing: a storm must not fill the disk."""

import time
from collections import OrderedDict
from collections.abc import Callable, Hashable

_PERIOD = 60.0
_REMEMBERED = 4096


class Quiet:
    """Says whether something is to be logged now, and how often it was not since the last time."""

    __slots__ = ("_clock", "_seen")

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._seen: OrderedDict[Hashable, tuple[float, int]] = OrderedDict()

    def passed_over(self, key: Hashable) -> int | None:
        """None: keep silent. A number: log it, and so many like it went unlogged before."""
        now = self._clock()
        entry = self._seen.get(key)
        if entry is not None and now - entry[0] < _PERIOD:
            self._seen[key] = (entry[0], entry[1] + 1)
            return None
        self._seen[key] = (now, 0)
        self._seen.move_to_end(key)
        if len(self._seen) > _REMEMBERED:
            self._seen.popitem(last=False)
        return 0 if entry is None else entry[1]
