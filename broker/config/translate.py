"""From the errors of pydantic to problems in the words of the file."""

import difflib
import types
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from broker.config.base import Faults
from broker.config.models import Config
from broker.config.problems import Loc, Problem, problem_at, shown_key
from broker.config.routes import Route

_HINTS: Mapping[tuple[type[BaseModel], str], str] = {
    (Config, "cluster"): "no such section: a cluster is not supported yet by this version",
    (Route, "failover"): "no such key: write it below when_primary_down",
    (Route, "fail_back"): "no such key: write it below when_primary_down, beside failover",
}
"""Keys that somebody may well write, and what to say of them."""

_TEXTS: Mapping[str, str] = {
    "missing": "a value: this key is required",
    "int_type": "a whole number",
    "int_parsing": "a whole number",
    "int_parsing_size": "a whole number of fewer digits",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "float_parsing": "a number",
    "finite_number": "a finite number",
    "bool_type": "true or false",
    "bool_parsing": "true or false",
    "list_type": "a list",
    "dict_type": "a mapping of keys to values",
    "model_type": "a mapping of keys to values",
    "model_attributes_type": "a mapping of keys to values",
    "string_type": "text (a number needs quotes)",
    "string_too_short": "text that is not empty",
    "string_unicode": "text that can be written in UTF-8",
    "string_pattern_mismatch": "a name of letters, digits, _, . and - that begins with a letter or digit",
    "invalid_key": "a key that is text (a number needs quotes)",
    "too_short": "at least one entry",
    "path_type": "the path of a file or folder",
    "greater_than": "a number above {gt:g}",
    "greater_than_equal": "at least {ge:g}",
    "less_than": "a number below {lt:g}",
    "less_than_equal": "at most {le:.0f}",
    "string_too_long": "at most {max_length} characters",
    "enum": "one of: {expected}",
    "literal_error": "one of: {expected}",
}


def problems_of(error: ValidationError, raw: Any, root: type[BaseModel] = Config) -> list[Problem]:
    """Every fault of the error, each once; values are shown as `raw`, the document before expansion, has them.

    `root` is the model that the document was to be.
    """
    found: dict[tuple[str, str], Problem] = {}
    for details in error.errors(include_url=False, include_input=False):
        for problem in _problems(details, raw, root):
            found.setdefault((problem.path, problem.expected), problem)
    return list(found.values())


def _problems(details: ErrorDetails, raw: Any, root: type[BaseModel]) -> Iterator[Problem]:
    loc, kind, context = details["loc"], details["type"], details.get("ctx", {})
    if loc and loc[-1] == "[key]":
        yield problem_at(loc[:-1], raw, f"another key: {_expected(kind, context)}", show=False)
    elif kind in ("model_type", "dict_type", "list_type"):  # what stands there instead may be anything
        yield problem_at(loc, raw, _expected(kind, context), show=False)
    elif kind == "extra_forbidden":
        yield problem_at(loc, raw, _unknown_key(loc, root), show=False)  # a misspelt password must not show
    elif isinstance(faults := context.get("error"), Faults):
        for fault in faults.faults:
            yield problem_at((*loc, *fault.loc), raw, fault.expected)
    else:
        yield problem_at(loc, raw, _expected(kind, context))


def _expected(kind: str, context: Mapping[str, Any]) -> str:
    if kind == "value_error":
        return str(context.get("error", "another value"))
    text = _TEXTS.get(kind, "another value").format(**context)
    return text.replace("'", "") if kind in ("enum", "literal_error") else text


def _unknown_key(loc: Loc, root: type[BaseModel]) -> str:
    key = next((part for part in reversed(loc) if isinstance(part, str)), "")
    model = model_at(loc[:-1], root)
    if model is not None and (model, key) in _HINTS:
        return _HINTS[model, key]
    known = list(model.model_fields) if model is not None else []
    if ":" in key:
        return f"a space after the colon of {shown_key(key).partition(':')[0]}"
    close = difflib.get_close_matches(key.lower(), known, n=1)
    if close:
        return f"a known key; did you mean {close[0]}?"
    return f"a known key, one of: {', '.join(known)}"


def model_at(loc: Loc, root: type[BaseModel] = Config) -> type[BaseModel] | None:
    """The model that describes the mapping at a location of the file; None where there is none."""
    here: Any = root
    for part in loc:
        here = _step(here, part)
    return here if isinstance(here, type) and issubclass(here, BaseModel) else None


def _step(here: Any, part: str | int) -> Any:
    if isinstance(here, type) and issubclass(here, BaseModel):
        field = here.model_fields.get(str(part))
        return None if field is None else _plain(field.annotation)
    origin = get_origin(here)
    if origin in (list, dict):
        return _plain(get_args(here)[-1])
    return None


def _plain(annotation: Any) -> Any:
    """The annotation without Annotated, without `| None`, and without the words that may stand for a mapping."""
    while True:
        origin = get_origin(annotation)
        if origin is Annotated:
            annotation = get_args(annotation)[0]
        elif origin in (Union, types.UnionType):
            annotation = _mapping_of(get_args(annotation))
        else:
            return annotation


def _mapping_of(members: tuple[Any, ...]) -> Any:
    models = [arg for arg in members if isinstance(arg, type) and issubclass(arg, BaseModel)]
    return models[0] if models else next(arg for arg in members if arg is not type(None))
