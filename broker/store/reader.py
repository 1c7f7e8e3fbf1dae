"""The thread that reads, so that a long read, of all dead letters say, never delays a commit."""

import asyncio
import sqlite3
import threading
from collections.abc import Callable
from contextlib import suppress
from queue import SimpleQueue
from typing import Any, TypeVar

from broker.store.database import Database
from broker.store.errors import StoreError, StoreFailed, described, of_the_medium, primary_code

T = TypeVar("T")
Work = Callable[[sqlite3.Connection], T]


class Reader:
    """Runs reads one after the other on a connection of its own, each in one read transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._loop = asyncio.get_running_loop()
        self._queue: SimpleQueue[tuple[Work[Any], asyncio.Future[Any]] | None] = SimpleQueue()
        self._stale = False
        self._ended: asyncio.Future[None] = self._loop.create_future()
        self._connection: sqlite3.Connection | None = None
        threading.Thread(target=self._run, name="store-reader", daemon=True).start()

    def run(self, work: Work[T]) -> asyncio.Future[T]:
        """What `work` returns, called in the thread; StoreFailed where the database cannot be read."""
        future: asyncio.Future[T] = self._loop.create_future()
        self._queue.put((work, future))
        return future

    def reconnect(self) -> None:
        """Read with a fresh connection from here on: the writer does not trust its own any more."""
        self._stale = True

    async def stop(self) -> None:
        self._queue.put(None)
        await self._ended

    def _run(self) -> None:
        with suppress(RuntimeError):  # the loop was closed, and with it everybody who waits
            while (job := self._queue.get()) is not None:
                work, future = job
                try:
                    result = self._read(work)
                except (sqlite3.Error, StoreError) as error:
                    if of_the_medium(error):
                        self._close()
                    self._loop.call_soon_threadsafe(_fail, future, f"{self._database.name}: {described(error)}")
                except Exception as error:  # noqa: BLE001 - whoever asked gets it
                    self._loop.call_soon_threadsafe(_raise, future, error)
                else:
                    self._loop.call_soon_threadsafe(_succeed, future, result)
            self._close()
            self._loop.call_soon_threadsafe(self._ended.set_result, None)

    def _read(self, work: Work[T]) -> T:
        if self._stale:
            self._stale = False
            self._close()
        with self._database.guard:
            connection = self._connection
            if connection is None:
                connection = self._connection = self._database.connect()
            connection.execute("BEGIN")
            try:
                return work(connection)
            except sqlite3.OperationalError as error:
                if primary_code(error):
                    raise
                connection.text_factory = _lenient  # the module's own complaint: a damaged text
                return work(connection)
            finally:
                connection.execute("END")

    def _close(self) -> None:
        if self._connection is not None:
            self._database.close(self._connection)
            self._connection = None


def _lenient(text: bytes) -> str:
    """What no checksum can agree with, so that the row is found to be damaged and the others are read."""
    return text.decode("utf-8", "surrogateescape")


def _succeed(future: asyncio.Future[Any], result: object) -> None:
    if not future.done():
        future.set_result(result)


def _raise(future: asyncio.Future[Any], error: Exception) -> None:
    if not future.done():
        future.set_exception(error)


def _fail(future: asyncio.Future[Any], why: str) -> None:
    _raise(future, StoreFailed(why))
