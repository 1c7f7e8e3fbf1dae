"""What waits to be written down, by itself; on the way of a message: test_recorders."""

import asyncio

from broker.api import BasePlugin, record
from broker.hooks import Direction, Plugins, PluginSpec
from broker.metrics import Metrics
from broker.ocpp import Call, Reply, Version
from broker.session.relay.recording import Recording
from broker.testing import TestSession


class Notes(BasePlugin):
    """Writes down when it is let."""

    @record("ocpp1.6", "Heartbeat")
    async def note(self, session, call, reply):
        await session.state["go"].wait()
        session.state.setdefault("seen", []).append(reply.payload["n"])


class Rig:
    def __init__(self):
        self.handlers = (
            Plugins.load([PluginSpec("n", {}, Notes)])
            .table(Version.V16)
            .chain(Direction.FROM_STATION, "Heartbeat")
            .record
        )
        self.session = TestSession()
        self.session.state["go"] = asyncio.Event()
        self.recording = Recording(self.session, Metrics())
        self.call = Call.of("Heartbeat", {}, version=Version.V16, origin="station")

    def behind(self, number):
        self.recording.behind(self.handlers, self.call, Reply.result({"n": number}))

    async def now(self, number):
        return await self.recording.now(self.handlers, self.call, Reply.result({"n": number}))


async def test_what_nobody_waits_for_is_written_down_in_order_and_before_what_somebody_does():
    rig = Rig()
    for number in range(3):
        rig.behind(number)
    waiting = asyncio.ensure_future(rig.now(3))
    for _ in range(5):
        await asyncio.sleep(0)
    assert "seen" not in rig.session.state
    rig.session.state["go"].set()
    assert await waiting == ""
    assert rig.session.state["seen"] == [0, 1, 2, 3]
    rig.behind(4)
    assert await rig.now(5) == ""
    assert rig.session.state["seen"] == [0, 1, 2, 3, 4, 5]


async def test_when_it_is_stopped_nothing_is_left_that_never_ran():
    """A coroutine that is never awaited would be a warning, and warnings are errors here."""
    rig = Rig()
    for number in range(3):
        rig.behind(number)
    await asyncio.sleep(0)
    task = rig.recording._task
    task.cancel()
    await asyncio.wait((task,))
    assert rig.recording._task is None
    rig.session.state["go"].set()
    assert await rig.now(9) == ""
    assert rig.session.state["seen"] == [9]
