"""How far a transfer got."""

from dataclasses import dataclass


@dataclass(slots=True)
class Progress:
    """The bytes [start, stop) of `size` went over, either way."""

    start: int = 0
    stop: int = 0
    size: int = 0
    """Of the whole file, as far as it is known."""
    arrived: bool = False
    """The station's side has acknowledged all that it asked for."""

    @property
    def count(self) -> int:
        """How many bytes that were."""
        return self.stop - self.start
