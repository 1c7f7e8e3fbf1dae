"""What plugins write down of the messages of one session, and who waits for it.

Where the local CSMS answers, its acknowledgement says that a message is kept, so it waits. An upstream's answer is not
the broker's to hold up: there it is written down behind the messages, in their order.
"""

from collections import deque

from broker.hooks import SessionView, begin_record, finish_record
from broker.hooks.run import Rest, close_record
from broker.hooks.table import Handlers
from broker.metrics import Metrics
from broker.ocpp import Call, Reply
from broker.tasks import spawn

_MOST = 1_000  # messages whose recorders have to wait for the disk; a station that is faster than that is not recorded


class Recording:
    """Runs the `record` handlers of one session."""

    __slots__ = ("_metrics", "_session", "_waiting", "_working")

    def __init__(self, session: SessionView, metrics: Metrics) -> None:
        self._session = session
        self._metrics = metrics
        self._waiting: deque[tuple[Handlers, Call, Reply]] = deque()
        self._working = False

    async def now(self, handlers: Handlers, call: Call, reply: Reply) -> str:
        """Record it; why it could not be kept, or nothing.

        Not behind what waits: a recorder that calls the station would wait for itself.
        """
        rest = begin_record(handlers, self._session, call, reply)
        return await finish_record(rest) if rest else ""

    def behind(self, handlers: Handlers, call: Call, reply: Reply) -> None:
        """Record it when its turn comes."""
        if self._working:
            if len(self._waiting) < _MOST:
                self._waiting.append((handlers, call, reply))
            else:
                self._metrics.limit("records")
        elif rest := begin_record(handlers, self._session, call, reply):
            self._working = True
            task = spawn(self._work_off(rest), name=f"record {self._session.identity}")
            task.add_done_callback(lambda _: close_record(rest))  # one that is stopped before it begins

    async def _work_off(self, rest: list[Rest]) -> None:
        try:
            await finish_record(rest)
            while self._waiting:
                await finish_record(begin_record(*self._following()))
        finally:
            self._working = False

    def _following(self) -> tuple[Handlers, SessionView, Call, Reply]:
        handlers, call, reply = self._waiting.popleft()
        return handlers, self._session, call, reply
