"""Numbers that grow, also over restarts and kill -9, and that cost no write each."""

from collections.abc import Callable

_BLOCK = 10_000


class Numbers:
    """Reserves blocks: what was reserved and not used when the process was killed is left out."""

    def __init__(self, first: int, reserve: Callable[[int], None]) -> None:
        """`reserve(n)`: have it known, with the next commit at the latest, that numbers below n may be in use."""
        self.next = first
        self._reserve = reserve
        self._reserved = first

    def take(self) -> int:
        """The next number."""
        number = self.next
        self.next = number + 1
        # Half a block ahead: the reservation is committed before any row that has a number of it.
        if number + _BLOCK // 2 >= self._reserved:
            self._reserved = number + _BLOCK
            self._reserve(self._reserved)
        return number
