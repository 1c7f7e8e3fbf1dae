"""A SQLite database: how it is opened, checked, brought to today's tables, and connected to."""

import sqlite3
import threading
from contextlib import AbstractContextManager, nullcontext, suppress
from pathlib import Path
from typing import NamedTuple

from broker.store.errors import StoreError, described, of_damage
from broker.store.migrate import bring_up
from broker.store.place import Lock, make_private, path_of
from broker.store.plan import Statements
from broker.store.queries import first_free

_BUSY_SECONDS = 5.0
_PRAGMAS = (
    "PRAGMA synchronous=FULL",  # in WAL: a commit is on the disk when it returns, not only in the kernel
    "PRAGMA wal_autocheckpoint=0",  # the writer does it, after those who wait for the commit have been told
    "PRAGMA secure_delete=FAST",  # what has been delivered does not stay readable in the file
    "PRAGMA cell_size_check=ON",
    "PRAGMA trusted_schema=OFF",
)


class Opened(NamedTuple):
    """An open database: the connection to write with, the SQL of each op, the lowest number that is free."""

    connection: sqlite3.Connection
    writes: Statements
    first_id: int


class Database:
    """One database. Connections are used by one thread at a time, each under `guard`."""

    def __init__(self, url: str) -> None:
        self.path: Path | None = path_of(url)
        self.guard: AbstractContextManager[object] = nullcontext() if self.path else threading.Lock()
        """Held while a connection is used. In memory all threads have one connection: a second would see nothing."""
        self._lock = Lock(self.path) if self.path else None
        self._shared: sqlite3.Connection | None = None

    @property
    def name(self) -> str:
        return str(self.path) if self.path else "memory"

    def open(self) -> Opened:
        """Lock it, create or check it, bring its tables to today's. `StoreError` where that cannot be."""
        if self._lock is None:
            self._shared = self._connect(":memory:")
        else:
            self._lock.take()
        try:
            return self._prepared()
        except StoreError:
            self.release()
            raise
        except (sqlite3.Error, OSError) as error:
            self.release()
            raise StoreError(self._advice(error)) from error

    def _prepared(self) -> Opened:
        if self.path is not None:
            make_private(self.path)
        connection = self.connect(check=True)
        try:
            bring_up(connection, self.name)
            from broker.store.csms_statements import writes  # SQLAlchemy: a fifth of a second

            return Opened(connection, writes(), first_free(connection))
        except BaseException:
            self.close(connection)
            raise

    def connect(self, *, check: bool = False) -> sqlite3.Connection:
        """A connection; with `check`, only to a database whose pages are sound."""
        if self._shared is not None:
            return self._shared
        connection = self._connect(str(self.path))
        try:
            for pragma in _PRAGMAS:
                connection.execute(pragma)
            if (mode := connection.execute("PRAGMA journal_mode=WAL").fetchone()[0]) != "wal":
                raise StoreError(f"store: {self.path}: no write-ahead log here (journal mode {mode}); use a local disk")
            if check and (found := connection.execute("PRAGMA quick_check(1)").fetchone()[0]) != "ok":
                raise StoreError(self._damaged(str(found)))
        except BaseException:
            connection.close()
            raise
        return connection

    @staticmethod
    def _connect(place: str) -> sqlite3.Connection:
        # isolation_level=None: transactions begin where we say, not where the module guesses.
        return sqlite3.connect(
            place, timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False, cached_statements=256
        )

    def close(self, connection: sqlite3.Connection) -> None:
        """Close a connection, unless it is the database itself."""
        if connection is not self._shared:
            with suppress(sqlite3.Error):
                connection.close()

    def release(self) -> None:
        """Nothing is connected any more: let others have it."""
        if self._shared is not None:
            self._shared.close()
            self._shared = None
        if self._lock is not None:
            self._lock.release()

    def _advice(self, error: Exception) -> str:
        if of_damage(error):
            return self._damaged(described(error))
        return f"store: {self.name}: {described(error)}"

    def _damaged(self, what: str) -> str:
        return (
            f"store: {self.name}: damaged ({what}). Nothing was changed. Copy it and its -wal file elsewhere; then"
            f" restore a backup, or recover what can be read with `sqlite3 {self.name} .recover`, or move both files"
            " away to begin with an empty store: what waited in its outboxes is then not delivered."
        )
