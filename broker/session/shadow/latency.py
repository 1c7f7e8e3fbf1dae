"""How long something takes: a count, a mean, and percentiles to an eighth, in 400 bytes."""

import math

_FIRST = 0.001
_FACTOR = 1.25
#: The last bound is about 71 s; no call waits longer by default.
_BOUNDS = 50


class Latency:
    """A histogram whose bounds grow by a quarter each, from 1 ms on."""

    __slots__ = ("_counts", "count", "total")

    def __init__(self) -> None:
        self._counts = [0] * (_BOUNDS + 2)
        self.count = 0
        self.total = 0.0

    def observe(self, seconds: float) -> None:
        """Count one; below zero, which a clock makes that was set back, counts as zero."""
        seconds = max(0.0, seconds)
        index = 0 if seconds <= _FIRST else math.ceil(math.log(seconds / _FIRST, _FACTOR))
        self._counts[min(index, _BOUNDS + 1)] += 1
        self.count += 1
        self.total += seconds

    def percentile(self, part: float) -> float | None:
        """The middle of the bucket that holds the `part`th (0 to 1) of all; None without any."""
        wanted = max(1, math.ceil(part * self.count))
        running = 0
        for index, count in enumerate(self._counts):
            running += count
            if running >= wanted:
                return float(f"{_FIRST * _FACTOR ** (index - 0.5):.3g}")
        return None

    def describe(self) -> dict[str, float | int | None]:
        """Count, mean, p50 and p95 in seconds."""
        return {
            "count": self.count,
            "mean": float(f"{self.total / self.count:.3g}") if self.count else None,
            "p50": self.percentile(0.5),
            "p95": self.percentile(0.95),
        }
