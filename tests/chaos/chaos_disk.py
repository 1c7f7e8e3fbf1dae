"""Disks that refuse: a small tmpfs of our own, a limit on the size of files, fsync that fails. Nothing else is touched.

The tmpfs is mounted in a mount namespace of its own, as root or in a user namespace, so that it needs no rights, is
seen by nobody else, and is gone with the process that holds it.
"""

import asyncio
import errno
import os
import resource
import shutil
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing, suppress
from pathlib import Path

_HOLD = 'mount -t tmpfs -o "size=$2,mode=0700" chaos "$1" && echo mounted && exec cat'
_STRACE = ("-e", "trace=fsync,fdatasync", "-e", "inject=fsync,fdatasync:error=EIO")

_PROBE = """
import os, sys, time
print(flush=True)
sys.stdin.readline()
time.sleep(0.5)  # strace attaches meanwhile
os.fsync(os.open(sys.argv[1], os.O_CREAT | os.O_WRONLY))
"""


class Unavailable(Exception):
    """This machine does not let us; the text says why."""


class SmallDisk:
    """A tmpfs of `size` bytes at `folder`, for processes started with `prefix`; `path` leads there from here."""

    def __init__(self, folder, size):
        user = [] if os.geteuid() == 0 else ["--user", "--map-root-user"]
        if shutil.which("unshare") is None or shutil.which("nsenter") is None:
            raise Unavailable("unshare or nsenter is not installed")
        folder.mkdir(mode=0o700, exist_ok=True)
        self._holder = subprocess.Popen(
            ["unshare", *user, "--mount", "sh", "-c", _HOLD, "sh", str(folder), str(size)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip
        if self._holder.stdout.readline() != b"mounted\n":
            raise Unavailable(self._holder.communicate()[1].decode().strip() or "no mount namespace")
        enter = ["--user", "--preserve-credentials"] if user else []
        self.prefix = ["nsenter", "--target", str(self._holder.pid), *enter, "--mount"]
        self.path = Path(f"/proc/{self._holder.pid}/root") / folder.resolve().relative_to("/")
        self._ballast = self.path / "ballast"

    def fill(self, spare=0):
        """Until at most `spare` bytes are left."""
        with self._ballast.open("ab", buffering=0) as ballast, suppress(OSError):
            while (free := self.free_bytes()) > spare:
                ballast.write(bytes(min(free - spare, 1 << 20)))

    def free_bytes(self):
        """What is left for others."""
        found = os.statvfs(self.path)
        return found.f_bavail * found.f_frsize

    def release(self):
        """Room again."""
        self._ballast.unlink(missing_ok=True)

    def close(self):
        self._holder.communicate()


def shorten(database):
    """Bring the write-ahead log of a database that nobody has open into it, so that the next write needs new room."""
    if database.exists():
        with closing(sqlite3.connect(database)) as connection, suppress(sqlite3.Error):
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


class FileLimit:
    """RLIMIT_FSIZE of a running process: every write behind the first bytes of a file fails with EFBIG."""

    def __init__(self, pid, size=1024):
        self._pid = pid
        self._before = resource.prlimit(pid, resource.RLIMIT_FSIZE)
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (size, self._before[1]))

    def lift(self):
        with suppress(ProcessLookupError):
            resource.prlimit(self._pid, resource.RLIMIT_FSIZE, self._before)


class FailingFsync:
    """strace attached to a running process: each fsync and fdatasync of it fails with EIO."""

    def __init__(self, pid, output):
        self._output = output
        self._strace = subprocess.Popen(
            ["strace", "-f", "-p", str(pid), *_STRACE, "-o", str(output)],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip

    async def lift(self):
        """Detach; gives how many calls were made to fail."""
        self._strace.send_signal(signal.SIGTERM)
        await asyncio.to_thread(self._strace.wait)
        return self._output.read_text(errors="replace").count("(INJECTED)") if self._output.exists() else 0


async def fsync_can_fail(folder):
    """Whether strace is there and may attach to a process of ours; raises Unavailable with the reason."""
    if shutil.which("strace") is None:
        raise Unavailable("strace is not installed")
    process = subprocess.Popen(
        [sys.executable, "-c", _PROBE, str(folder / "probe")],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    await asyncio.to_thread(process.stdout.readline)
    failing = FailingFsync(process.pid, folder / "probe.strace")
    _, said = await asyncio.to_thread(process.communicate, "\n")
    await failing.lift()
    if os.strerror(errno.EIO) not in said:
        raise Unavailable("strace may not attach to a process of ours")
