"""JSON text to values and back, keeping what a plain decoder would lose.

A payload that a plugin changes is written anew, and whatever the plugin did not touch must stay what it was: `1.50`
of a signed meter value is not `1.5` (field-notes Q-24). So number literals that Python would write in another way
are decoded to a number that remembers its text.
"""

import json
import re
from typing import Any

import msgspec

#: `-0` is the one integer literal that Python writes differently; it is rare enough to look for.
_MINUS_ZERO = re.compile(rb"-0(?![\d.eE])")
#: Python refuses to convert longer integers (CVE-2020-10735).
_LONGEST_INT = 4300


class JsonFloat(float):
    """A number that knows how it was written; `text` is the JSON literal."""

    __slots__ = ("text",)

    text: str

    def __new__(cls, text: str) -> "JsonFloat":
        self = float.__new__(cls, text)
        self.text = text
        return self

    def __copy__(self) -> "JsonFloat":
        return self

    def __deepcopy__(self, memo: dict[int, Any]) -> "JsonFloat":
        return self

    def __reduce__(self) -> tuple[Any, ...]:
        return JsonFloat, (self.text,)


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")  # RFC 8259 section 6: no NaN, no Infinity


def _exact_int(text: str) -> int | JsonFloat:
    if text == "-0" or len(text) > _LONGEST_INT:
        return JsonFloat(text)
    return int(text)


def _plain_int(text: str) -> int | float:
    return float(text) if len(text) > _LONGEST_INT else int(text)


_exact = msgspec.json.Decoder(float_hook=JsonFloat).decode
_slow_exact = json.JSONDecoder(parse_float=JsonFloat, parse_int=_exact_int, parse_constant=_refuse_constant).decode
_slow_plain = json.JSONDecoder(parse_int=_plain_int, parse_constant=_refuse_constant).decode


def decode(raw: bytes) -> Any:
    """Decode JSON text; floats become JsonFloat. Raises ValueError for what is not JSON in UTF-8."""
    if b"-0" in raw and _MINUS_ZERO.search(raw):
        return _slow_exact(raw.decode())
    try:
        return _exact(raw)
    except ValueError:  # lone surrogates, numbers beyond msgspec's range: JSON all the same
        return _slow_exact(raw.decode())


class _PlainDecoder:
    """Decodes to what a validator takes, and tells whether a float was among it."""

    __slots__ = ("_decode", "_floats")

    def __init__(self) -> None:
        self._floats = 0
        self._decode = msgspec.json.Decoder(float_hook=self._float).decode

    def _float(self, text: str) -> float:
        self._floats += 1
        return float(text)

    def __call__(self, raw: bytes) -> tuple[Any, bool]:
        before = self._floats
        try:
            value = self._decode(raw)
        except ValueError:
            return _slow_plain(raw.decode()), True
        # A decode in another thread may add to the count: then the answer is the careful one.
        return value, self._floats != before


#: `decode_plain(raw)` gives the value with ordinary floats, and True when `decode` may give a different one.
decode_plain = _PlainDecoder()


def _encode_other(value: Any) -> Any:
    if isinstance(value, JsonFloat):
        return msgspec.Raw(value.text.encode())
    if isinstance(value, str):
        return str.__str__(value)
    if isinstance(value, float):
        return float(value)
    if isinstance(value, int):
        return int(value)
    raise TypeError(f"{type(value).__name__} cannot be written as JSON")


_fast_encode = msgspec.json.Encoder(enc_hook=_encode_other).encode


def encode(value: Any) -> bytes:
    """Write `value` as compact JSON; a JsonFloat is written as its text.

    Raises TypeError for what JSON cannot hold. NaN and infinity, which JSON does not know, become null.
    """
    try:
        return _fast_encode(value)
    except UnicodeEncodeError:  # a lone surrogate: legal in JSON as an escape, never as UTF-8
        return _slow_encode(value).encode()


def _slow_encode(value: Any) -> str:
    if isinstance(value, str):
        return json.dumps(value)
    if isinstance(value, dict):
        return "{" + ",".join(f"{json.dumps(str(key))}:{_slow_encode(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ",".join(map(_slow_encode, value)) + "]"
    return _fast_encode(value).decode()


def encode_own(payload: dict[str, Any]) -> bytes:
    """Write a payload of our own: a member that is None is left out, at any depth.

    Stations trip over `null` where an optional member should be absent (field-notes Q-19, Q-25).
    """
    raw = encode(payload)
    return encode(_without_none(payload)) if b"null" in raw else raw


def _without_none(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_none(item) for key, item in value.items() if item is not None}
    if isinstance(value, list | tuple):
        return [_without_none(item) for item in value]
    return value
