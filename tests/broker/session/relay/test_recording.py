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
        session.state.setdefault("begun", []).append(reply.payload["n"])
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

    async def until_seen(self, count):
        async with asyncio.timeout(5):
            while len(self.session.state.get("seen", ())) < count:
                await asyncio.sleep(0)

    async def now(self, number):
        return await self.recording.now(self.handlers, self.call, Reply.result({"n": number}))


async def test_what_nobody_waits_for_is_begun_and_finished_in_order():
    rig = Rig()
    for number in range(3):
        rig.behind(number)
    for _ in range(5):
        await asyncio.sleep(0)
    assert rig.session.state["begun"] == [0], "the second begins when the first is done"
    rig.session.state["go"].set()
    await rig.until_seen(3)
    assert rig.session.state["seen"] == [0, 1, 2]
    rig.behind(3)
    await rig.until_seen(4)
    assert rig.session.state["begun"] == rig.session.state["seen"] == [0, 1, 2, 3]


async def test_what_somebody_waits_for_does_not_wait_for_the_others():
    """A recorder that calls the station would wait for itself."""
    rig = Rig()
    rig.behind(0)
    waiting = asyncio.ensure_future(rig.now(1))
    for _ in range(5):
        await asyncio.sleep(0)
    assert rig.session.state["begun"] == [0, 1]
    rig.session.state["go"].set()
    assert await waiting == ""
    await rig.until_seen(2)
