"""Retention."""

import asyncio

from broker.records import StoreFailed
from broker.server.pruning import Pruning


class Records:
    """Says what it was asked to delete."""

    def __init__(self, *outcomes):
        self.outcomes = list(outcomes)
        self.asked = []
        self.often = asyncio.Event()

    async def prune(self, limits, now):
        self.asked.append((dict(limits), now))
        if len(self.asked) >= 3:
            self.often.set()
        outcome = self.outcomes.pop(0) if self.outcomes else {}
        if isinstance(outcome, Exception):
            raise outcome
        return outcome


async def test_what_is_older_than_the_limits_is_deleted():
    records = Records({"messages": 3, "transactions": 0})
    assert await Pruning(records, lambda: {"messages": 60.0}, now=lambda: 1000.0).once() == {
        "messages": 3,
        "transactions": 0,
    }
    assert records.asked == [({"messages": 60.0}, 1000.0)]


async def test_only_what_went_is_logged(capsys):
    records = Records({"messages": 3, "transactions": 0}, {"messages": 0})
    pruning = Pruning(records, lambda: {"messages": 60.0})
    await pruning.once()
    await pruning.once()
    logged = "".join(capsys.readouterr())
    assert logged.count("too old, deleted") == 1
    assert "messages=3" in logged
    assert "transactions" not in logged


async def test_without_limits_nothing_is_asked_for():
    records = Records()
    assert await Pruning(records, dict).once() == {}
    assert records.asked == []


async def test_it_goes_on_with_the_limits_of_the_moment_and_after_a_failure(capsys):
    limits = {"messages": 1.0}
    records = Records(StoreFailed("full"))
    pruning = Pruning(records, lambda: limits, interval=0.001)
    pruning.start()
    while not records.asked:
        await asyncio.sleep(0)
    limits["messages"] = 2.0
    await records.often.wait()
    await pruning.stop()
    assert [asked[0] for asked in records.asked[:2]] == [{"messages": 1.0}, {"messages": 2.0}]
    assert "could not be deleted" in "".join(capsys.readouterr())


async def test_it_ends():
    records = Records()
    pruning = Pruning(records, lambda: {"messages": 1.0}, interval=0.001)
    pruning.start()
    await records.often.wait()
    await pruning.stop()
    asked = len(records.asked)
    await asyncio.sleep(0.01)
    assert len(records.asked) == asked
    await pruning.stop()
