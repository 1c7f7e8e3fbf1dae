"""A started firmware plugin of 2.x."""

from contextlib import asynccontextmanager

from broker.api import Direction, Reply
from broker.testing import harness
from plugins.ocpp201.firmware.plugin import Firmware
from tests.plugins.shared.plugin_files_kit import FakeEndpoint, until

V = "ocpp2.0.1"
LOCATION = "https://user:secret@h.example/v2.bin"
ACCEPTED = Reply.result({"status": "Accepted"})


@asynccontextmanager
async def started(files=True):
    h = harness(Firmware)
    if files:
        h.contexts.files = FakeEndpoint()
    await h.ready()
    await h.plugins.start(None)
    try:
        yield h
    finally:
        await h.stop()


async def say(h, *statuses, action="FirmwareStatusNotification", version=V, **more):
    """The station says so, one after another."""
    for status in statuses:
        h.clock.advance(1)
        assert (await h.call(version, action, {"status": status, **more})).payload == {}


async def ask(h, action, payload, reply=ACCEPTED, version=V):
    """Somebody sends the station a request, past the plugin's operations."""
    await h.reply(version, action, payload, reply, direction=Direction.TO_STATION)


async def lives(h, kind="firmware", version=V):
    return (await h.operate(version, "firmware-status"))[kind]


async def transfers(h, kind="firmware"):
    """What is noted of the file of the newest request, once it is."""

    async def noted():
        return (await lives(h, kind))[0]["transfers"]

    await until(noted)
    return await noted()
