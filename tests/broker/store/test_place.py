"""Where a database is, and who may have it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from broker.store.errors import StoreError
from broker.store.place import Lock, make_private, path_of


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("sqlite:///switchboard.db", Path("switchboard.db")),
        ("sqlite:///data/a%20b.db", Path("data/a%20b.db")),
        ("sqlite:////var/lib/switchboard.db", Path("/var/lib/switchboard.db")),
        ("sqlite://", None),
        ("sqlite:///", None),
        ("sqlite:///:memory:", None),
    ],
)
def test_a_url_names_a_file_or_memory(url, path):
    assert path_of(url) == path


@pytest.mark.parametrize("url", ["postgresql://db/switchboard", "mysql://x", "switchboard.db", ""])
def test_other_databases_are_not_supported_yet(url):
    with pytest.raises(StoreError, match="not supported by this version"):
        path_of(url)


def test_a_password_in_a_url_is_not_shown():
    with pytest.raises(StoreError) as caught:
        path_of("postgresql://user:secret@db/switchboard")
    assert "secret" not in str(caught.value)


def test_a_file_after_two_slashes_is_a_mistake_that_is_explained():
    with pytest.raises(StoreError, match="three slashes"):
        path_of("sqlite://switchboard.db")


def mode(path):
    return path.stat().st_mode & 0o777


def test_the_file_is_made_and_is_its_owners_only(tmp_path):
    old = os.umask(0)
    try:
        make_private(tmp_path / "new.db")
    finally:
        os.umask(old)
    assert mode(tmp_path / "new.db") == 0o600


def test_a_file_that_others_could_read_becomes_its_owners_only(tmp_path):
    path = tmp_path / "old.db"
    path.write_bytes(b"content")
    path.chmod(0o644)
    make_private(path)
    assert mode(path) == 0o600
    assert path.read_bytes() == b"content"


def test_a_folder_that_is_not_there_is_named(tmp_path):
    with pytest.raises(StoreError, match=r"nowhere/new\.db: No such file"):
        make_private(tmp_path / "nowhere" / "new.db")
    with pytest.raises(StoreError, match=r"new\.db\.lock: No such file"):
        Lock(tmp_path / "nowhere" / "new.db").take()


def test_a_lock_is_for_one(tmp_path):
    first, second = Lock(tmp_path / "a.db"), Lock(tmp_path / "a.db")
    first.take()
    with pytest.raises(StoreError, match=rf"a\.db\.lock: held by another broker \(process {os.getpid()}\)"):
        second.take()
    first.release()
    second.take()
    second.release()
    second.release()


def test_locks_of_different_databases_do_not_meet(tmp_path):
    first, second = Lock(tmp_path / "a.db"), Lock(tmp_path / "b.db")
    first.take()
    second.take()
    first.release()
    second.release()


def test_closing_another_descriptor_of_the_lock_file_does_not_release_it(tmp_path):
    first = Lock(tmp_path / "a.db")
    first.take()
    (tmp_path / "a.db.lock").read_bytes()
    with pytest.raises(StoreError):
        Lock(tmp_path / "a.db").take()
    first.release()


def test_a_process_that_is_killed_leaves_no_lock(tmp_path):
    code = (
        "import sys, time; from pathlib import Path; from broker.store.place import Lock\n"
        "lock = Lock(Path(sys.argv[1])); lock.take(); print('taken', flush=True); time.sleep(60)"
    )
    child = subprocess.Popen([sys.executable, "-c", code, tmp_path / "a.db"], stdout=subprocess.PIPE, text=True)
    assert child.stdout.readline() == "taken\n"
    with pytest.raises(StoreError, match=f"process {child.pid}"):
        Lock(tmp_path / "a.db").take()
    child.kill()
    child.communicate()
    again = Lock(tmp_path / "a.db")
    again.take()
    again.release()
