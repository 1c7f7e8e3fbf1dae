"""Structs to the parameters of SQL and back.

Nothing that a station says may be the reason why a row cannot be written: texts are cut, numbers brought into the
range of a column, characters that UTF-8 cannot hold replaced.
"""

from collections.abc import Callable, Sequence
from operator import attrgetter
from types import NoneType
from typing import Any, Generic, TypeVar, Union, get_args, get_origin, get_type_hints

import msgspec

from broker.ocpp.jsontext import decode_plain, encode
from broker.store.errors import StoreFailed

T = TypeVar("T", bound=msgspec.Struct)
Param = str | int | float | bytes | None

LONGEST = 1_000
LONGEST_VALUE = 10_000
_LARGEST = 2**63 - 1

#: What may be longer than a name: values of settings, certificates.
_LIMITS = {"value": LONGEST_VALUE, "previous": LONGEST_VALUE, "pem": 1_000_000}


def text(value: Any, limit: int = LONGEST) -> str:
    """Something that a column of text can hold."""
    if type(value) is not str:  # a member of an enum takes the driver's slow way
        value = "" if value is None else str.__str__(value) if isinstance(value, str) else str(value)
    if len(value) > limit:
        value = value[:limit]
    if not value.isascii():
        value = value.encode("utf-8", "replace").decode()
    return str(value)


def number(value: Any) -> int:
    """Something that a column of integers can hold."""
    if type(value) is not int:
        if not isinstance(value, int):
            value = real(value)
        value = int(max(min(value, _LARGEST), -_LARGEST))
    return value if -_LARGEST <= value <= _LARGEST else _LARGEST if value > 0 else -_LARGEST


def real(value: Any) -> float:
    """Something that a column of floats can hold: SQLite makes NULL of a NaN."""
    try:
        found = float(value)
    except OverflowError:
        return float(_LARGEST) if value > 0 else -float(_LARGEST)
    except (TypeError, ValueError):  # a station's text where a number should be
        return 0.0
    return found if found == found else 0.0


def blob(value: Any) -> bytes:
    """JSON."""
    return value if isinstance(value, bytes) else encode({} if value is None else value)


def flag(value: Any) -> int:
    return 1 if value else 0


_BY_TYPE: dict[Any, Callable[[Any], Param]] = {int: number, float: real, dict: blob, bytes: blob, bool: flag}


def _or_none(convert: Callable[[Any], Param]) -> Callable[[Any], Param]:
    return lambda value: None if value is None else convert(value)


def converter(name: str, kind: Any) -> Callable[[Any], Param]:
    """What makes a parameter of a field of that type."""
    args = get_args(kind)
    if NoneType in args:
        rest = [arg for arg in args if arg is not NoneType]
        return _or_none(converter(name, Union[tuple(rest)]))  # noqa: UP007 - of what is known at run time only
    kind = get_origin(kind) or kind
    if kind is str:
        limit = _LIMITS.get(name, LONGEST)
        return text if limit == LONGEST else lambda value: text(value, limit)
    return _BY_TYPE[kind]


def _decode(data: bytes) -> Any:
    try:
        return decode_plain(data)[0]
    except (AttributeError, TypeError, ValueError) as error:
        raise StoreFailed(f"damaged data: {error}") from None


def _reader(kind: Any) -> Callable[[Any], Any] | None:
    readers: dict[Any, Callable[[Any], Any]] = {dict: _decode, bool: bool}
    return readers.get(get_origin(kind) or kind)


class Codec(Generic[T]):
    """One kind of struct, whose fields are the columns of a table, in the same order."""

    def __init__(self, kind: type[T], *, keys: Sequence[str] = (), without: Sequence[str] = ()) -> None:
        """`keys`: the primary key. `without`: fields that are no columns."""
        hints = get_type_hints(kind)
        self.fields = tuple(name for name in kind.__struct_fields__ if name not in without)
        self._kind = kind
        self._get = attrgetter(*self.fields)
        self._converters = [converter(name, hints[name]) for name in self.fields]
        self._keys = [converter(name, hints[name]) for name in keys]
        self._key_places = [self.fields.index(name) for name in keys]
        self._readers = [_reader(hints[name]) for name in self.fields]

    def params(self, row: T) -> list[Param]:
        """The parameters of a row, in the order of the fields."""
        return [convert(value) for convert, value in zip(self._converters, self._get(row), strict=True)]

    def key_of(self, params: Sequence[Param]) -> list[Param]:
        """The primary key among the parameters of a row."""
        return [params[place] for place in self._key_places]

    def key(self, *values: Any) -> list[Param]:
        """The parameters of a primary key, or of its beginning."""
        return [convert(value) for convert, value in zip(self._keys, values, strict=False)]

    def row(self, values: Sequence[Any], **others: Any) -> T:
        """The struct of a row that was read."""
        found = {
            name: value if read is None else read(value)
            for name, value, read in zip(self.fields, values, self._readers, strict=True)
        }
        return self._kind(**found, **others)
