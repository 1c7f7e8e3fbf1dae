"""A started display plugin of 2.x."""

import asyncio
from contextlib import asynccontextmanager

from broker.api import Direction, Reply
from broker.testing import Harness
from plugins.ocpp201.display.plugin import Display

V = "ocpp2.0.1"
V21 = "ocpp2.1"
ID = "CP001"
AT = "2026-01-01T00:00:00Z"
ACCEPTED = Reply.result({"status": "Accepted"})


@asynccontextmanager
async def started(*more):
    h = Harness((Display, {}), *((plugin, {}) for plugin in more))
    await h.ready()
    await h.plugins.start(None)
    try:
        yield h
    finally:
        await h.stop()


def message(number, **more):
    return {"id": number, "priority": "NormalCycle", "message": {"format": "UTF8", "content": "hi"}, **more}


async def ask(h, action, payload, reply=ACCEPTED, version=V):
    """Somebody sends the station a request, past the plugin's operations."""
    await h.forward(version, action, payload, direction=Direction.TO_STATION)
    await h.reply(version, action, payload, reply, direction=Direction.TO_STATION)


async def show(h, *messages, version=V):
    """They are set, and the station accepts."""
    for one in messages:
        await ask(h, "SetDisplayMessage", {"message": one}, version=version)


async def tell(h, request, *messages, version=V, **more):
    """The station reports."""
    payload = {"requestId": request, **more} | ({"messageInfo": [*messages]} if messages else {})
    assert (await h.call(version, "NotifyDisplayMessages", payload)).payload == {}


async def numbers(h, version=V):
    """The messages that the station is known to show."""
    known = await h.operate(version, "display-messages")
    return [one["messageInfo"]["id"] for one in known["messages"]]


def reports(h, *parts, version=V):
    """A reply that is followed by these parts, as a function of the call."""
    tasks = set()

    async def send(number):
        for part in parts:
            await tell(h, number, *part["messageInfo"], version=version, tbc=part.get("tbc", False))

    def answer(payload):
        task = asyncio.get_running_loop().create_task(send(payload["requestId"]))
        tasks.add(task)
        task.add_done_callback(tasks.discard)
        return ACCEPTED

    return answer
