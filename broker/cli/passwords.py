"""Passwords for commands: from a file, a pipe or the terminal, never from the command line, which others can read."""

import getpass
import sys
from pathlib import Path

from broker.cli.console import BAD_INPUT, fail


def read_password(*, from_stdin: bool = False, file: Path | None = None) -> str:
    """The first line of the file or of standard input; asked for twice on a terminal. Exits with 2 for none."""
    if from_stdin and file is not None:
        fail("a password from standard input or from a file, not both", BAD_INPUT)
    if file is not None:
        password = _first_line(file)
    elif from_stdin or not sys.stdin.isatty():
        password = sys.stdin.readline().rstrip("\r\n")
    else:
        password = getpass.getpass("Password: ")
        if getpass.getpass("Again: ") != password:
            fail("the two are not the same", BAD_INPUT)
    if not password:
        fail("an empty password is none", BAD_INPUT)
    return password


def _first_line(file: Path) -> str:
    try:
        with file.open(encoding="utf-8-sig") as lines:
            return lines.readline().rstrip("\r\n")
    except (OSError, UnicodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is no text"
        fail(f"cannot read {file}: {reason}", BAD_INPUT)
