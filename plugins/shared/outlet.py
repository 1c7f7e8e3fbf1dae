"""A way out for security events that is never in the way of a message: a bounded queue, a worker, pauses that grow."""

import asyncio
import logging
from abc import ABC, abstractmethod
from collections.abc import Callable, Coroutine
from typing import Any

Event = dict[str, Any]
"""A security event as outlets and sinks get it: identity, type, timestamp, receivedAt, critical, perhaps techInfo."""
Spawn = Callable[[Coroutine[Any, Any, None]], asyncio.Task[None]]

_LONGEST_PAUSE = 60.0


class TryLater(Exception):
    """It could not be delivered now; the text says why."""


class GiveUp(Exception):
    """It will never be taken; the text says why."""


def pause_after(attempt: int) -> float:
    """Seconds to wait after that many failures in a row: 1, 2, 4 and so on, a minute at most."""
    return min(_LONGEST_PAUSE, 2.0 ** (attempt - 1))


class Outlet(ABC):
    """Delivers events one after another, each at most `attempts` times; what does not fit its queue is dropped."""

    def __init__(
        self,
        *,
        size: int,
        attempts: int,
        spawn: Spawn,
        count: Callable[[str], None],
        log: logging.Logger,
        pause: Callable[[int], float] = pause_after,
    ) -> None:
        """`count` is told each outcome: delivered, refused, failed or dropped."""
        self._queue: asyncio.Queue[Event] = asyncio.Queue(size)
        self._attempts = attempts
        self._spawn = spawn
        self._count = count
        self._log = log
        self._pause = pause
        self._worker: asyncio.Task[None] | None = None
        self._failing = False

    @property
    @abstractmethod
    def name(self) -> str:
        """What the log calls it; holds no secret."""

    @abstractmethod
    async def send(self, event: Event) -> None:
        """Deliver one event; raises TryLater or GiveUp."""

    @abstractmethod
    async def close(self) -> None:
        """Let go of the connection."""

    def offer(self, event: Event) -> None:
        """Have the event delivered some time, or drop it where too many wait."""
        try:
            self._queue.put_nowait(event)
        except asyncio.QueueFull:
            self._ended("dropped", "too many events wait")
            return
        if self._worker is None or self._worker.done():
            self._worker = self._spawn(self._run())

    async def finish(self, seconds: float) -> None:
        """Deliver what waits within so many seconds, then end."""
        try:
            await asyncio.wait_for(self._queue.join(), seconds)
        except TimeoutError:
            self._log.warning("%s: %d security events are not delivered", self.name, self._queue.qsize() + 1)
        finally:
            if self._worker is not None:
                self._worker.cancel()
            await self.close()

    async def _run(self) -> None:
        while True:
            event = await self._queue.get()
            try:
                await self._deliver(event)
            finally:
                self._queue.task_done()

    async def _deliver(self, event: Event) -> None:
        for attempt in range(1, self._attempts + 1):
            try:
                await self.send(event)
            except GiveUp as error:
                self._ended("refused", str(error))
                return
            except TryLater as error:
                why = str(error)
            else:
                self._ended("delivered")
                return
            if attempt < self._attempts:
                await asyncio.sleep(self._pause(attempt))
        self._ended("failed", why)

    def _ended(self, outcome: str, why: str = "") -> None:
        """Count each; log the first of a row of failures, and its end."""
        self._count(outcome)
        failing = outcome != "delivered"
        if failing and not self._failing:
            self._log.warning("%s: a security event was %s: %s", self.name, outcome, why)
        elif self._failing and not failing:
            self._log.info("%s: security events are delivered again", self.name)
        self._failing = failing
