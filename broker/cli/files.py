"""Reading the configuration for a command."""

import sys
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
        style = Style(coloured(sys.stderr))
        for problem in error.problems:
            note(f"{style(problem.path or 'file', 'bold')}: {told(problem)}")
        count = len(error.problems)
        fail(f"{path or 'the configuration'} has {count} problem{'' if count == 1 else 's'}", BAD_INPUT)


def told(problem: "Problem") -> str:
    """What was expected and what was found."""
    return f"expected {problem.expected}" + (f", found {problem.value}" if problem.value else "")
