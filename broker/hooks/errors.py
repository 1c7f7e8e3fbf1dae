"""What is wrong with a set of plugins, all of it at once."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Problem:
    """One reason why the plugins cannot be loaded."""

    plugin: str
    """The plugin's name as the configuration writes it."""
    path: str
    """Where in the configuration: `plugins[1].policy.rate_limit.rate`; empty where no line of it is at fault."""
    message: str
    """What is wrong and what was expected. Never holds the offending value: it may be a secret."""

    def __str__(self) -> str:
        where = self.path or f"plugin {self.plugin}"
        return f"{where}: {self.message}"


class PluginError(Exception):
    """The plugins cannot be loaded or started; `problems` holds every reason."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(map(str, self.problems)))
