"""The life of a file that a station fetches or brings: firmware, diagnostics, logs; out of what the station says of it.

Notifications have no time of their own. They come twice, after a reboot, and in another order than they were made; a
station may begin by itself; and one that has failed begins again (`retries`). So a life goes on by the order that the
states have, not by the order in which they come.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

IDLE = "Idle"
LATE = 120.0
"""Seconds in which an earlier state that comes after a later one is one that was late; then the station began again."""
MOST = 50
_LONGEST = 50

Life = dict[str, Any]


@dataclass(frozen=True)
class Course:
    """Which states a life has, and how they follow each other."""

    phases: tuple[tuple[str, ...], ...]
    """Each state can only come after those of earlier phases; within one they may alternate."""
    ends: frozenset[str]
    again: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """The failures after which a state is a new attempt, and not a late notification."""
    named: bool = False
    """Each notification names its request, so that none can be the beginning of another life."""

    def phase(self, status: str) -> int | None:
        """The number of the phase; None for a state that nobody knows."""
        return next((number for number, states in enumerate(self.phases) if status in states), None)

    @property
    def states(self) -> frozenset[str]:
        """All of them."""
        return frozenset(state for states in self.phases for state in states)


def begun(asked: dict[str, Any] | None, at: float) -> Life:
    """A new life; `asked` is the request, None where nobody asked through the broker."""
    return {
        "asked": asked,
        "begun": at,
        "status": None,
        "since": at,
        "heard": None,
        "idle": None,
        "ended": False,
        "history": [],
        "transfers": [],
    }


def heard(course: Course, life: Life | None, status: str, at: float) -> Life:
    """The life after a notification.

    `Idle` answers a TriggerMessage and says that the station does nothing now: not that what it was asked for is over,
    which may have a time ahead of it or a reboot behind it. It is noted beside the status.
    """
    life = dict(life) if life is not None else begun(None, at)
    life["heard"] = at
    if status == IDLE:
        return {**life, "idle": at}
    if status == life["status"]:
        return life
    row = {"status": status[:_LONGEST], "at": at}
    phase = course.phase(status)
    if phase is None:
        return _noted(life, row)
    if _is_behind(course, life, status, phase):
        if course.named or at - life["since"] < LATE:
            return _noted(life, {**row, "late": True})
        if course.phase(life["status"]) == len(course.phases) - 1 and _has_had(life, course.phases[0]):
            life = {**begun(None, at), "heard": at}  # it was through with that one: another one
    return _noted({**life, "status": status, "since": at, "idle": None, "ended": status in course.ends}, row)


def booted(life: Life, version: str, at: float) -> Life:
    """The life after a boot in the middle of it: the new firmware shows itself, or the old one does again."""
    if life["ended"] or life["status"] is None:
        return life
    return _noted(life, {"boot": version[:_LONGEST], "at": at})


def transferred(life: Life, transfer: dict[str, Any]) -> Life:
    """The life after the file endpoint has seen the file pass, or not come in time. What follows the station says."""
    return {**life, "transfers": [*life["transfers"], transfer][-MOST:]}


def over(life: Life, at: float, **why: Any) -> Life:
    """The life of what will not go on; `why` is noted with it."""
    return {**life, "ended": True, "since": at, **why}


def _is_behind(course: Course, life: Life, status: str, phase: int) -> bool:
    """Whether this state belongs before the one that the life is in; a new attempt after a failure does not."""
    now = life["status"]
    if now is None or now in course.again.get(status, ()):
        return False
    return phase < (course.phase(now) or 0)


def _has_had(life: Life, states: tuple[str, ...]) -> bool:
    return any(row.get("status") in states for row in life["history"])


def _noted(life: Life, row: dict[str, Any]) -> Life:
    last = life["history"][-1] if life["history"] else {}
    if {**last, "at": None} == {**row, "at": None}:
        return life
    return {**life, "history": [*life["history"], row][-MOST:]}
