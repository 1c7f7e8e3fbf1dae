"""What the store's tests have in common."""

import asyncio
import sqlite3
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


def message(number, identity="CP1", upstream="main", **changes):
    values = {
        "version": "ocpp1.6",
        "action": "MeterValues",
        "key": f"meter {number}",
        "ref": 7,
        "kind": "meter",
        "payload": b'{"connectorId":1}',
        "received_at": 1000.5,
    }
    return OutboxRow(id=number, identity=identity, upstream=upstream, **(values | changes))


async def until(condition, *, turns=2000):
    """Wait until `condition()`, which something else is about to make true."""
    for _ in range(turns):
        if condition():
            return
        await asyncio.sleep(0.005)
    raise AssertionError("it never came true")


class Disk:
    """Gives out real connections, on which statements fail as they do on a broken disk."""

    def __init__(self):
        self.error = 0
        self.statement = "COMMIT"
        self.connections = []

    def breaks(self, error, statement="COMMIT"):
        self.error, self.statement = error, statement

    def connect(self, place):
        connection = sqlite3.connect(
            place, timeout=0.05, isolation_level=None, check_same_thread=False, factory=_Connection
        )
        connection.disk = self
        self.connections.append(connection)
        return connection


class _Connection(sqlite3.Connection):
    disk = None
    closed = False

    def execute(self, sql, *parameters):
        if self.disk is not None and self.disk.error and sql.startswith(self.disk.statement) and self.in_transaction:
            error = sqlite3.OperationalError("disk I/O error")
            error.sqlite_errorcode, error.sqlite_errorname = self.disk.error, "SQLITE_IOERR_FSYNC"
            raise error
        return super().execute(sql, *parameters)

    def close(self):
        self.closed = True
        super().close()
