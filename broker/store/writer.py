"""The one thread that writes. Whatever is queued when it begins a commit is in that commit: one fsync for all of it."""

import asyncio
import sqlite3
import threading
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from queue import Empty, SimpleQueue

from broker.store import ops
from broker.store.database import Database, Opened
from broker.store.errors import StoreError, described, of_damage, of_the_medium
from broker.store.ops import Op
from broker.store.plan import execute, plan

Item = tuple[Sequence[Op], asyncio.Future[None] | None]
"""One atomic group, and who waits for it; nobody does for what was given to `later`."""

_RESUME: Item = ((), None)

_PROBE_SECONDS = 1.0
_PROBE_BYTES = 64 * 1024
"""A store that is back must have room for more than one message, or it comes and goes."""
_CHECKPOINT_COMMITS = 256
_CHECKPOINT_OPS = 4096


class Writer:
    """Takes groups from the event loop and reports back to it, with one `call_soon_threadsafe` a commit.

    `settled(items, why, lost)`: they are committed, or `why` not; `lost` where the medium is at fault, not they.
    `turned(failed, distrust)`: nothing can be written from here on, and why; empty when it can be again, once `resume`
    is called. `distrust`: no connection that was open then is to be used again.
    """

    def __init__(
        self,
        database: Database,
        opened: Opened,
        settled: Callable[[list[Item], str, bool], None],
        turned: Callable[[str, bool], None],
    ) -> None:
        self.commits = 0
        self._database = database
        self._connection: sqlite3.Connection | None = opened.connection
        self._settled, self._turned = settled, turned
        self._loop = asyncio.get_running_loop()
        self._ended: asyncio.Future[None] = self._loop.create_future()
        self._statements = opened.writes
        self._queue: deque[Item] = deque()
        self._wake: SimpleQueue[None] = SimpleQueue()
        self._asleep = False
        self._stopping = False
        self._failure = ""
        self._unchecked = False
        self._barred = False
        self._commits_since, self._ops_since = 0, 0
        threading.Thread(target=self._run, name="store-writer", daemon=True).start()

    # --- on the event loop ------------------------------------------------------------------------------------------

    def put(self, item: Item) -> None:
        """Have it in the next commit. Never blocks."""
        self._queue.append(item)
        if self._asleep:
            self._asleep = False
            self._wake.put(None)

    def resume(self) -> None:
        """What is put from here on was put by one who knows of the failure and has ordered its changes anew."""
        self.put(_RESUME)

    async def stop(self) -> None:
        """Write what is queued, and end."""
        self._stopping = True
        self._wake.put(None)
        await self._ended

    # --- in the thread ----------------------------------------------------------------------------------------------

    def _run(self) -> None:
        with suppress(RuntimeError):  # the loop was closed, and with it everybody who waits
            while not self._stopping or self._queue:
                self._sleep()
                if self._connection is None:
                    self._recover()
                if group := self._taken():
                    self._write(group)
                    self._checkpoint()
            if self._connection is not None:
                self._database.close(self._connection)
            self._loop.call_soon_threadsafe(self._ended.set_result, None)

    def _sleep(self) -> None:
        self._asleep = True
        # What is queued from here on sees that we are asleep, and wakes us; what was queued before, we see.
        if not self._queue and not self._stopping:
            with suppress(Empty):
                self._wake.get(timeout=None if self._connection is not None else _PROBE_SECONDS)
        self._asleep = False

    def _taken(self) -> list[Item]:
        """All that is queued; what was put before `resume` goes back, or it would overtake what failed before it."""
        queue, group = self._queue, []
        while queue:
            item = queue.popleft()
            if item is not _RESUME:
                group.append(item)
            elif self._barred and self._connection is not None:
                self._tell(group, self._failure, lost=True)
                group, self._barred = [], False
        if self._barred:
            self._tell(group, self._failure, lost=True)
            return []
        return group

    def _write(self, group: list[Item]) -> None:
        connection = self._connection
        if connection is None:  # lost on the way, by another one of the same group
            self._tell(group, self._failure, lost=True)
            return
        try:
            self._commit(connection, group)
        except Exception as error:  # noqa: BLE001 - whatever it is, nobody may wait for ever
            lost = self._undo(connection, error)
            self._after_error(group, error, lost=lost)
        else:
            self._tell(group)

    def _after_error(self, group: list[Item], error: BaseException, *, lost: bool) -> None:
        if lost:
            self._tell(group, self._failure, lost=True)
        elif len(group) == 1 and (group[0][1] is not None or len(group[0][0]) == 1):
            self._tell(group, described(error))
        else:  # one of them cannot be written, whatever the disk: it must not take the others with it
            for item in group if len(group) > 1 else [((op,), None) for op in group[0][0]]:
                self._write([item])

    def _commit(self, connection: sqlite3.Connection, group: Iterable[Item]) -> None:
        todo = [op for item in group for op in item[0]]
        if not todo:
            return
        with self._database.guard:
            connection.execute("BEGIN IMMEDIATE")
            for run in plan(todo):
                execute(connection, self._statements, run)
            connection.execute("COMMIT")
        self.commits += 1
        self._commits_since += 1
        self._ops_since += len(todo)

    def _undo(self, connection: sqlite3.Connection, error: BaseException) -> bool:
        """Roll back. After an error of the medium, True, and that connection is never used again (field-notes P-4)."""
        self._roll_back(connection)
        if not of_the_medium(error) and not connection.in_transaction:
            return False
        self._failure = self._named(error)
        self._unchecked = self._unchecked or of_damage(error)
        self._database.close(connection)
        self._connection, self._barred = None, True
        self._loop.call_soon_threadsafe(self._turned, self._failure, self._unchecked)
        return True

    def _roll_back(self, connection: sqlite3.Connection) -> None:
        with suppress(sqlite3.Error), self._database.guard:
            if connection.in_transaction:
                connection.execute("ROLLBACK")

    def _named(self, error: BaseException) -> str:
        return f"{self._database.name}: {described(error)}"

    def _recover(self) -> None:
        """Try a fresh connection, which lets SQLite recover from its log, with a commit of some size."""
        connection = None
        try:
            connection = self._database.connect(check=self._unchecked)
            self._commit(connection, [((ops.put_probe(bytes(_PROBE_BYTES)),), None)])
            self._commit(connection, [((ops.drop_probe(),), None)])
        except Exception as error:  # noqa: BLE001 - tried again in a second
            self._failure = str(error) if isinstance(error, StoreError) else self._named(error)
            if connection is not None:
                self._roll_back(connection)
                self._database.close(connection)
            return
        self._connection, self._unchecked = connection, False
        self._loop.call_soon_threadsafe(self._turned, "", False)

    def _checkpoint(self) -> None:
        """Move the log into the database now and then, when nobody waits for the commit any more."""
        due = self._commits_since >= _CHECKPOINT_COMMITS or self._ops_since >= _CHECKPOINT_OPS
        if not due or self._connection is None:
            return
        self._commits_since, self._ops_since = 0, 0
        try:
            with self._database.guard:
                self._connection.execute("PRAGMA wal_checkpoint(PASSIVE)")
        except sqlite3.Error as error:
            self._undo(self._connection, error)

    def _tell(self, group: list[Item], why: str = "", *, lost: bool = False) -> None:
        if group:
            self._loop.call_soon_threadsafe(self._settled, group, why, lost)
