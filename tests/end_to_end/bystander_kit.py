"""A broker with a bystander: a second station, whose session must not notice what is done to the first one."""

import asyncio
from contextlib import asynccontextmanager, suppress

import structlog
from e2e_kit import document, running, url_of
from raw_kit import beat, dialled


@asynccontextmanager
async def house(folder, upstream=None, *, call_timeout=30, route=None, **more):
    """A broker with a bystander: a station that beats all the time, whose session must not notice anything.

    With an `upstream` that one answers the stations BAD..., on the terms of `route`.
    """
    settings = document(**more)
    if upstream is not None:
        options = {"reconnect": {"initial": 0.05, "maximum": 0.1}, "call_timeout": call_timeout}
        settings |= {"upstreams": upstream.upstream(**options)}
        bad = {"match": {"identity": "BAD*"}, "primary": "main", **(route or {})}
        settings["routes"] = [bad, *settings["routes"]]
    with structlog.testing.capture_logs() as logs:
        async with running(folder, settings) as broker, dialled(url_of(broker, "BYSTANDER")) as ws:
            session = broker.sessions.get("BYSTANDER")
            beating = asyncio.create_task(keep_beating(ws))
            broker.logs = logs
            yield broker
            assert not beating.done(), beating.exception()
            assert broker.sessions.get("BYSTANDER") is session
            beating.cancel()
            with suppress(asyncio.CancelledError):
                await beating
    assert [line for line in logs if line["log_level"] in ("error", "critical") or "exc_info" in line] == []


async def keep_beating(ws):
    number = 0
    while True:
        await beat(ws, f"bystander-{number}")
        number += 1
        await asyncio.sleep(0.01)
