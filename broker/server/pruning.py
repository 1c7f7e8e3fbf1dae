"""Retention: once an hour, whatever is older than the configuration says is deleted."""

import asyncio
from collections.abc import Callable, Mapping
from time import time
from typing import Protocol

import structlog

from broker.records import StoreFailed
from broker.tasks import spawn

INTERVAL = 3600.0
_log = structlog.get_logger("broker.server")


class Prunable(Protocol):
    """What `broker.records.Records` does for it."""

    async def prune(self, limits: Mapping[str, float], now: float) -> dict[str, int]:
        """Delete what is older than `limits` says, in seconds by kind; how much that was, by kind."""


class Pruning:
    """Prunes at the start and every hour after, by the limits of the moment: a reload may change them."""

    def __init__(
        self,
        records: Prunable,
        limits: Callable[[], Mapping[str, float]],
        *,
        interval: float = INTERVAL,
        now: Callable[[], float] = time,
    ) -> None:
        self._records = records
        self._limits = limits
        self._interval = interval
        self._now = now
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin; ends with `stop`."""
        self._task = spawn(self._run(), name="pruning")

    async def stop(self) -> None:
        """End it; what is being deleted is either gone or still there."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait((self._task,))
            self._task = None

    async def once(self) -> dict[str, int]:
        """Delete what is too old now; how much that was, by kind."""
        limits = self._limits()
        gone = await self._records.prune(limits, self._now()) if limits else {}
        if any(gone.values()):
            _log.info("too old, deleted", **{kind: count for kind, count in gone.items() if count})
        return gone

    async def _run(self) -> None:
        while True:
            try:
                await self.once()
            except StoreFailed as error:
                _log.warning("what is too old could not be deleted", error=str(error))
            await asyncio.sleep(self._interval)
