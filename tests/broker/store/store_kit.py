"""What the store's tests have in common."""

import asyncio
from contextlib import asynccontextmanager

from broker.store import OutboxRow, Store


@asynccontextmanager
async def opened(url):
    store = Store(url)
    await store.open()
    try:
        yield store
    finally:
        await store.close()


def message(id, identity="CP1", upstream="main", **changes):
    values = {
        "version": "ocpp1.6",
        "action": "MeterValues",
        "key": f"meter {id}",
        "ref": 7,
        "kind": "meter",
        "payload": b'{"connectorId":1}',
        "received_at": 1000.5,
    }
    return OutboxRow(id=id, identity=identity, upstream=upstream, **(values | changes))


async def until(condition, *, turns=2000):
    """Wait until `condition()`, which something else is about to make true."""
    for _ in range(turns):
        if condition():
            return
        await asyncio.sleep(0.005)
    raise AssertionError("it never came true")
