"""A started Firmware Management plugin, and a file endpoint without sockets."""

from contextlib import asynccontextmanager

from broker.api import Direction, Reply, Transfer
from broker.testing import harness
from plugins.ocpp16.firmware_management import FirmwareManagement

V = "ocpp1.6"
ID = "CP001"
FIRMWARE, DIAGNOSTICS = "FirmwareStatusNotification", "DiagnosticsStatusNotification"
TOKEN = "0123456789abcdef" * 2 + "01234567"


class FakeFiles:
    """Gives URLs; `done` tells who waits for the last one."""

    available = True

    def __init__(self):
        self.asked = []
        self._waiting = []

    def offer(self, name, *, identity, hours=24, on_done=None):
        if name != "v2.bin":
            raise FileNotFoundError(name)
        self.asked.append(("offer", name, identity, hours))
        self._waiting.append(on_done)
        return f"http://files.example/{TOKEN}/{name}"

    def expect(self, *, identity, purpose, hours=24, on_done=None):
        self.asked.append(("expect", purpose, identity, hours))
        self._waiting.append(on_done)
        return f"http://files.example/{TOKEN}"

    def done(self, **more):
        values = {
            "identity": ID,
            "purpose": "firmware",
            "name": "v2.bin",
            "bytes": 5,
            "ok": True,
            "path": None,
            "at": 7.0,
        }
        self._waiting[-1](Transfer(**{**values, **more}))


@asynccontextmanager
async def started(files=True):
    h = harness(FirmwareManagement)
    if files:
        h.contexts.files = FakeFiles()
    await h.ready()
    await h.plugins.start(None)
    try:
        yield h
    finally:
        await h.stop()


async def say(h, action, *statuses, every=1.0):
    """The station says so, every so many seconds."""
    for status in statuses:
        h.clock.advance(every)
        assert (await h.call(V, action, {"status": status})).payload == {}


async def ask(h, action, payload, reply=None):
    """Somebody sends the station a request, past the plugin's operations."""
    await h.reply(V, action, payload, Reply.result({}) if reply is None else reply, direction=Direction.TO_STATION)


async def life(h, kind="firmware"):
    return (await h.operate(V, "firmware-status"))[kind]


def count(h, name, **labels):
    registry = h.contexts.registry
    return registry.get_sample_value(f"switchboard_plugin_ocpp16_firmware_management_{name}_total", labels) or 0.0
