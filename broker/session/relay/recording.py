"""What plugins write down of the messages of one session, and who waits for it.

Where the local CSMS answers, its acknowledgement says that a message is kept, so it waits. An upstream's answer is not
the broker's to hold up: there it is written down behind the messages, in their order.
"""

import asyncio
from collections import deque

from broker.hooks import SessionView, begin_record, finish_record
from broker.hooks.run import Rest
from broker.hooks.table import Handlers
from broker.metrics import Metrics
from broker.ocpp import Call, Reply
from broker.tasks import spawn

_MOST = 1_000  # messages whose recorders have to wait for the disk; a station that is faster than that is not recorded


class Recording:
    """Runs the `record` handlers of one session."""

    __slots__ = ("_metrics", "_session", "_task", "_waiting")

    def __init__(self, session: SessionView, metrics: Metrics) -> None:
        self._session = session
        self._metrics = metrics
        self._waiting: deque[list[Rest]] = deque()
        self._task: asyncio.Task[None] | None = None

    async def now(self, handlers: Handlers, call: Call, reply: Reply) -> str:
        """Record it, after all that came before; why it could not be kept, or nothing."""
        while self._task is not None:
            await asyncio.wait((self._task,))
        rest = begin_record(handlers, self._session, call, reply)
        return await finish_record(rest) if rest else ""

    def behind(self, handlers: Handlers, call: Call, reply: Reply) -> None:
        """Record it when its turn comes."""
        if len(self._waiting) >= _MOST:
            self._metrics.limit("records")
            return
        rest = begin_record(handlers, self._session, call, reply)
        if not rest:
            return
        self._waiting.append(rest)
        if self._task is None:
            self._task = spawn(self._work_off(), name=f"record {self._session.identity}")

    async def _work_off(self) -> None:
        try:
            while self._waiting:
                await finish_record(self._waiting.popleft())
        finally:
            self._task = None
            for _, coro in [one for rest in self._waiting for one in rest]:
                coro.close()
            self._waiting.clear()
