"""From a file to a `Config`, or to every fault of it at once."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from broker.config.crosscheck import faults
from broker.config.expand import Expansion
from broker.config.models import Config
from broker.config.problems import ConfigError, Problem, path_text, problem_at
from broker.config.stations import Stations
from broker.config.translate import problems_of
from broker.config.yaml_text import parse

_LARGEST = 64 * 1024 * 1024


def defaults() -> Config:
    """The configuration of `switchboard serve` without a file: loopback only, any station, answered locally."""
    return Config(stations=Stations(unknown="accept"))


def load(path: Path | None, *, environ: Mapping[str, str] | None = None) -> Config:
    """The configuration of a YAML file in UTF-8; without a path, the defaults.

    Relative paths in it count from its folder, `${NAME}` from `environ` (by default the process's own).
    Raises ConfigError with every problem, and nothing else.
    """
    if path is None:
        return defaults()
    return loads(_read(path), folder=Path(path).parent, environ=environ)


def loads(text: str, *, folder: Path | None = None, environ: Mapping[str, str] | None = None) -> Config:
    """The configuration of a YAML text; like `load`. Without a folder, relative paths stay as they are."""
    raw = parse(text)
    raw = {} if raw is None else raw
    if not isinstance(raw, dict):
        raise ConfigError([Problem("", "", "a mapping of keys such as listeners and routes at the top of the file")])
    expansion = Expansion(os.environ if environ is None else environ)
    document = expansion.value(raw)
    config, problems = _validated(document, raw, folder)
    problems = expansion.problems + _not_below(problems, expansion)
    if config is None or problems:
        raise ConfigError(problems)
    return config


def _read(path: Path) -> str:
    try:
        with Path(path).open("rb") as file:
            data = file.read(_LARGEST + 1)
        if len(data) > _LARGEST:
            raise ConfigError([Problem("", str(path), f"a file of at most {_LARGEST} bytes")])
        return data.decode("utf-8-sig")
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else None
        if isinstance(error, UnicodeDecodeError):
            reason = f"not UTF-8 at byte {error.start}"
        text = f"a readable configuration file ({reason or 'cannot be opened'})"
        raise ConfigError([Problem("", str(path), text)]) from None


def _validated(document: Any, raw: Any, folder: Path | None) -> tuple[Config | None, list[Problem]]:
    try:
        return Config.model_validate(document, context={"folder": folder}), []
    except ValidationError as error:
        problems = problems_of(error, raw)
    seen = {problem.path for problem in problems}
    for fault in faults(document):  # pydantic runs them only where nothing else is wrong
        if path_text(fault.loc) not in seen:
            problems.append(problem_at(fault.loc, raw, fault.expected))
    return None, problems


def _not_below(problems: list[Problem], expansion: Expansion) -> list[Problem]:
    """Without those of a value that could not be expanded: they would only follow from it."""
    failed = {path_text(loc) for loc in expansion.failed}
    return [problem for problem in problems if problem.path not in failed]
