"""When to dial an upstream again."""

import random


class Backoff:
    """Exponential with full jitter, so that a fleet does not come back in step.

    The first wait is up to `initial` seconds, each next one up to twice as long, up to `maximum`. A link that held for
    `stable` seconds starts anew; one that breaks at once after each dial does not.
    """

    __slots__ = ("_attempt", "_initial", "_maximum", "_stable")

    def __init__(self, initial: float, maximum: float, *, stable: float = 10.0) -> None:
        self._initial = initial
        self._maximum = maximum
        self._stable = stable
        self._attempt = 0

    def next(self, draw: float | None = None) -> float:
        """Seconds to wait before the next dial; `draw` in [0, 1) replaces chance in tests."""
        ceiling = min(self._maximum, self._initial * 2.0 ** min(self._attempt, 32))
        self._attempt += 1
        share = random.random() if draw is None else draw  # noqa: S311 - jitter, not a secret
        # Never below a tenth of the ceiling: a draw near zero would hammer an upstream that has just refused.
        return ceiling * (0.1 + 0.9 * share)

    def held(self, seconds: float) -> None:
        """The link was open for so long."""
        if seconds >= self._stable:
            self._attempt = 0
