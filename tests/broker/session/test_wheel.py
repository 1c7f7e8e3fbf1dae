"""The one timer: nobody is forgotten, nobody is asked too early, nothing is kept."""

import asyncio
import gc
import json
import math
import weakref

import pytest
from session_kit import rig

from broker.session import CallTimeout
from broker.session.wheel import Wheel

TICK = 0.25


class SetClock(asyncio.SelectorEventLoop):
    """asyncio's loop with a clock that stands still until a test moves it."""

    now = 1000.0

    def time(self):
        return self.now

    def to(self, when):
        """Let time pass in small steps, and everything due happen."""
        while self.now < when:
            self.leap(min(self.now + TICK / 4, when))

    def leap(self, when):
        self.now = when
        self.run_until_complete(asyncio.sleep(0))


class Something:
    """Notes when it was asked, and then does what it is told."""

    def __init__(self, then=lambda now: None):
        self.slot = 0
        self.wakes_at = math.inf
        self.asked = []
        self.then = then

    def due(self, now):
        self.asked.append(now)
        self.then(now)


@pytest.fixture
def loop():
    made = SetClock()
    yield made
    made.close()


@pytest.fixture
def wheel(loop):
    made = Wheel(loop)
    yield made
    made.stop()


@pytest.mark.parametrize("delay", [0.01, 0.25, 0.26, 0.5, 1.0, 1.13, 59.9])
def test_it_is_asked_once_not_before_its_time_and_less_than_two_ticks_after(loop, wheel, delay):
    one = Something()
    wheel.wake(one, loop.now + delay)
    loop.to(1000 + delay + 2 * TICK)
    loop.to(loop.now + 5)
    (asked,) = one.asked
    assert 1000 + delay <= asked <= 1000 + delay + 2 * TICK


def test_what_is_past_is_asked_at_the_next_turn(loop, wheel):
    one = Something()
    wheel.wake(one, 0.0)
    loop.to(1000 + 2 * TICK)
    assert len(one.asked) == 1


def test_the_earliest_time_wins_whichever_comes_first(loop, wheel):
    first, second = Something(), Something()
    wheel.wake(first, 1005)
    wheel.wake(first, 1002)
    wheel.wake(second, 1002)
    wheel.wake(second, 1005)
    assert first.wakes_at == second.wakes_at == 1002
    loop.to(1010)
    for one in (first, second):
        assert len(one.asked) == 1
        assert 1002 <= one.asked[0] < 1003


def test_what_was_asked_stands_nowhere_until_it_stands_in_again(loop, wheel):
    """`wakes_at` is what others compare with: a time that has passed would keep them from calling `wake`."""
    one = Something()
    wheel.wake(one, 1001)
    loop.to(1002)
    assert (one.slot, one.wakes_at) == (0, math.inf)


def test_one_that_is_forgotten_is_not_asked(loop, wheel):
    one = Something()
    wheel.wake(one, 1001)
    wheel.forget(one)
    wheel.forget(one)
    assert (one.slot, one.wakes_at) == (0, math.inf)
    loop.to(1003)
    assert one.asked == []
    wheel.wake(one, 1004)
    loop.to(1005)
    assert len(one.asked) == 1


@pytest.mark.parametrize("ahead", [0.0, -5.0, 0.1, 0.25, 1.0])
def test_one_that_stands_in_again_while_it_is_asked_is_asked_again_and_again(loop, wheel, ahead):
    """Also for this very moment, on the stroke of a tick: there it would land in a slot that has just been turned."""
    one = Something(lambda now: wheel.wake(one, now + ahead))
    wheel.wake(one, 1001)
    for n in range(100):
        loop.leap(1000 + n * TICK)
    assert len(one.asked) >= 15
    assert len(set(one.asked)) == len(one.asked), "twice in one turn"
    assert all(later - earlier >= ahead for earlier, later in zip(one.asked, one.asked[1:], strict=False))


def test_after_a_stall_of_the_loop_everything_is_asked_once(loop, wheel):
    many = [Something() for _ in range(100)]
    for n, one in enumerate(many):
        wheel.wake(one, 1000 + n * 0.1)
    again = Something(lambda now: wheel.wake(again, now + 1))
    wheel.wake(again, 1001)
    loop.leap(1060.0)
    assert [len(one.asked) for one in many] == [1] * 100
    assert again.asked == [1060.0]
    loop.to(1061.5)
    assert len(again.asked) == 2


def test_one_that_is_forgotten_by_another_of_its_slot_is_not_asked(loop, wheel):
    both = [Something(lambda now: wheel.forget(both[1])), Something(lambda now: wheel.forget(both[0]))]
    for one in both:
        wheel.wake(one, 1001)
    loop.to(1002)
    assert len(both[0].asked) + len(both[1].asked) == 1


def test_one_that_fails_keeps_nobody_else_from_being_asked(loop, wheel):
    def fail(now):
        raise ValueError("broken")

    many = [Something(fail if n % 2 else lambda now: None) for n in range(20)]
    for one in many:
        wheel.wake(one, 1001)
    loop.to(1002)
    assert [len(one.asked) for one in many] == [1] * 20
    wheel.wake(many[1], 1003)
    wheel.wake(many[2], 1003)
    loop.to(1004)
    assert (len(many[1].asked), len(many[2].asked)) == (2, 2)


def test_nothing_is_kept_of_what_was_asked_or_forgotten(loop, wheel):
    many = [Something() for _ in range(500)]
    for n, one in enumerate(many):
        wheel.wake(one, 1000 + n / 10)
        wheel.wake(one, 1000 + n / 20)
        if n % 2:
            wheel.forget(one)
    gone = [weakref.ref(one) for one in many]
    loop.to(1030)
    del many, one
    gc.collect()
    assert [ref() for ref in gone if ref() is not None] == []
    loop.to(1051)
    assert wheel._slots == {}


def test_a_wheel_that_was_stopped_asks_nobody(loop):
    wheel = Wheel(loop)
    one = Something()
    wheel.wake(one, 1001)
    wheel.stop()
    wheel.stop()
    loop.to(1005)
    assert one.asked == []


async def test_calls_time_out_one_after_the_other_where_no_ping_wakes_the_session(upstream):
    async with rig(upstream) as r:
        station = await r.connect(ping_interval=0)
        for _ in range(3):
            with pytest.raises(CallTimeout):
                await asyncio.wait_for(r.session.call("ClearCache", {}, timeout=0.05), 3)
        calling = asyncio.ensure_future(r.session.call("Reset", {"type": "Soft"}, timeout=3))
        asked = [await station.json() for _ in range(4)]
        await station.send(json.dumps([3, asked[3][1], {"status": "Accepted"}]))
        assert (await calling).payload == {"status": "Accepted"}
