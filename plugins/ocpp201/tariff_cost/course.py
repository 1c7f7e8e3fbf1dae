"""The course of a transaction as a cost calculation sees it: energy, states and samples over time.

Moments are whole milliseconds, so that the parts of a span add up to the span. Between two readings energy grows
evenly; nothing finer is known.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import ROUND_CEILING, Decimal

from plugins.ocpp201.tariff_cost.money import ZERO

#: Samples of one kind that are kept of one transaction: memory is not the station's to fill.
MOST = 2_000


_LATEST = 250_000_000_000.0  # in the year 9892: every time zone can still say it


def milliseconds(seconds: float) -> int:
    """Unix seconds as a moment; what a calendar cannot say is the nearest that it can."""
    return round(max(0.0, min(seconds, _LATEST)) * 1000)


class Curve:
    """Values over time, in order, whatever the order in which they come; the last one for a moment counts."""

    def __init__(self) -> None:
        self.times: list[int] = []
        self.values: list[Decimal] = []

    def add(self, at: int, value: Decimal) -> None:
        """One sample."""
        index = bisect_left(self.times, at)
        if index < len(self.times) and self.times[index] == at:
            self.values[index] = value
        else:
            self._insert(index, at, value)

    def _insert(self, index: int, at: int, value: Decimal) -> None:
        if len(self.times) < MOST or index >= len(self.times):
            self.times.insert(index, at)
            self.values.insert(index, value)
            if len(self.times) > MOST:  # every second of the older half says nearly the same
                half = MOST // 2
                del self.times[1:half:2], self.values[1:half:2]

    def latest(self, at: int) -> Decimal | None:
        """The last sample up to that moment."""
        index = bisect_right(self.times, at)
        return self.values[index - 1] if index else None


class Register(Curve):
    """A meter's register in Wh: it only grows, so a lower value than one before it is none."""

    def __init__(self) -> None:
        super().__init__()
        self._grown: list[Decimal] | None = None

    def add(self, at: int, value: Decimal) -> None:
        """Of several readings of a moment the lowest and the highest: a whole transaction may be within a second."""
        begin, end = bisect_left(self.times, at), bisect_right(self.times, at)
        if end - begin < 2:
            if value not in self.values[begin:end]:
                self._insert(begin if value < max(self.values[begin:end], default=value) else end, at, value)
        else:
            self.values[begin] = min(self.values[begin], value)
            self.values[end - 1] = max(self.values[end - 1], value)
        self._grown = None

    def at(self, at: int) -> Decimal:
        """What has been charged since the first reading."""
        grown = self._values()
        if not grown:
            return ZERO
        index = bisect_right(self.times, at)
        if index == 0:
            return ZERO
        low = grown[index - 1]
        if index == len(grown):
            return low - grown[0]
        begin, end = self.times[index - 1], self.times[index]
        return low + (grown[index] - low) * (at - begin) / (end - begin) - grown[0]

    def whole(self) -> Decimal:
        """All that has been charged."""
        grown = self._values()
        return grown[-1] - grown[0] if grown else ZERO

    def when(self, wanted: Decimal) -> int | None:
        """The first moment when so much has been charged; None where it has not."""
        grown = self._values()
        if not grown or grown[-1] - grown[0] < wanted:
            return None
        target = grown[0] + wanted
        index = bisect_left(grown, target)
        if index == 0 or grown[index] == target:
            return self.times[index]
        begin, low, high = self.times[index - 1], grown[index - 1], grown[index]
        passed = (self.times[index] - begin) * (target - low) / (high - low)
        return begin + int(passed.to_integral_value(ROUND_CEILING))  # at that moment it has been reached

    def _values(self) -> list[Decimal]:
        if self._grown is None:
            self._grown, top = [], None
            for value in self.values:
                top = value if top is None or value > top else top
                self._grown.append(top)
        return self._grown


@dataclass
class Course:
    """What happened, from `start` on."""

    start: int
    energy: Register = field(default_factory=Register)
    power: Curve = field(default_factory=Curve)
    """W, over all phases."""
    current: Curve = field(default_factory=Curve)
    """A, over all phases."""
    states: list[tuple[int, bool]] = field(default_factory=list)
    """From when on energy flows, or does not, in order. None is known: it flows from the start."""
    reserved: int | None = None
    """Milliseconds of the reservation that it has used."""
    evse_kind: str | None = None
    """AC or DC."""
    brand: str | None = None
    recognition: str | None = None

    def charging(self, at: int) -> bool:
        """Whether energy flows at that moment."""
        if not self.states:
            return True
        index = bisect_right(self.states, at, key=lambda state: state[0])
        return self.states[index - 1][1] if index else False

    def set_states(self, states: Iterable[tuple[int, bool]]) -> None:
        """The states in whatever order; of two for a moment, the last counts."""
        self.states = sorted(dict(states).items())[:MOST]
