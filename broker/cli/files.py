"""Reading the configuration for a command."""

from pathlib import Path
from typing import TYPE_CHECKING

from broker.cli.console import BAD_INPUT, Style, coloured, fail, note

if TYPE_CHECKING:
    from broker.config import Config, Problem


def read_config(path: Path | None) -> "Config":
    """The configuration of `path` (None: the defaults); a wrong one is shown in full, exit code 2."""
    from broker.config import ConfigError, load

    try:
        return load(path)
    except ConfigError as error:
        show_problems(error.problems)
        count = len(error.problems)
        fail(f"{path or 'the configuration'} has {count} problem{'s' if count != 1 else ''}", BAD_INPUT)
    except OSError as error:
        fail(f"cannot read {path}: {error.strerror or error}", BAD_INPUT)


def show_problems(problems: "list[Problem]") -> None:
    """Each with its path first, on standard error."""
    import sys

    style = Style(coloured(sys.stderr))
    for problem in problems:
        found = f", found {problem.value}" if problem.value else ""
        note(f"{style(problem.path or 'file', 'bold')}: expected {problem.expected}{found}")
