"""What goes on after a station has left: legs that finish what they are at, and deliveries while it is away."""

import asyncio
from collections.abc import Callable, Coroutine
from math import inf
from time import monotonic
from typing import Any

import structlog

from broker.ocpp import Version
from broker.session.books.ledger import Ledger
from broker.session.delivery.errand import Errand
from broker.session.session import Session
from broker.session.shared import Shared
from broker.session.upstream.backends import Backends
from broker.tasks import spawn

_AT_ONCE = 50  # errands that run at the same time
_LOOK = 2.0  # seconds between looks at who is owed something
_FIRST = 10.0  # seconds that stations have to come back after a start
_HURRY = 2.0  # seconds that an answer may take when the station is back already
_AGAIN, _LONGEST = 30.0, 600.0  # seconds between errands for one station

_log = structlog.get_logger("broker.outbox")


class Errands:
    """The partings and errands of all stations that are not connected."""

    def __init__(self, shared: Shared, get: Callable[[str], Session | None]) -> None:
        self._shared = shared
        self._get = get
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._hurry: dict[str, asyncio.Event] = {}
        self._next: dict[str, tuple[float, float]] = {}  # identity: when, and the pause after that
        self._watch: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Look after those who have left something undelivered."""
        for identity in self._shared.ledgers.unopened:
            self._next[identity] = (monotonic() + _FIRST, _AGAIN)
        self._watch = spawn(self._look(), name="errands")

    async def make_way(self, identity: str) -> None:
        """The station is back: whatever is done in its name ends first, so that no upstream sees it twice."""
        self._next.pop(identity, None)
        task = self._tasks.get(identity)
        if task is not None:
            self._hurry[identity].set()
            await asyncio.wait((task,), timeout=2 * _HURRY)

    def soon(self, identity: str) -> None:
        """An operator wants it tried now."""
        _, pause = self._next.get(identity, (0.0, _AGAIN))
        if identity not in self._tasks:
            self._next[identity] = (monotonic(), pause)

    def linger(self, session: Session) -> None:
        """The station has left; what is on its way may finish."""
        session.backends.ledger.users += 1
        self._run(session.identity, lambda hurry: self._finish(session, hurry))

    def _run(self, identity: str, work: Callable[[asyncio.Event], Coroutine[Any, Any, None]]) -> None:
        before = self._tasks.get(identity)
        hurry = asyncio.Event()

        async def run() -> None:
            if before is not None:
                await asyncio.wait((before,))
            try:
                await work(hurry)
            finally:
                if self._tasks.get(identity) is task:
                    del self._tasks[identity], self._hurry[identity]

        task = spawn(run(), name=f"errand {identity}")
        self._tasks[identity], self._hurry[identity] = task, hurry

    async def _finish(self, session: Session, hurry: asyncio.Event) -> None:
        ledger = session.backends.ledger
        try:
            await self._wait(session.backends, hurry, self._shared.config.outbox.linger)
            await session.backends.close_all()
            session.part()
        finally:
            self._shared.ledgers.close(ledger)
        if ledger.undelivered:
            self._next.setdefault(session.identity, (monotonic() + _AGAIN, _AGAIN))

    async def _wait(
        self, backends: Backends, hurry: asyncio.Event, seconds: float, *, in_vain: Callable[[], bool] = bool
    ) -> None:
        """Until nothing is on its way, or the time is over, or it is short; then for the answer that is just coming."""
        deadline = monotonic() + seconds
        while backends.busy and monotonic() < deadline and not hurry.is_set() and not in_vain():  # noqa: ASYNC110
            await asyncio.sleep(0.02)
        backends.rest()
        deadline = monotonic() + _HURRY
        while backends.answer_due and monotonic() < deadline:  # noqa: ASYNC110
            await asyncio.sleep(0.02)

    # --- while the station is away ----------------------------------------------------------------------------------

    async def _look(self) -> None:
        while True:
            await asyncio.sleep(_LOOK)
            if not self._shared.config.outbox.while_away or self._shared.store_failed:
                continue
            now = monotonic()
            for identity, (when, pause) in list(self._next.items()):
                if len(self._tasks) >= _AT_ONCE:
                    break
                if when <= now and identity not in self._tasks and self._get(identity) is None:
                    self._next[identity] = (inf, pause)
                    self._run(identity, lambda hurry, who=identity: self._deliver(who, hurry))  # type: ignore[misc]

    async def _deliver(self, identity: str, hurry: asyncio.Event) -> None:
        left = delivered = 1  # where the store cannot be read
        try:
            ledger = await self._shared.ledgers.open(identity)
            before = ledger.depth
            try:
                await self._run_errands(ledger, hurry)
            finally:
                self._shared.ledgers.close(ledger)
            left, delivered = ledger.depth, before - ledger.depth
        finally:
            _, pause = self._next.pop(identity, (0.0, _AGAIN))
            if left and self._get(identity) is None:
                pause = _AGAIN if delivered > 0 else min(2 * pause, _LONGEST)
                self._next[identity] = (monotonic() + (_LOOK if delivered > 0 else pause), pause)

    async def _run_errands(self, ledger: Ledger, hurry: asyncio.Event) -> None:
        for version in Version:
            errand = await Errand.prepare(ledger.identity, version, self._shared, ledger)
            if errand is not None and not hurry.is_set():
                try:
                    await errand.run(
                        lambda backends: self._wait(backends, hurry, _AGAIN, in_vain=lambda: _unreachable(backends))
                    )
                finally:
                    await errand.close()

    async def stop(self, seconds: float) -> None:
        """End all of it, within the time."""
        if self._watch is not None:
            self._watch.cancel()
        for hurry in self._hurry.values():
            hurry.set()
        tasks = list(self._tasks.values())
        if tasks:
            await asyncio.wait(tasks, timeout=seconds)


def _unreachable(backends: Backends) -> bool:
    """Whether each was dialled in vain: an upstream that is down must not keep the place of one that is up."""
    return all(link.socket is None and link.last_error for link in backends.links)
