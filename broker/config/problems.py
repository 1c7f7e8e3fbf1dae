"""What is wrong with a configuration: path, value and what was expected, with every secret masked."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from broker.config.secrets import MASK

Loc = tuple[str | int, ...]

_PLAIN_KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")
_LONGEST = 80
_SECRET_PARTS = frozenset({"password", "token", "tokens", "headers", "auth", "basic", "store", "pseudonym_key"})
_OPEN_PARTS = frozenset({"name", "role", "user"})


@dataclass(frozen=True, slots=True)
class Problem:
    """One fault: `path` like routes[1].match.identity (or a line of the file), `value` as text, what was `expected`.

    `value` is empty where there is none to show, and masked where it may be a secret.
    """

    path: str
    value: str
    expected: str

    def __str__(self) -> str:
        place = f"{self.path}: " if self.path else ""
        found = f", found {self.value}" if self.value else ""
        return f"{place}expected {self.expected}{found}"


class ConfigError(Exception):
    """A configuration that cannot be used; `problems` holds every fault that was found."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = list(problems)
        super().__init__("\n".join(map(str, self.problems)))


def path_text(loc: Sequence[str | int]) -> str:
    """A location in the way that it would be written: routes[1].match.identity, upstreams["a b"].url."""
    text = ""
    for part in loc:
        if isinstance(part, int):
            text += f"[{part}]"
        elif _PLAIN_KEY.fullmatch(part):
            text += f".{part}" if text else part
        else:
            text += f'["{shown_key(part)}"]'
    return text


def shown_key(key: str) -> str:
    """A key as an error may show it: `password:abc`, where only the space was forgotten, without the abc."""
    base, mark, _ = _cut(key).partition(":")
    return f"{base}:..." if mark else base


def shown(loc: Sequence[str | int], value: Any) -> str:
    """A value as an error may show it: containers by their kind, secrets masked, long text cut."""
    if value is None:
        return "nothing"
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, list):
        return str(value) if value and all(type(item) is int for item in value) else "a list"
    if _may_be_secret(loc):
        return MASK
    if isinstance(value, bool):
        return str(value).lower()
    text = str(value)
    if "@" in text:  # user and password of a URL
        text = f"{MASK}@{text.rpartition('@')[2]}"
    if "?" in text and ("/" in text or loc[-1:] == ("url",)):  # the query of a URL may hold a key
        text = f"{text.partition('?')[0]}?{MASK}"
    return repr(_cut(text)) if isinstance(value, str) else _cut(text)


def problem_at(loc: Loc, raw: Any, expected: str, *, show: bool = True) -> Problem:
    """The problem of the value at `loc` of the document, with the value unless it is absent or `show` is false."""
    present, value = _lookup(raw, loc)
    return Problem(path_text(loc), shown(loc, value) if present and show else "", expected)


def _cut(text: str) -> str:
    text = "".join(char if char.isprintable() else "?" for char in text)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."


def _may_be_secret(loc: Sequence[str | int]) -> bool:
    names = [part for part in loc if isinstance(part, str)]
    if "plugins" in names:  # what their options mean, and how one may be misspelt, nobody knows here
        return True
    return bool(_SECRET_PARTS.intersection(names)) and names[-1] not in _OPEN_PARTS


def _lookup(raw: Any, loc: Loc) -> tuple[bool, Any]:
    for part in loc:
        if isinstance(raw, str):  # a short form: the text stands for all that is below
            return True, raw
        try:
            raw = raw[part]
        except (LookupError, TypeError):
            return False, None
    return True, raw
