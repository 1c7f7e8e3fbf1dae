"""The token of a broker whose configuration names none: random, in a file that only its owner can read."""

import os
import secrets
import stat
from pathlib import Path

import structlog

from broker.config import ConfigError, Problem

_SHORTEST = 16
_LARGEST = 4096
_log = structlog.get_logger("broker.server.admin")


def read_or_make(path: Path) -> str:
    """The token in `path`, which is made with a new one when it is missing or empty.

    A file that others may read is closed to them. Raises ConfigError (path `admin.token_file`) when it cannot be
    read or made, or holds no token.
    """
    try:
        token = _read(path) or _make(path)
    except (OSError, UnicodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not ASCII"
        raise _wrong(path, f"a file that can be read and written ({reason or 'cannot be opened'})") from None
    if len(token) < _SHORTEST or not token.isprintable() or any(char.isspace() for char in token):
        raise _wrong(path, f"one token of at least {_SHORTEST} characters; delete the file to have one made")
    return token


def check(path: Path) -> None:
    """Raise ConfigError when `read_or_make` would, as far as that shows without reading or writing anything."""
    if path.exists():
        if not path.is_file() or not os.access(path, os.R_OK):
            raise _wrong(path, "a plain file that can be read")
    elif not path.parent.is_dir() or not os.access(path.parent, os.W_OK):
        raise _wrong(path, "a file in a folder that can be written")


def _read(path: Path) -> str:
    """The file's text without space around it; empty when there is no file."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    except FileNotFoundError:
        return ""
    with os.fdopen(handle, "rb") as file:
        found = os.fstat(handle)
        if not stat.S_ISREG(found.st_mode):
            raise _wrong(path, "a plain file")
        if found.st_mode & 0o077:
            _close(path, handle)
        return file.read(_LARGEST).decode("ascii").strip()


def _close(path: Path, handle: int) -> None:
    try:
        os.fchmod(handle, 0o600)
    except OSError as error:  # a mounted secret: not ours to change
        _log.warning("others may read the token file", path=str(path), reason=error.strerror)
        return
    _log.warning("the token file was open to others and is closed now", path=str(path))


def _make(path: Path) -> str:
    """Write a new token. A symbolic link is not followed: it could point to anybody's file."""
    token = secrets.token_urlsafe(32)
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        with os.fdopen(handle, "wb") as file:
            os.fchmod(handle, 0o600)
            file.truncate()
            file.write(f"{token}\n".encode("ascii"))
    except OSError:  # a full disk
        path.unlink(missing_ok=True)
        raise
    _log.info("admin token written", path=str(path))
    return token


def _wrong(path: Path, expected: str) -> ConfigError:
    return ConfigError([Problem("admin.token_file", str(path), expected)])
