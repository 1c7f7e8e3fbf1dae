"""What has been counted of a primary and a candidate, and the examples that were kept."""

from collections import Counter, deque
from dataclasses import dataclass, field
from typing import Any

from broker.session.shadow.latency import Latency

OTHER = "other"
"""An action outside the schemas, and a path beyond the most that are told apart."""

_SIDES = ("primary", "candidate", "both")
_EXAMPLES = 50
_PATHS = 64


@dataclass(slots=True)
class Tally:
    """What became of one action."""

    compared: int = 0
    equal: int = 0
    missing: Counter[str] = field(default_factory=Counter)
    """Who has not answered: `primary`, `candidate` or `both`."""
    primary: Latency = field(default_factory=Latency)
    candidate: Latency = field(default_factory=Latency)
    _differences: Counter[tuple[str, str]] = field(default_factory=Counter)

    def differ(self, kind: str, path: str) -> None:
        """Count a difference; a path beyond the first so many is `other`, since whoever answers chooses its name."""
        if (kind, path) not in self._differences and len(self._differences) >= _PATHS:
            path = OTHER
        self._differences[(kind, path)] += 1

    def describe(self, action: str) -> dict[str, Any]:
        """As JSON values, the most frequent difference first."""
        rows = sorted(self._differences.items(), key=lambda row: (-row[1], row[0]))
        return {
            "action": action,
            "compared": self.compared,
            "equal": self.equal,
            "different": self.compared - self.equal,
            "missing": {side: self.missing[side] for side in _SIDES},
            "differences": [{"kind": kind, "path": path, "count": count} for (kind, path), count in rows],
            "latency": {"primary": self.primary.describe(), "candidate": self.candidate.describe()},
        }


class Pair:
    """One primary and one candidate."""

    __slots__ = ("_tallies", "examples")

    def __init__(self) -> None:
        self._tallies: dict[str, Tally] = {}
        self.examples: deque[dict[str, Any]] = deque(maxlen=_EXAMPLES)
        """The last ones."""

    def of(self, action: str) -> Tally:
        """The tally of an action; `action` comes from a closed set."""
        return self._tallies.setdefault(action, Tally())

    def describe(self, primary: str, candidate: str) -> dict[str, Any]:
        """As JSON values: the sums, each action, and the examples with the last one first."""
        rows = [tally.describe(action) for action, tally in sorted(self._tallies.items())]
        return {
            "primary": primary,
            "candidate": candidate,
            **{name: sum(row[name] for row in rows) for name in ("compared", "equal", "different")},
            "missing": {side: sum(row["missing"][side] for row in rows) for side in _SIDES},
            "actions": rows,
            "examples": list(reversed(self.examples)),
        }
