"""Where a database is: its URL, its file that nobody else may read, and the lock that keeps a second broker out."""

import fcntl
import os
from pathlib import Path

from broker.store.errors import StoreError

_SQLITE = "sqlite://"


def path_of(url: str) -> Path | None:
    """The file that a URL names; None for a database in memory."""
    if not url.startswith(_SQLITE):
        scheme = url.partition("://")[0]
        raise StoreError(f"store: {scheme}:// is not supported by this version; use sqlite:///FILE")
    place = url[len(_SQLITE) :]
    if place in ("", "/", "/:memory:"):
        return None
    if not place.startswith("/"):
        raise StoreError(
            "store: a file is named after three slashes: sqlite:///switchboard.db, or four: sqlite:////var/lib/..."
        )
    return Path(place[1:])


def make_private(path: Path) -> None:
    """Have the file there, readable by its owner only (field-notes F-07); SQLite gives its -wal the same mode."""
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            if os.fstat(descriptor).st_mode & 0o077:
                os.fchmod(descriptor, 0o600)
        finally:
            os.close(descriptor)
    except OSError as error:
        raise StoreError(f"store: {path}: {error.strerror}") from None


class Lock:
    """One broker a database. The kernel releases it with the process, however that ends."""

    def __init__(self, database: Path) -> None:
        self._path = database.with_name(database.name + ".lock")
        self._descriptor = -1

    def take(self) -> None:
        try:
            self._descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise StoreError(f"store: {self._path}: {error.strerror}") from None
        try:
            # Not lockf: POSIX locks go with the first descriptor of the file that the process closes.
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            holder = os.pread(self._descriptor, 20, 0).decode("ascii", "replace").strip()
            self.release()
            raise StoreError(
                f"store: {self._path}: held by another broker{f' (process {holder})' if holder else ''};"
                " each needs a database of its own"
            ) from None
        os.ftruncate(self._descriptor, 0)
        os.pwrite(self._descriptor, str(os.getpid()).encode(), 0)

    def release(self) -> None:
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1
