"""How the commands speak: text for people, JSON for machines, errors on standard error, exit codes."""

import json
import os
import shutil
import sys
from collections.abc import Sequence
from typing import Any, NoReturn, TextIO

import typer

FAILED = 1
"""The command was understood and did not succeed."""
BAD_INPUT = 2
"""Wrong usage or a wrong configuration: trying again does not help."""

_CODES = {
    "bold": "1", "dim": "2", "red": "31", "green": "32", "yellow": "33", "blue": "34", "magenta": "35", "cyan": "36",
    "bright_red": "91", "bright_green": "92", "bright_yellow": "93", "bright_blue": "94", "bright_magenta": "95",
    "bright_cyan": "96",
}  # fmt: skip


def coloured(stream: TextIO) -> bool:
    """Whether to colour what goes to `stream`: a terminal, and neither NO_COLOR (no-color.org) nor TERM=dumb."""
    if os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb":
        return False
    return bool(os.environ.get("FORCE_COLOR")) or stream.isatty()


class Style:
    """Colours by name, or nothing at all: `style("text", "bold", "green")`."""

    def __init__(self, on: bool) -> None:
        self.on = on

    def __call__(self, text: str, *names: str) -> str:
        if not self.on or not names or not text:
            return text
        return f"\x1b[{';'.join(_CODES[name] for name in names)}m{text}\x1b[0m"


def columns(stream: TextIO) -> int | None:
    """The width of the terminal; None where lines need not fit, as in a file or a pipe."""
    return shutil.get_terminal_size().columns if stream.isatty() else None


def say(text: str = "") -> None:
    """One line of result."""
    print(text, flush=True)


def note(text: str) -> None:
    """One line beside the result, on standard error."""
    print(text, file=sys.stderr, flush=True)


def show_json(value: Any) -> None:
    """`value` as JSON, indented."""
    say(json.dumps(value, indent=2, ensure_ascii=False))


def fail(message: str, code: int = FAILED) -> NoReturn:
    """Say on standard error why it does not go on, and exit with `code`."""
    style = Style(coloured(sys.stderr))
    note(f"{style('error:', 'bold', 'red')} {message}")
    raise typer.Exit(code)


def table(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Aligned columns under their headings; the last one is not padded."""
    every = [list(headings), *[list(row) for row in rows]]
    widths = [max(len(row[number]) for row in every) for number in range(len(headings))]
    style = Style(coloured(sys.stdout))
    lines = []
    for index, row in enumerate(every):
        padded = [cell.ljust(width) for cell, width in zip(row[:-1], widths[:-1], strict=True)]
        line = "  ".join([*padded, row[-1]]).rstrip()
        lines.append(style(line, "bold") if index == 0 else line)
    return "\n".join(lines)
