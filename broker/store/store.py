"""The store, as the event loop sees it."""

import asyncio
import sqlite3
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import TypeVar

import structlog

from broker.store import ops
from broker.store.database import Database
from broker.store.errors import StoreFailed
from broker.store.later import Later
from broker.store.numbers import Numbers
from broker.store.ops import Op
from broker.store.reader import Reader
from broker.store.reads import Reads
from broker.store.writer import Item, Writer

T = TypeVar("T")

_LATER_SECONDS = 0.2
_NOT_OPEN = "the store is not open"

_log = structlog.get_logger("broker.store")


class Store(Reads):
    """What must outlive the process. To be used on the event loop that opened it, and on no other."""

    def __init__(self, url: str) -> None:
        """`sqlite:///FILE`, or `sqlite://` for one in memory; `StoreError` for anything else."""
        self.failed = _NOT_OPEN
        """What is wrong; empty while changes can be committed."""
        self.watchers: list[Callable[[str], None]] = []
        """Called on the loop with `failed` when it changes."""
        self._database = Database(url)
        self._later = Later()
        self._timer: asyncio.TimerHandle | None = None
        self._loop: asyncio.AbstractEventLoop
        self._numbers: Numbers
        self._reader: Reader
        self._writer: Writer

    # --- its life ---------------------------------------------------------------------------------------------------

    async def open(self) -> None:
        """Open or create the database; `StoreError` says what the operator can do."""
        self._loop = asyncio.get_running_loop()
        # In a thread: SQLAlchemy is imported there, and a large database takes its time to be checked.
        opened = await asyncio.to_thread(self._database.open)
        self._reader = Reader(self._database)
        self._writer = Writer(self._database, opened, self._settled, self._turned)
        self._numbers = Numbers(opened.first_id, lambda until: self.later([ops.reserve_ids(until)]))
        self.failed = ""

    async def close(self) -> None:
        """Write what was given to `later`, and let go of the database."""
        if self.failed == _NOT_OPEN:
            return
        self._later.add(ops.reserve_ids(self._numbers.next))
        if self.failed:
            self._writer.resume()  # one more attempt
        self.failed = _NOT_OPEN
        self._push_later()
        await self._reader.stop()
        await self._writer.stop()
        self._database.release()
        if self._later.waiting:
            _log.error("closed with changes that could not be written", changes=self._later.waiting)

    # --- writing ----------------------------------------------------------------------------------------------------

    def new_id(self) -> int:
        """A number that was never given out before, in this process or another, and higher than all that were."""
        return self._numbers.take()

    def write(self, changes: Sequence[Op]) -> asyncio.Future[None]:
        """Commit these, all or none; resolved when they are on the disk, `StoreFailed` when they are not.

        What was given to `later` before is committed before, so the last word on a row is the last that was said.
        """
        if self.failed:
            future = asyncio.get_running_loop().create_future()
            _refuse(future, self.failed)
            return future
        if self._later.waiting:
            self._push_later()
        future = self._loop.create_future()
        self._writer.put((changes, future))
        return future

    def later(self, changes: Sequence[Op]) -> None:
        """Commit these with the next commit, at most 0.2 s from now; kept while the store has failed."""
        for op in changes:
            self._later.add(op)
        if self._timer is None and not self.failed:
            self._timer = self._loop.call_later(_LATER_SECONDS, self._push_later)

    @property
    def commits(self) -> int:
        """How many commits were made since it was opened."""
        return self._writer.commits

    @property
    def dropped(self) -> int:
        """How many changes that nobody waited for were given up: too many had to be kept, or one cannot be written."""
        return self._later.dropped

    def _push_later(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if changes := self._later.take():
            self._writer.put((changes, None))

    # --- what the writer reports ------------------------------------------------------------------------------------

    def _settled(self, items: list[Item], why: str, lost: bool) -> None:
        for changes, future in items:
            if future is None:
                self._later.settled(changes, why, lost=lost)
            elif future.done():
                pass  # cancelled: committed all the same
            elif why:
                _refuse(future, why)
            else:
                future.set_result(None)

    def _turned(self, failed: str, distrust: bool) -> None:
        """The writer has failed, or is back."""
        if self.failed == _NOT_OPEN:
            return
        self.failed = failed
        if distrust:
            self._reader.reconnect()
        if failed:
            _log.error("the store has failed, nothing can be committed", reason=failed)
        else:
            self._writer.resume()
            self._push_later()
            _log.warning("the store is back")
        for watcher in tuple(self.watchers):
            try:
                watcher(failed)
            except Exception:  # noqa: BLE001 - the others have to know too
                _log.exception("a watcher of the store failed")

    # --- reading ----------------------------------------------------------------------------------------------------

    async def _read(self, work: Callable[[sqlite3.Connection], T]) -> T:
        if self.failed == _NOT_OPEN:
            raise StoreFailed(_NOT_OPEN)
        if self._later.unsettled and not self.failed:
            with suppress(StoreFailed):
                await self.write(())
        return await self._reader.run(work)


def _refuse(future: asyncio.Future[None], why: str) -> None:
    """Fail it; whoever does not look is not blamed for an exception that was never retrieved."""
    future.set_exception(StoreFailed(why))
    future.exception()
