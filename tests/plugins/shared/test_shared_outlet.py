"""The queue and the worker behind webhook and syslog."""

import asyncio
import logging

import pytest

from plugins.shared.outlet import GiveUp, Outlet, TryLater, pause_after

LOG = logging.getLogger("test.outlet")


class Slip(Outlet):
    """Delivers as the test says: an exception, or None."""

    name = "slip"

    def __init__(self, *outcomes, size=10, attempts=3):
        self.outcomes = list(outcomes)
        self.sent, self.counted, self.pauses, self.closed = [], [], [], False
        self.tasks = []
        self.gate = None
        super().__init__(
            size=size, attempts=attempts, spawn=self._task, count=self.counted.append, log=LOG, pause=self._no_pause
        )

    def _task(self, coro):
        self.tasks.append(asyncio.create_task(coro))
        return self.tasks[-1]

    def _no_pause(self, attempt):
        self.pauses.append(attempt)
        return 0.0

    async def send(self, event):
        if self.gate is not None:
            await self.gate.wait()
        self.sent.append(event["n"])
        outcome = self.outcomes.pop(0) if self.outcomes else None
        if outcome is not None:
            raise outcome

    async def close(self):
        self.closed = True


async def test_events_are_delivered_in_order():
    slip = Slip()
    for n in range(5):
        slip.offer({"n": n})
    await slip.finish(2)
    assert slip.sent == [0, 1, 2, 3, 4]
    assert slip.counted == ["delivered"] * 5
    assert slip.closed


async def test_offering_does_not_wait():
    slip = Slip()
    slip.gate = asyncio.Event()
    slip.offer({"n": 1})
    assert slip.sent == []
    slip.gate.set()
    await slip.finish(2)
    assert slip.sent == [1]


async def test_what_cannot_be_delivered_now_is_tried_again_with_pauses():
    slip = Slip(TryLater("down"), TryLater("down"), None)
    slip.offer({"n": 1})
    slip.offer({"n": 2})
    await slip.finish(2)
    assert slip.sent == [1, 1, 1, 2]
    assert slip.pauses == [1, 2]
    assert slip.counted == ["delivered", "delivered"]


async def test_after_the_last_attempt_the_next_event_has_its_turn():
    slip = Slip(TryLater("down"), TryLater("down"), attempts=2)
    slip.offer({"n": 1})
    slip.offer({"n": 2})
    await slip.finish(2)
    assert slip.sent == [1, 1, 2]
    assert slip.pauses == [1]
    assert slip.counted == ["failed", "delivered"]


async def test_what_is_refused_is_not_tried_again():
    slip = Slip(GiveUp("HTTP status 403"))
    slip.offer({"n": 1})
    await slip.finish(2)
    assert (slip.sent, slip.counted) == ([1], ["refused"])


async def test_what_does_not_fit_is_dropped_and_counted():
    slip = Slip(size=2)
    for n in range(5):
        slip.offer({"n": n})
    assert slip.counted == ["dropped"] * 3
    await slip.finish(2)
    assert slip.sent == [0, 1]


async def test_a_row_of_failures_is_logged_once_and_its_end_too(caplog):
    caplog.set_level(logging.INFO, LOG.name)
    slip = Slip(GiveUp("no"), GiveUp("no"), None, None)
    for n in range(4):
        slip.offer({"n": n})
    await slip.finish(2)
    assert [record.message for record in caplog.records] == [
        "slip: a security event was refused: no",
        "slip: security events are delivered again",
    ]


async def test_a_worker_that_died_is_replaced():
    slip = Slip(ZeroDivisionError())
    slip.offer({"n": 1})
    await asyncio.wait(slip.tasks)
    assert isinstance(slip.tasks[0].exception(), ZeroDivisionError)
    slip.offer({"n": 2})
    await slip.finish(2)
    assert slip.sent == [1, 2]


async def test_the_end_waits_for_a_limited_time_only(caplog):
    slip = Slip()
    slip.gate = asyncio.Event()
    slip.offer({"n": 1})
    await slip.finish(0.01)
    assert slip.closed
    assert slip.sent == []
    await asyncio.wait(slip.tasks)
    assert slip.tasks[0].cancelled()
    assert "not delivered" in caplog.text


async def test_an_outlet_that_had_nothing_to_do_ends():
    slip = Slip()
    await slip.finish(1)
    assert slip.closed
    assert not slip.tasks


@pytest.mark.parametrize(("attempt", "seconds"), [(1, 1.0), (2, 2.0), (3, 4.0), (7, 60.0), (99, 60.0)])
def test_pauses_grow_up_to_a_minute(attempt, seconds):
    assert pause_after(attempt) == seconds
