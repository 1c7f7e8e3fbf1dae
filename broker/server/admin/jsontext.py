"""JSON of the API: bodies are read strictly, answers are written whatever strangers put into them."""

import json
import math
from typing import Any

import msgspec
from aiohttp import web

from broker.ocpp import JsonFloat

MAX_DEPTH = 64


class NotJson(ValueError):
    """A body that is not JSON as this API takes it; the text says why and holds nothing of the body."""


def read(data: bytes) -> Any:
    """Decode a body; raises NotJson.

    Stricter than Python: no duplicate member (RFC 8259 4 leaves its meaning open, and two readers of one call must
    not see two payloads), no NaN or Infinity, no lone surrogate, no BOM, at most 64 levels. Floats are `JsonFloat`,
    so that 1.50 reaches the station as 1.50.
    """
    try:
        text = data.decode("utf-8")
        value = json.loads(
            text, object_pairs_hook=_unique, parse_constant=_no_constant, parse_float=_finite, parse_int=_integer
        )
    except UnicodeDecodeError:
        raise NotJson("the body is not UTF-8") from None
    except json.JSONDecodeError as error:
        raise NotJson(f"{error.msg} at line {error.lineno}, column {error.colno}") from None
    except RecursionError:
        raise NotJson(f"more than {MAX_DEPTH} levels") from None
    if "\\u" in text and _has_lone_surrogate(value):
        raise NotJson("a lone surrogate, which UTF-8 cannot hold")
    if _deeper_than(value, MAX_DEPTH):
        raise NotJson(f"more than {MAX_DEPTH} levels")
    return value


def write(value: Any) -> bytes:
    """Encode an answer as compact JSON.

    What msgspec refuses (a lone surrogate of some station's header, a float that knows its text) is written by the
    standard library, with numbers that JSON has no form for as null.
    """
    try:
        return msgspec.json.encode(value)
    except (TypeError, ValueError):
        return json.dumps(_without_infinities(value), separators=(",", ":")).encode()


def respond(value: Any, *, status: int = 200) -> web.Response:
    """An answer with a JSON body."""
    return web.Response(status=status, body=write(value), content_type="application/json")


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise NotJson("an object with a member twice")
    return members


def _no_constant(text: str) -> Any:
    raise NotJson(f"{text} is no JSON number")


def _finite(text: str) -> JsonFloat:
    value = JsonFloat(text)
    if math.isinf(value):
        raise NotJson("a number too large")
    return value


def _integer(text: str) -> int:
    if len(text) > 100:
        raise NotJson("a number too large")
    return int(text)


def _has_lone_surrogate(value: Any) -> bool:
    try:
        json.dumps(value, ensure_ascii=False).encode("utf-8")
    except UnicodeEncodeError:
        return True
    return False


def _deeper_than(value: Any, depth: int) -> bool:
    level = [value]
    for _ in range(depth):
        level = [child for item in level for child in _children(item)]
        if not level:
            return False
    return True


def _children(value: Any) -> list[Any]:
    """The objects and arrays directly in `value`."""
    items = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [item for item in items if isinstance(item, (dict, list))]


def _without_infinities(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_infinities(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_without_infinities(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
