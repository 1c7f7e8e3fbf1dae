"""What refuses to write, tried on processes and folders of our own."""

import errno
import os
import resource
import sqlite3
import subprocess
import sys
from contextlib import closing, suppress

import pytest
from chaos_disk import FailingFsync, FileLimit, SmallDisk, Unavailable, fsync_can_fail, shorten

_WRITER = "import sys\nfor line in sys.stdin:\n open(line.strip(), 'wb').write(bytes(8192))"


@pytest.fixture
def writer():
    """A process that writes 8 KiB to each file that it is told."""
    with subprocess.Popen(
        [sys.executable, "-c", _WRITER], stdin=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        yield process


async def test_a_small_disk_is_there_and_fills_up_where_it_is_allowed(tmp_path):
    """Namespaces are the machine's to allow; whichever it is, nothing is mounted where others see it."""
    disk = None
    with suppress(Unavailable):
        disk = SmallDisk(tmp_path / "disk", 1 << 20)
    if disk is not None:
        assert disk.free_bytes() == 1 << 20
        disk.fill(8192)
        assert disk.free_bytes() == 8192
        disk.fill()
        with pytest.raises(OSError, match=os.strerror(errno.ENOSPC)):
            (disk.path / "more").write_bytes(bytes(8192))
        disk.release()
        (disk.path / "more").write_bytes(bytes(8192))
        within = [*disk.prefix, sys.executable, "-c", "import os, sys; print(os.listdir(sys.argv[1]))"]
        assert subprocess.check_output([*within, str(tmp_path / "disk")], text=True) == "['more']\n"
        disk.close()
    assert not list((tmp_path / "disk").glob("*"))


def test_a_limit_on_file_size_stops_a_running_process(tmp_path, writer):
    FileLimit(writer.pid)
    _, said = writer.communicate(f"{tmp_path / 'one'}\n")
    assert os.strerror(errno.EFBIG) in said


def test_a_limit_that_is_lifted_stops_nothing(tmp_path, writer):
    FileLimit(writer.pid).lift()
    assert resource.prlimit(writer.pid, resource.RLIMIT_FSIZE) == resource.getrlimit(resource.RLIMIT_FSIZE)
    _, said = writer.communicate(f"{tmp_path / 'one'}\n")
    assert said == ""
    assert (tmp_path / "one").stat().st_size == 8192


def test_a_limit_may_outlive_its_process(writer):
    limit = FileLimit(writer.pid)
    writer.kill()
    writer.wait()
    limit.lift()
    assert writer.returncode


async def test_fsync_fails_where_it_is_allowed(tmp_path, monkeypatch):
    with suppress(Unavailable):
        await fsync_can_fail(tmp_path)
        assert (tmp_path / "probe.strace").read_text().count("(INJECTED)") == 1
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(Unavailable, match="not installed"):
        await fsync_can_fail(tmp_path)


async def test_injected_errors_are_counted(tmp_path):
    failing = FailingFsync.__new__(FailingFsync)
    failing._output = tmp_path / "strace"
    failing._output.write_text("1 fsync(3) = -1 EIO (Input/output error) (INJECTED)\n1 fsync(3) = 0\n")
    failing._strace = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    assert await failing.lift() == 1
    assert failing._strace.returncode


def test_the_log_of_a_database_is_brought_into_it(tmp_path):
    path = tmp_path / "one.db"
    shorten(path)
    assert not path.exists()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("CREATE TABLE one (n)")
        connection.commit()
        before = path.stat().st_size
        shorten(path)
        assert path.stat().st_size > before
        assert (tmp_path / "one.db-wal").stat().st_size == 0
