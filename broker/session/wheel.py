"""One timer for everything that a session has to do later.

A `call_later` a message costs more than the message's parsing; here a session stands in at most one slot, at its
earliest deadline, and asks itself what is due when the slot comes up.
"""

import asyncio
import math
from typing import Protocol

import structlog

_TICK = 0.25

_log = structlog.get_logger("broker.session")


class Due(Protocol):
    """What stands on the wheel; `slot` and `wakes_at` belong to the wheel."""

    slot: int
    """0 for none."""
    wakes_at: float
    """Loop time at which it is asked at the latest; infinite for never. Whoever has a later time need not call."""

    def due(self, now: float) -> None:
        """Do what is due at `now` (loop time) and stand in again for what comes next."""
        ...


class Wheel:
    """Slots of a quarter of a second, turned by one `call_later`."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._slots: dict[int, set[Due]] = {}
        self._turned = self._slot(loop.time())
        self._handle: asyncio.TimerHandle | None = loop.call_later(_TICK, self._turn)

    @staticmethod
    def _slot(when: float) -> int:
        return math.ceil(when / _TICK)

    def wake(self, what: Due, when: float) -> None:
        """Have `what` asked at `when` (loop time), or earlier if it already stands in earlier."""
        slot = max(self._slot(when), self._turned + 1)
        if what.slot:
            if what.slot <= slot:
                return
            self.forget(what)
        what.slot = slot
        what.wakes_at = slot * _TICK
        self._slots.setdefault(slot, set()).add(what)

    def forget(self, what: Due) -> None:
        """Take `what` off the wheel."""
        if what.slot:
            self._slots.get(what.slot, set()).discard(what)
            what.slot = 0
            what.wakes_at = math.inf

    def stop(self) -> None:
        if self._handle is not None:
            self._handle.cancel()
            self._handle = None

    def _turn(self) -> None:
        now = self._loop.time()
        self._handle = self._loop.call_later(_TICK, self._turn)
        first, until = self._turned + 1, math.floor(now / _TICK)
        self._turned = max(self._turned, until)  # before anybody is asked: who stands in again must not land behind it
        for slot in range(first, until + 1):
            for what in self._slots.pop(slot, ()):
                if what.slot == slot:  # not forgotten meanwhile, by one that was asked before it
                    self._ask(what, now)

    @staticmethod
    def _ask(what: Due, now: float) -> None:
        what.slot, what.wakes_at = 0, math.inf
        try:
            what.due(now)
        except Exception:  # noqa: BLE001 - the others of this slot must not go without
            _log.exception("wheel: what was due failed")
