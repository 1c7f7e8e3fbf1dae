"""Counting a plugin's failures, and switching off one that keeps failing."""

from typing import Protocol

THRESHOLD = 10
"""Failures without a success between them that switch a plugin off."""
OFF_FOR = 30.0
"""Seconds that it stays off before it gets a trial."""


class Counted(Protocol):
    """Something that knows how often it was called."""

    def count(self) -> int: ...


class PluginStats:
    """What one plugin has done so far; read by the metrics at each scrape."""

    __slots__ = ("_counted", "breaker_open", "errors", "other", "seconds", "timeouts", "waiting")

    def __init__(self) -> None:
        self._counted: list[Counted] = []
        self.errors = 0
        """Failures cut at the border, timeouts included."""
        self.timeouts = 0
        self.seconds = 0.0
        """Time spent in the plugin, extrapolated from one message in 31 (`broker.hooks.run`)."""
        self.breaker_open = False
        self.other = 0
        """Calls of hooks that are not handlers of messages."""
        self.waiting = 0
        """Handlers that are waiting for something at this moment."""

    def add(self, counted: Counted) -> None:
        """Count the calls of this handler too."""
        self._counted.append(counted)

    @property
    def calls(self) -> int:
        """How many messages the plugin's handlers were called for."""
        return sum(handler.count() for handler in self._counted)

    @property
    def successes(self) -> int:
        """Calls that ended well, for messages and for everything else."""
        return self.calls + self.other - self.errors - self.waiting


class Breaker:
    """Closed, open for `off_for` seconds after `threshold` failures in a row, then half open.

    Half open means on again, but the next failure opens it at once; a success closes it. Time is passed in.
    """

    __slots__ = ("_failures", "_off_for", "_successes", "_threshold", "_until")

    def __init__(self, threshold: int = THRESHOLD, off_for: float = OFF_FOR) -> None:
        self._threshold = threshold
        self._off_for = off_for
        self._failures = 0
        self._successes = 0
        self._until: float | None = None

    @property
    def is_open(self) -> bool:
        return self._until is not None

    def failed(self, successes: int, now: float) -> bool:
        """A failure, when so many calls had ended well in all; True: this one opens the breaker."""
        if successes > self._successes:
            self._failures = 0
        self._successes = successes
        self._failures += 1
        if self.is_open or self._failures < self._threshold:
            return False
        self._until = now + self._off_for
        return True

    def over(self, now: float) -> bool:
        """Whether an open breaker's time is over; it is half open from then on."""
        if self._until is None or now < self._until:
            return False
        self._until = None
        self._failures = self._threshold - 1
        return True
