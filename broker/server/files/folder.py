"""The folder of the uploads: files under names of our own, the broker's alone, of limited size together.

What comes is written to `<id>.part` and gets its name when it is complete, so that a crash leaves nothing that looks
like a file. Only names of this form are ever touched: the folder may hold other things.
"""

import os
import re
import secrets
from pathlib import Path

from broker.server.files.refused import Refused

_ID = re.compile(r"[0-9a-f]{12}-[0-9a-f]{16}")
_UNFINISHED = ".part"
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC  # O_EXCL follows no link either
_OLD = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


def new_id(now: float) -> str:
    """An id that sorts by time and cannot be guessed."""
    return f"{int(now * 1000):012x}-{secrets.token_hex(8)}"


def is_id(text: str) -> bool:
    """Whether this can be the id of an upload, and so the name of its file."""
    return _ID.fullmatch(text) is not None


class Folder:
    """The uploads of one folder, and their sizes. What touches the disk blocks; the rest is for the event loop."""

    def __init__(self, path: Path, *, max_file: int, max_total: int) -> None:
        self.path = path
        self.max_file = max_file
        self.max_total = max_total
        self.used = 0
        """Bytes of all uploads, those that are coming included."""
        self._sizes: dict[str, int] = {}

    def open(self) -> None:
        """Make the folder, take away what a crash left unfinished, and look what is there. Blocking; OSError."""
        self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._sizes = {}
        with os.scandir(self.path) as entries:
            for entry in list(entries):
                if entry.is_symlink() or not entry.is_file():
                    continue
                if is_id(entry.name):
                    self._sizes[entry.name] = entry.stat().st_size
                elif entry.name.endswith(_UNFINISHED) and is_id(entry.name.removesuffix(_UNFINISHED)):
                    os.unlink(entry.path)
        self.used = sum(self._sizes.values())

    def __contains__(self, upload: object) -> bool:
        return upload in self._sizes

    def ids(self) -> list[str]:
        """Every upload that is complete, in the order in which they came."""
        return sorted(self._sizes)

    def fits(self, count: int, *, of: int) -> None:
        """Raise Refused when `count` more bytes of a file make it larger than a file may be, `of` being its size with
        them, or find no room."""
        if of > self.max_file:
            raise Refused(413, "too_large", f"more than {self.max_file} bytes")
        if self.used + count > self.max_total:
            raise Refused(507, "no_space", "no room for this file")

    def place_of(self, upload: str) -> Path:
        """Where the upload with this id is."""
        return self.path / upload

    def descriptor(self, upload: str) -> int:
        """The upload, open for reading. Blocking; OSError."""
        return os.open(self.place_of(upload), _OLD)

    def written_at(self, upload: str) -> float:
        """When it was written, in Unix seconds. Blocking; OSError."""
        return self.place_of(upload).lstat().st_mtime

    def gone(self) -> list[str]:
        """The uploads whose files somebody else has taken away. Blocking; OSError."""
        return [upload for upload in self.ids() if not os.path.lexists(self.place_of(upload))]

    def delete(self, upload: str) -> None:
        """Take the file away. Blocking; OSError."""
        self.place_of(upload).unlink(missing_ok=True)

    def add(self, upload: str, size: int) -> None:
        """An upload is complete; its bytes have been counted while they came."""
        self._sizes[upload] = size

    def forget(self, upload: str) -> None:
        """An upload has been deleted."""
        self.used -= self._sizes.pop(upload, 0)


class Part:
    """One upload while it comes. `write`, `keep` and `discard` block, one call at a time; OSError."""

    def __init__(self, folder: Folder, upload: str) -> None:
        self.id = upload
        self.size = 0
        self._folder = folder
        self._place = folder.path / f"{upload}{_UNFINISHED}"
        self._descriptor = -1

    @property
    def path(self) -> Path:
        """Where it is once it is kept."""
        return self._folder.place_of(self.id)

    def take(self, count: int) -> None:
        """Count what has come, before it is written; raises Refused when that is too much. Does not block."""
        self._folder.fits(count, of=self.size + count)
        self.size += count
        self._folder.used += count

    def write(self, data: bytes) -> None:
        """Append to the file."""
        if self._descriptor < 0:
            self._descriptor = os.open(self._place, _NEW, 0o600)
        view = memoryview(data)
        while view:
            view = view[os.write(self._descriptor, view) :]

    def keep(self) -> None:
        """Everything has come: on the disk, under its name."""
        os.fsync(self._descriptor)
        self._close()
        os.rename(self._place, self.path)
        folder = os.open(self._folder.path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    def discard(self) -> None:
        """Nothing of it stays."""
        self._close()
        self._place.unlink(missing_ok=True)
        self.path.unlink(missing_ok=True)

    def given_up(self) -> None:
        """After `discard`: its bytes count no more. Does not block."""
        self._folder.used -= self.size
        self.size = 0

    def kept(self) -> None:
        """After `keep`: it is an upload. Does not block."""
        self._folder.add(self.id, self.size)

    def _close(self) -> None:
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1
