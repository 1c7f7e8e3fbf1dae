"""What the tests of the records have in common."""

import asyncio
from contextlib import asynccontextmanager

from broker.records import Records, Transaction
from broker.store import Store


@asynccontextmanager
async def opened(url, **options):
    """Records over a store of their own."""
    store = Store(url)
    await store.open()
    try:
        records = Records(store, **options)
        await records.load()
        yield records
    finally:
        await store.close()


def transaction(number="5", key="first", **changes):
    values = {
        "identity": "CP1",
        "version": "ocpp1.6",
        "evse": 1,
        "connector": 1,
        "token": "Card",
        "status": "Accepted",
        "answered_by": "local",
        "started_at": 1000.0,
        "meter_start": 100,
        "received_at": 1001.0,
        "updated_at": 1001.0,
        "details": {"idTagInfo": {"status": "Accepted"}},
    }
    return Transaction(transaction_id=number, start_key=key, **(values | changes))


def stop(records, number="5", identity="CP1", **changes):
    values = {
        "version": "ocpp1.6",
        "stopped_at": 2000.0,
        "meter_stop": 900,
        "reason": "Local",
        "token": "Card",
        "received_at": 2001.0,
        "answered_by": "local",
    }
    return records.transactions.stopped(identity, number, **(values | changes))


def meter(records, payload, number="5", identity="CP1", **changes):
    values = {"evse": 1, "connector": 1, "version": "ocpp1.6", "received_at": 1500.0}
    return records.meter_values.add(identity, number, payload=payload, **(values | changes))


def reading(value, timestamp="2026-01-01T00:00:00Z"):
    text = f'{{"meterValue":[{{"timestamp":"{timestamp}","sampledValue":[{{"value":"{value}"}}]}}]}}'
    return text.encode()


def readings(rows):
    """The numbers of meter values, in their order."""
    return [one["value"] for row in rows for value in row.values for one in value["sampledValue"]]


async def until(condition, *, turns=2000):
    """Wait until `condition()`, which something else is about to make true."""
    for _ in range(turns):
        if condition():
            return
        await asyncio.sleep(0.005)
    raise AssertionError("it never came true")
