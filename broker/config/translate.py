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

_NOT_YET: Mapping[tuple[str, ...], str] = {
    ("store",): "no such section: a store is not supported yet by this version",
    ("cluster",): "no such section: a cluster is not supported yet by this version",
    (
        "routes",
        "secondaries",
    ): "no such key: secondaries are not supported yet by this version, a route has its primary alone",
    ("routes", "replay"): "no such key: replay is not supported yet by this version",
    ("routes", "failover"): "no such key: failover is not supported yet by this version",
    ("routes", "fail_back"): "no such key: failover is not supported yet by this version",
}

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


def problems_of(error: ValidationError, raw: Any) -> list[Problem]:
    """Every fault of the error, each once; values are shown as `raw`, the document before expansion, has them."""
    found: dict[tuple[str, str], Problem] = {}
    for details in error.errors(include_url=False, include_input=False):
        for problem in _problems(details, raw):
            found.setdefault((problem.path, problem.expected), problem)
    return list(found.values())


def _problems(details: ErrorDetails, raw: Any) -> Iterator[Problem]:
    loc, kind, context = details["loc"], details["type"], details.get("ctx", {})
    if loc and loc[-1] == "[key]":
        yield problem_at(loc[:-1], raw, f"another key: {_expected(kind, context)}", show=False)
    elif kind in ("model_type", "dict_type", "list_type"):  # what stands there instead may be anything
        yield problem_at(loc, raw, _expected(kind, context), show=False)
    elif kind == "extra_forbidden":
        yield problem_at(loc, raw, _unknown_key(loc), show=False)  # a misspelt password must not show
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


def _unknown_key(loc: Loc) -> str:
    names = tuple(part for part in loc if isinstance(part, str))
    if names in _NOT_YET:
        return _NOT_YET[names]
    key = names[-1] if names else ""
    model = model_at(loc[:-1])
    known = list(model.model_fields) if model is not None else []
    if ":" in key:
        return f"a space after the colon of {shown_key(key).partition(':')[0]}"
    close = difflib.get_close_matches(key.lower(), known, n=1)
    if close:
        return f"a known key; did you mean {close[0]}?"
    return f"a known key, one of: {', '.join(known)}"


def model_at(loc: Loc) -> type[BaseModel] | None:
    """The model that describes the mapping at a location of the file; None where there is none."""
    here: Any = Config
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
    """The annotation without Annotated and without `| None`."""
    while True:
        origin = get_origin(annotation)
        if origin is Annotated:
            annotation = get_args(annotation)[0]
        elif origin in (Union, types.UnionType):
            annotation = next(arg for arg in get_args(annotation) if arg is not type(None))
        else:
            return annotation
