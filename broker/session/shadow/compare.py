"""How a candidate answers compared with the primary: what has to be known before a fleet is moved to it.

The candidate's answers reach nobody; they are held against the primary's and counted. All that is kept is bounded by
the configuration's upstreams and the schemas' actions.
"""

import time
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, NamedTuple

from broker.ocpp import Call, Reply
from broker.ocpp.schema_files import actions
from broker.session.shadow.differences import differences
from broker.session.shadow.tally import OTHER, Pair, Tally

EQUAL = "equal"
#: Of one call: one that differs everywhere must not push all others out.
_EXAMPLES_OF_ONE = 5
_LONGEST = 128


class Outcome(NamedTuple):
    """What one side made of a call: None for no answer, and the seconds that it took, where they are known."""

    reply: Reply | None
    seconds: float | None


class Trial:
    """One call that both are to answer; it counts once both have, or have not. One result each: the first."""

    __slots__ = ("_book", "_candidate", "_generation", "_primary", "action", "identity", "pair")

    def __init__(self, book: "Comparisons", pair: tuple[str, str], identity: str, action: str) -> None:
        self._book = book
        self._generation = book.generation
        self._primary: Outcome | None = None
        self._candidate: Outcome | None = None
        self.pair = pair
        self.identity = identity
        self.action = action

    def primary(self, reply: Reply | None, now: float, *, sent: float | None = None) -> None:
        """The primary has answered; None: it has not, and will not.

        `sent`: when the call went out to it, by the clock of `now`; without it, no latency is counted.
        """
        if self._primary is None:
            self._primary = _outcome(reply, now, sent)
            self._conclude()

    def candidate(self, reply: Reply | None, now: float, *, sent: float | None = None) -> None:
        """The candidate has answered; None: it has not, and will not. `sent`: when its copy went out."""
        if self._candidate is None:
            self._candidate = _outcome(reply, now, sent)
            self._conclude()

    def _conclude(self) -> None:
        # What began before a reset belongs to the report that is gone.
        if self._primary is not None and self._candidate is not None and self._generation == self._book.generation:
            self._book.conclude(self, self._primary, self._candidate)


def _outcome(reply: Reply | None, now: float, sent: float | None) -> Outcome:
    return Outcome(reply, None if reply is None or sent is None else now - sent)


class Comparisons:
    """All pairs of one broker."""

    def __init__(self, *, wall_clock: Callable[[], float] = time.time) -> None:
        self.generation = 0
        """Grows with each reset."""
        self._wall_clock = wall_clock
        self._pairs: dict[tuple[str, str], Pair] = {}
        self._counts: Counter[tuple[str, str, str, str]] = Counter()
        self._since = wall_clock()

    def begin(self, primary: str, candidate: str, identity: str, call: Call) -> Trial:
        """Return what takes both results, in any order; a trial that never gets both leaves no trace."""
        action = call.action if call.action in actions(call.version) else OTHER
        return Trial(self, (primary, candidate), identity, action)

    def report(self) -> dict[str, Any]:
        """The body of `GET /api/v1/compare`."""
        rows = [pair.describe(*names) for names, pair in sorted(self._pairs.items())]
        return {"since": _iso(self._since), "pairs": rows}

    def counts(self) -> dict[tuple[str, str, str, str], int]:
        """Calls by (primary, candidate, action, kind), for metrics: they never fall, not by a reset either.

        Kind: `equal`, a `differences.Kind`, `missing_primary`, `missing_candidate` or `missing_both`.
        """
        return dict(self._counts)

    def reset(self) -> None:
        """Begin the report anew."""
        self.generation += 1
        self._pairs.clear()
        self._since = self._wall_clock()

    def conclude(self, trial: Trial, primary: Outcome, candidate: Outcome) -> None:
        """Count a trial that has both results; the trial calls this itself."""
        pair = self._pairs.setdefault(trial.pair, Pair())
        tally = pair.of(trial.action)
        if primary.seconds is not None:
            tally.primary.observe(primary.seconds)
        if candidate.seconds is not None:
            tally.candidate.observe(candidate.seconds)
        if primary.reply is None or candidate.reply is None:
            self._missing(trial, pair, tally, primary, candidate)
        else:
            self._compared(trial, pair, tally, primary.reply, candidate.reply)

    def _compared(self, trial: Trial, pair: Pair, tally: Tally, primary: Reply, candidate: Reply) -> None:
        found = differences(trial.action, primary, candidate)
        tally.compared += 1
        tally.equal += not found
        for kind in {difference.kind.value for difference in found} or {EQUAL}:
            self._counts[(*trial.pair, trial.action, kind)] += 1
        for difference in found:
            tally.differ(difference.kind.value, difference.path)
        for kind, path, ours, theirs in found[:_EXAMPLES_OF_ONE]:
            pair.examples.append(self._example(trial, kind.value, path, ours, theirs))

    def _missing(self, trial: Trial, pair: Pair, tally: Tally, primary: Outcome, candidate: Outcome) -> None:
        silent = [side for side, outcome in (("primary", primary), ("candidate", candidate)) if outcome.reply is None]
        who = silent[0] if len(silent) == 1 else "both"
        kind = f"missing_{who}"
        tally.missing[who] += 1
        self._counts[(*trial.pair, trial.action, kind)] += 1
        pair.examples.append(self._example(trial, kind, "", _said(primary), _said(candidate)))

    def _example(self, trial: Trial, kind: str, path: str, primary: Any, candidate: Any) -> dict[str, Any]:
        return {
            "time": _iso(self._wall_clock()),
            "identity": trial.identity,
            "action": trial.action,
            "kind": kind,
            "path": path[:_LONGEST],
            "primary": primary,
            "candidate": candidate,
        }


def _said(outcome: Outcome) -> str | None:
    if outcome.reply is None:
        return None
    return "CALLRESULT" if outcome.reply.is_result else "CALLERROR"


def _iso(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
