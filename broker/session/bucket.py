"""A token bucket: how fast one station may send frames."""

from math import inf


class Bucket:
    """Lets `burst` frames through at once and `rate` a second in the long run; no clock of its own.

    A `rate` of 0 lets everything through. A bucket costs no timer: what has come in since the last frame is
    reckoned when the next one arrives.
    """

    __slots__ = ("_at", "_burst", "_rate", "_tokens")

    def __init__(self, rate: float, burst: float) -> None:
        self._rate = rate
        self._burst = max(burst, 1.0) if rate else inf
        self._tokens = self._burst
        self._at: float | None = None

    def take(self, now: float) -> bool:
        """Take one frame at `now` (seconds of any clock that never goes back); False when it is one too many."""
        if self._tokens < 1.0 or self._at is None:  # time is reckoned only when the tokens have run out
            self._refill(now)
            if self._tokens < 1.0:
                return False
        self._tokens -= 1.0
        return True

    def give_back(self) -> None:
        """A frame that was let through did not go after all."""
        self._tokens = min(self._burst, self._tokens + 1.0)

    def _refill(self, now: float) -> None:
        if self._at is None:
            self._at = now
        elif now > self._at:
            self._tokens = min(self._burst, self._tokens + (now - self._at) * self._rate)
            self._at = now

    def wait(self) -> float:
        """Seconds until the next frame would be let through, reckoned from the last `take`; 0 when it would be now."""
        return 0.0 if not self._rate or self._tokens >= 1.0 else (1.0 - self._tokens) / self._rate
