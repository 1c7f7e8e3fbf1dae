"""YAML text to plain values, stricter than YAML: a key twice is a fault, and only true and false are truth values."""

import re
from itertools import chain, islice
from typing import Any

import yaml

from broker.config.problems import ConfigError, Problem, shown_key

try:
    from yaml import CSafeLoader as _Base
except ImportError:  # PyYAML built without libyaml
    from yaml import SafeLoader as _Base  # type: ignore[assignment]

_DEEPEST = 60
_MOST_VALUES = 2_000_000
_MOST_KEYS = 1_000_000
_TAG = "tag:yaml.org,2002:"
_QUOTED = re.compile(r"'([^']*)'")


class _Loader(_Base):
    """Safe loader with the scalars of YAML 1.2's core schema: `off`, `no`, 12:30 and 2024-01-01 stay text."""

    def flatten_mapping(self, node: yaml.MappingNode) -> None:
        super().flatten_mapping(node)
        if len(node.value) > _MOST_KEYS:  # << upon << multiplies
            raise yaml.YAMLError


_Loader.yaml_implicit_resolvers = {}
for _name, _pattern, _first in (
    ("bool", r"true|True|TRUE|false|False|FALSE", "tTfF"),
    ("null", r"~|null|Null|NULL|", ["~", "n", "N", ""]),
    ("int", r"[-+]?(0|[1-9][0-9]{0,17})", "-+0123456789"),
    ("float", r"[-+]?[0-9]{1,18}\.[0-9]{0,18}([eE][-+]?[0-9]{1,3})?", "-+0123456789"),
    ("merge", r"<<", "<"),
):
    _Loader.add_implicit_resolver(_TAG + _name, re.compile(f"^(?:{_pattern})$"), list(_first))
_PLAIN = {None, *(_TAG + name for name in ("null", "bool", "int", "float", "str", "seq", "map"))}
_Loader.yaml_constructors = {tag: make for tag, make in _Loader.yaml_constructors.items() if tag in _PLAIN}


def parse(text: str) -> Any:
    """The plain value of a YAML document; ConfigError, with the line where there is one, for anything else.

    No text of the document but a key goes into the error: it may be a secret.
    """
    try:
        return _loaded(text)
    except yaml.MarkedYAMLError as error:
        raise _fault(error.problem_mark or error.context_mark, _told(error)) from None
    except (yaml.YAMLError, ValueError, TypeError, AttributeError, LookupError, ArithmeticError):
        raise _fault(None, "YAML; a character, a tag or a merge in it is not possible") from None
    except RecursionError:
        raise _too_deep(None) from None


def _loaded(text: str) -> Any:
    _check_depth(text)
    loader = _Loader(text)
    try:
        root = loader.get_single_node()
        if root is None:
            return None
        _check_nodes(root)
        value = loader.construct_document(root)
    finally:
        loader.dispose()
    _check_size(value)
    return value


def _check_depth(text: str) -> None:
    """Before nodes are made: libyaml's composer overflows the C stack on deep nesting, and ends the process."""
    depth = 0
    for event in yaml.parse(text, Loader=_Loader):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            if depth > _DEEPEST:
                raise _too_deep(event.start_mark)
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1


def _check_nodes(root: yaml.Node) -> None:
    """Refuse keys that are there twice, all of them at once; an anchored node is looked at once."""
    seen: set[int] = set()
    problems: list[Problem] = []
    level = [root]
    while level:
        level = list({id(node): node for node in level if id(node) not in seen}.values())
        seen.update(map(id, level))
        for node in level:
            problems += _twice(node)
        level = [child for node in level for child in _below(node)]
    if problems:
        raise ConfigError(problems)


def _below(node: yaml.Node) -> list[yaml.Node]:
    if isinstance(node, yaml.MappingNode):
        return [part for pair in node.value for part in pair]
    return node.value if isinstance(node, yaml.SequenceNode) else []


def _twice(node: yaml.Node) -> list[Problem]:
    if not isinstance(node, yaml.MappingNode):
        return []
    first: dict[str, int] = {}
    problems = []
    for key, _ in node.value:
        if not isinstance(key, yaml.ScalarNode):
            continue
        if key.value in first:
            text = f"the key {shown_key(key.value)} once; line {first[key.value]} has it already"
            problems.append(Problem(_place(key.start_mark), "", text))
        first.setdefault(key.value, key.start_mark.line + 1)
    return problems


def _check_size(root: Any) -> None:
    """Aliases may make a small text endless ("billion laughs") or a value part of itself."""
    level, values = [root], 0
    for _ in range(_DEEPEST):
        values += len(level)
        if values > _MOST_VALUES:
            raise ConfigError([Problem("", "", f"at most {_MOST_VALUES} values")])
        level = list(islice(chain.from_iterable(map(_children, level)), _MOST_VALUES + 1))
        if not level:
            return
    raise _too_deep(None)


def _children(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else []


def _told(error: yaml.MarkedYAMLError) -> str:
    """What the parser says of a fault, with no more than single characters and <tokens> of the text."""

    def hidden(match: re.Match[str]) -> str:
        return match[0] if len(match[1]) < 2 or match[1].startswith("<") else "(text not shown)"

    text = f"YAML; here: {_QUOTED.sub(hidden, error.problem or 'something else')}"
    if error.context and error.context_mark is not None:
        text += f" ({_QUOTED.sub(hidden, error.context)} of line {error.context_mark.line + 1})"
    return text


def _too_deep(mark: Any) -> ConfigError:
    return _fault(mark, f"at most {_DEEPEST} levels of nesting, and no value inside itself")


def _fault(mark: Any, expected: str) -> ConfigError:
    return ConfigError([Problem(_place(mark), "", expected)])


def _place(mark: Any) -> str:
    return "" if mark is None else f"line {mark.line + 1}, column {mark.column + 1}"
