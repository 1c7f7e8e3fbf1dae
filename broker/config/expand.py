"""`${NAME}` in the values of a document: the environment's value, a default, or a problem."""

import re
from collections.abc import Mapping
from typing import Any

from broker.config.problems import Loc, Problem, path_text

_REFERENCE = re.compile(
    r"(?P<escaped>\$\$\{)|\$\{(?P<name>[A-Za-z_][A-Za-z0-9_]*)(?P<default>:-(?P<text>[^}]*))?\}|(?P<broken>\$\{)"
)


class Expansion:
    """Expands one document and remembers what could not be: `problems`, at the places `failed`."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ
        self.problems: list[Problem] = []
        self.failed: set[Loc] = set()

    def value(self, value: Any, loc: Loc = ()) -> Any:
        """The value with every text in it expanded, keys as they are. What was put in is not expanded again."""
        if isinstance(value, str):
            return self._text(value, loc) if "${" in value else value
        if isinstance(value, dict):
            return {key: self.value(item, (*loc, _part(key))) for key, item in value.items()}
        if isinstance(value, list):
            return [self.value(item, (*loc, index)) for index, item in enumerate(value)]
        return value

    def _text(self, text: str, loc: Loc) -> str:
        def one(match: re.Match[str]) -> str:
            if match["escaped"]:
                return "${"
            if match["broken"]:
                self._failed(loc, "${NAME} or ${NAME:-default}; write $${ for a plain ${")
                return ""
            value = self._environ.get(match["name"], "")
            if match["default"] is not None:
                return value or match["text"]  # as in a shell: the default stands for an empty value too
            if match["name"] not in self._environ:
                self._failed(loc, f"the environment variable {match['name']}, which is not set")
            return value

        return _REFERENCE.sub(one, text)

    def _failed(self, loc: Loc, expected: str) -> None:
        self.failed.add(loc)
        self.problems.append(Problem(path_text(loc), "", expected))


def _part(key: Any) -> str | int:
    return key if isinstance(key, str) else str(key)
