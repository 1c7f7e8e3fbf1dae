"""Where a token is valid: EVSEs by identity, as a mapping, or in one cell of a table: `CP001:1,2;CP002:3`.

In such a cell an identity has `%3B` for a semicolon and `%25` for a percent sign, as in a URL.
"""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any
from urllib.parse import unquote

from pydantic import AfterValidator, BeforeValidator, Field

from broker.config.base import one_or_many

MAX_STATIONS = 1000
_MAX_EVSES = 100
_FORM = "EVSEs by identity: {CP001: [1, 2]}, or as text CP001:1,2;CP002:3"


def _read(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    found: dict[str, list[int]] = {}
    for part in filter(None, (part.strip() for part in value.split(";"))):
        identity, colon, numbers = part.rpartition(":")
        evses = [number.strip() for number in numbers.split(",") if number.strip()]
        if not colon or not all(number.isdecimal() and len(number) < 10 for number in evses):
            raise ValueError(_FORM)
        identity = unquote(identity.strip())
        if identity in found:
            raise ValueError("each identity once")
        found[identity] = [int(number) for number in evses]
    return found


def _list(value: Any) -> Any:
    return [value] if type(value) is int else one_or_many(value)


def _distinct(evses: list[int]) -> list[int]:
    return sorted(set(evses))


def as_text(evses: Mapping[str, Sequence[int]]) -> str:
    """The same in one cell."""
    return ";".join(
        f"{identity.replace('%', '%25').replace(';', '%3B')}:{','.join(map(str, numbers))}"
        for identity, numbers in evses.items()
    )


_Identity = Annotated[str, Field(min_length=1, max_length=255)]
_Evse = Annotated[int, Field(strict=True, ge=1, lt=2**31)]
_Evses = Annotated[
    list[_Evse],
    Field(max_length=_MAX_EVSES),
    BeforeValidator(_list, json_schema_input_type=int | list[int]),
    AfterValidator(_distinct),
]
EvseMap = Annotated[
    dict[_Identity, _Evses],
    Field(max_length=MAX_STATIONS),
    BeforeValidator(_read, json_schema_input_type=str | dict[str, int | list[int]]),
]
