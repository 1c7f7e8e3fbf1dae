"""requestIds of what a CSMS asks for: its reports come back under them, perhaps after a restart of the broker."""

from broker.api import Clock

_MOST = 2**31 - 1


class RequestIds:
    """Positive whole numbers of 31 bits, which grow. They begin with the time, so that a restart repeats none.

    Unless more than one a second were given on the whole, which no operator does.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._last = 0

    def next(self) -> int:
        """A number that was not given before; never 0, which some stations take for none."""
        self._last = max(self._last + 1, int(self._clock.now()) % _MOST)
        if self._last > _MOST:
            self._last = 1
        return self._last
