"""The token of a broker whose configuration names none."""

import os
import resource
from pathlib import Path

import pytest

from broker.config import ConfigError
from broker.server.admin.token_file import check, read_or_make


def test_a_token_is_made_for_the_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "t"
    before = os.umask(0)
    try:
        token = read_or_make(path)
    finally:
        os.umask(before)
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.read_text() == f"{token}\n"
    assert len(token) >= 40


def test_it_is_kept_over_a_restart_and_is_nobody_elses(tmp_path: Path) -> None:
    assert read_or_make(tmp_path / "a") == read_or_make(tmp_path / "a")
    assert read_or_make(tmp_path / "a") != read_or_make(tmp_path / "b")


def test_an_empty_file_gets_one(tmp_path: Path) -> None:
    """A crash between creating and writing must not need a person."""
    (tmp_path / "t").write_text("\n")
    token = read_or_make(tmp_path / "t")
    assert (tmp_path / "t").read_text() == f"{token}\n"


def test_a_file_open_to_others_is_closed(tmp_path: Path) -> None:
    path = tmp_path / "t"
    path.write_text("chosen-by-the-operator\n")
    path.chmod(0o644)
    assert read_or_make(path) == "chosen-by-the-operator"
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_mounted_secret_may_be_a_link_but_none_is_made_through_one(tmp_path: Path) -> None:
    (tmp_path / "real").write_text("chosen-by-the-operator")
    (tmp_path / "link").symlink_to(tmp_path / "real")
    assert read_or_make(tmp_path / "link") == "chosen-by-the-operator"
    (tmp_path / "dangling").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(ConfigError):
        read_or_make(tmp_path / "dangling")
    assert not (tmp_path / "elsewhere").exists()


def test_a_full_disk_leaves_no_empty_file(tmp_path: Path) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, hard))
    try:
        with pytest.raises(ConfigError):
            read_or_make(tmp_path / "t")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert not (tmp_path / "t").exists()


def test_checking_writes_nothing(tmp_path: Path) -> None:
    check(tmp_path / "t")
    assert not (tmp_path / "t").exists()
    (tmp_path / "t").touch()
    check(tmp_path / "t")


@pytest.mark.parametrize(
    "text", ["short", "two words that are long enough", "tab\tin-the-middle-of-it", "a\nsecond-line-of-a-file"]
)
def test_what_is_no_token_is_an_error_that_does_not_show_it(tmp_path: Path, text: str) -> None:
    (tmp_path / "t").write_text(text)
    with pytest.raises(ConfigError) as caught:
        read_or_make(tmp_path / "t")
    assert caught.value.problems[0].path == "admin.token_file"
    assert text not in str(caught.value)


def test_unreadable_places_are_errors_with_the_path(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "binary").write_bytes(b"\xff" * 30)
    os.mkfifo(tmp_path / "pipe")
    for name in ("folder", "missing/t", "binary", "pipe"):
        with pytest.raises(ConfigError) as caught:
            read_or_make(tmp_path / name)
        assert name in caught.value.problems[0].value
