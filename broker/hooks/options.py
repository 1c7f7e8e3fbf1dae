"""From the options in the configuration to a plugin's typed `Config`, with every error at once."""

import datetime
import json
from difflib import get_close_matches
from typing import Any

import pydantic

from broker.hooks.errors import Problem
from broker.hooks.plugin import BasePlugin

HIDDEN = "(hidden)"


def decode(
    plugin: type[BasePlugin], name: str, options: dict[str, Any], path: str
) -> BasePlugin.Config | list[Problem]:
    """The plugin's Config, or every problem with its options; no problem holds a value, which may be a secret.

    The options are read as JSON in strict mode: `"5"` is no number and `1` no truth, but text becomes a date, a
    path or an enum member where the plugin declares one, as YAML has no such types.
    """
    try:
        text = json.dumps(options, default=_plain)
    except (TypeError, ValueError) as error:
        return [Problem(name, path, f"cannot be read: {error}")]
    try:
        return plugin.Config.model_validate_json(text, strict=True)
    except pydantic.ValidationError as error:
        known = list(plugin.Config.model_fields)
        details = error.errors(include_input=False, include_url=False, include_context=False)
        return [Problem(name, _join(path, detail["loc"]), _message(detail, known)) for detail in details]


def shown(config: BasePlugin.Config) -> dict[str, Any]:
    """The options for people: secrets masked, fields with `repr=False` hidden."""
    hidden = {name for name, info in type(config).model_fields.items() if not info.repr}
    values = config.model_dump(mode="json", exclude=hidden)
    return {name: HIDDEN if name in hidden else values[name] for name in type(config).model_fields}


def _plain(value: Any) -> Any:
    if isinstance(value, pydantic.SecretStr):
        return value.get_secret_value()
    if isinstance(value, datetime.date | datetime.time):
        return value.isoformat()
    raise TypeError(f"a value of type {type(value).__name__} has no place in the options of a plugin")


def _join(path: str, location: tuple[int | str, ...]) -> str:
    return path + "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in location)


def _message(detail: Any, known: list[str]) -> str:
    if detail["type"] != "extra_forbidden":
        return str(detail["msg"])
    near = get_close_matches(str(detail["loc"][-1]), known, 1) if len(detail["loc"]) == 1 else []
    hint = f"; did you mean {near[0]!r}?" if near else f"; known: {', '.join(known) or 'no options'}"
    return "unknown key" + (hint if len(detail["loc"]) == 1 else "")
