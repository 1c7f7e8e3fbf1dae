"""docs/configuration.md describes every key with the default that the model has."""

import json
import re
from collections.abc import Iterator
from enum import Enum
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from broker.config.models import Config
from broker.config.translate import model_at

DOC = Path(__file__).parents[3] / "docs" / "configuration.md"

SECTIONS: dict[str, tuple[str | int, ...]] = {
    "The top of the file": (),
    "`listeners[]`": ("listeners", 0),
    "`listeners[].tls`": ("listeners", 0, "tls"),
    "`listeners[].tls.certificates[]`": ("listeners", 0, "tls", "certificates", 0),
    "`stations`": ("stations",),
    "`stations.known[]`": ("stations", "known", 0),
    "`tokens.ID`": ("tokens", "ID"),
    "`upstreams.NAME`": ("upstreams", "NAME"),
    "`upstreams.NAME.auth`": ("upstreams", "NAME", "auth"),
    "`upstreams.NAME.auth.basic`": ("upstreams", "NAME", "auth", "basic"),
    "`upstreams.NAME.tls`": ("upstreams", "NAME", "tls"),
    "`upstreams.NAME.reconnect`": ("upstreams", "NAME", "reconnect"),
    "`routes[]`": ("routes", 0),
    "`routes[].match`": ("routes", 0, "match"),
    "`routes[].validation`": ("routes", 0, "validation"),
    "`routes[].secondaries[]`": ("routes", 0, "secondaries", 0),
    "`routes[].secondaries[].filter`": ("routes", 0, "secondaries", 0, "filter"),
    "`routes[].when_primary_down`": ("routes", 0, "when_primary_down"),
    "`routes[].stand_in`": ("routes", 0, "stand_in"),
    "`plugins[]`": ("plugins", 0),
    "`store`": ("store",),
    "`outbox`": ("outbox",),
    "`retention`": ("retention",),
    "`files`": ("files",),
    "`files.tls`": ("files", "tls"),
    "`authority`": ("authority",),
    "`admin`": ("admin",),
    "`admin.tokens[]`": ("admin", "tokens", 0),
    "`limits`": ("limits",),
    "`liveness`": ("liveness",),
    "`shutdown`": ("shutdown",),
    "`logging`": ("logging",),
}


def default_text(field: FieldInfo) -> str:
    """The default as the tables show it."""
    if field.is_required():
        return "required"
    value: Any = field.get_default(call_default_factory=True)
    if value is None:
        return "absent"
    if isinstance(value, BaseModel) or (isinstance(value, list) and any(isinstance(item, BaseModel) for item in value)):
        return "see below"
    if isinstance(value, dict) and len(value) > 3:
        return "see above"
    if isinstance(value, dict):
        return f"`{{{', '.join(f'{key}: {json.dumps(item)}' for key, item in value.items())}}}`"
    if isinstance(value, list):
        return f"`[{', '.join(map(str, value))}]`"
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    return f"`{value:.15g}`" if isinstance(value, float) else f"`{value.value if isinstance(value, Enum) else value}`"


def rows() -> dict[str, dict[str, str]]:
    """Section -> key -> default, as the document has them."""
    found: dict[str, dict[str, str]] = {}
    section = ""
    for line in DOC.read_text(encoding="utf-8").splitlines():
        if line.startswith("## "):
            section = line.removeprefix("## ")
        elif match := re.match(r"\| `(\w+)` \| [^|]+ \| ([^|]+) \| \S", line):
            found.setdefault(section, {})[match[1]] = match[2].strip()
    return found


def models(model: type[BaseModel] = Config, loc: tuple[str | int, ...] = ()) -> Iterator[type[BaseModel]]:
    """Every model that can be reached from Config."""
    yield model
    for name in model.model_fields:
        for below in ((*loc, name), (*loc, name, 0)):
            child = model_at(below)
            if child is not None:
                yield from models(child, below)


@pytest.mark.parametrize("section", SECTIONS)
def test_a_section_lists_every_key_of_its_model_with_its_default(section):
    model = model_at(SECTIONS[section])
    expected = {name: default_text(field) for name, field in model.model_fields.items()}
    assert rows()[section] == expected


def test_no_model_is_without_a_section():
    assert {model.__name__ for model in models()} == {model_at(loc).__name__ for loc in SECTIONS.values()}


def test_every_key_has_a_description_for_editors():
    silent = [
        f"{model.__name__}.{name}"
        for model in models()
        for name, field in model.model_fields.items()
        if not field.description
    ]
    assert silent == []
