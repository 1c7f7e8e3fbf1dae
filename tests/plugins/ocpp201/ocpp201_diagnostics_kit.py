"""A started diagnostics plugin of 2.x, with the parts of the station that a test scripts."""

import asyncio
from contextlib import asynccontextmanager

from broker.api import BasePlugin, Direction, Reply
from broker.testing import Harness
from plugins.ocpp201.diagnostics.plugin import Diagnostics
from tests.plugins.shared.plugin_files_kit import FakeEndpoint

V = "ocpp2.0.1"
V21 = "ocpp2.1"
ID = "CP001"
AT = "2026-01-01T00:00:00Z"
EVSE = {"name": "EVSE", "evse": {"id": 1}}
POWER = {"name": "Power"}


class Others(BasePlugin):
    """What other plugins offer: the connectors, the local list."""

    name = "others"

    def __init__(self, config, context):
        super().__init__(config, context)
        self.statuses = []
        self.forgotten = []
        self.failure = None
        self.shared["ocpp201.connectors"] = self.status
        self.shared["ocpp201.local_list"] = self
        Others.latest = self

    def status(self, session, evse, connector, status, at):
        self.statuses.append((session.identity, evse, connector, status, at))

    async def forget(self, session, id_token):
        self.forgotten.append((session.identity, id_token))
        if self.failure is not None:
            raise self.failure


@asynccontextmanager
async def started(*more, files=True, **config):
    h = Harness((Diagnostics, config), *((plugin, {}) for plugin in more))
    if files:
        h.contexts.files = FakeEndpoint()
    await h.ready()
    await h.plugins.start(None)
    try:
        yield h
    finally:
        await h.stop()


async def ask(h, action, payload, reply, version=V):
    """Somebody sends the station a request, past the plugin's operations."""
    await h.forward(version, action, payload, direction=Direction.TO_STATION)
    await h.reply(version, action, payload, reply, direction=Direction.TO_STATION)


def reports(h, action, *parts, version=V, status="Accepted", early=False):
    """A reply that is followed by these parts (or preceded by them), as a function of the call."""
    tasks = set()

    async def send(number):
        for part in parts:
            await h.call(version, action, {"requestId": number, "generatedAt": AT, **part})

    def answer(payload):
        task = asyncio.get_running_loop().create_task(send(payload["requestId"]))
        tasks.add(task)
        task.add_done_callback(tasks.discard)
        return Reply.result({"status": status})

    return answer


def monitored(*monitors, component=EVSE, variable=POWER):
    return {"component": component, "variable": variable, "variableMonitoring": list(monitors)}


def monitor(number, **more):
    return {"id": number, "transaction": False, "value": 5, "type": "Delta", "severity": 8, **more}
