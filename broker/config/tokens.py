"""Tokens of the file: who may charge where the broker's own CSMS answers.

An idTag opens a charger, so it is a credential: a fault names the entry by its place and its last characters.
"""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Annotated, Any, Literal, get_args

from pydantic import AfterValidator, BeforeValidator, Field, PlainSerializer, model_validator

from broker.config.base import Fault, Faults, Model, accepts
from broker.config.secrets import MASK
from broker.config.token_evses import EvseMap

MAX_ID = 255
"""Characters of an idToken in OCPP 2.1; it has at most 36 in 2.0.1, and an idTag of 1.6 at most 20."""
MAX_MESSAGE = 512
"""Characters of a personalMessage in OCPP 2.0.1."""
_LONG_ENOUGH = 8
_SMALL = {code: code + 32 for code in range(ord("A"), ord("Z") + 1)}
_MOMENT = "a date and time such as 2027-01-31T12:00:00Z"

Status = Literal[
    "Accepted", "Blocked", "ConcurrentTx", "Expired", "Invalid",
    "NoCredit", "NotAllowedTypeEVSE", "NotAtThisLocation", "NotAtThisTime", "Unknown",
]  # fmt: skip
"""The words of 1.6 (AuthorizationStatus) first, then those that only 2.x has."""


def _printable(value: str) -> str:
    if not value.isprintable():
        raise ValueError("text without control characters")
    return value


def _moment(value: Any) -> datetime:
    """A time with an offset; without one it is UTC."""
    if not isinstance(value, (str, datetime)):  # pydantic would take a number for Unix time
        raise ValueError(_MOMENT)
    try:
        moment = datetime.fromisoformat(value) if isinstance(value, str) else value
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        raise ValueError(_MOMENT) from None


def _number(value: Any) -> Any:
    if isinstance(value, bool):  # pydantic would take true for 1
        raise ValueError("a number")
    return value


TokenId = Annotated[str, Field(min_length=1, max_length=MAX_ID), AfterValidator(_printable)]
Moment = Annotated[datetime, BeforeValidator(_moment, json_schema_input_type=str)]
_Word = Annotated[str, Field(max_length=20), AfterValidator(_printable)]
_Language = Annotated[str, Field(max_length=8), AfterValidator(_printable)]
_Priority = Annotated[int, Field(ge=-9, le=9), BeforeValidator(_number)]
_Amount = Annotated[float, Field(ge=-1e12, le=1e12, allow_inf_nan=False), BeforeValidator(_number)]


class TokenEntry(Model):
    """What is known of one token; short form: its status."""

    status: Status = "Accepted"
    """What the station is told. A word that only OCPP 2.x has is Invalid or Blocked for a station that speaks 1.6."""
    expires: Moment | None = None
    """From then on it is Expired: `2027-01-31T12:00:00Z`; without an offset it is UTC. Absent: never."""
    parent: TokenId | None = Field(default=None, repr=False)
    """Its parentIdTag, or groupIdToken: tokens of one group may stop each other's transactions."""
    parent_type: _Word = ""
    """Type of `parent` in OCPP 2.x; empty for Central."""
    type: _Word = ""
    """The type that it has to be presented as in OCPP 2.x, such as ISO14443; empty for any."""
    note: str = Field(default="", max_length=255, repr=False)
    """For people: whose it is. No station sees it."""
    language: _Language = ""
    """Language of its owner for messages on a display, as in RFC 5646; OCPP 2.x only."""
    language2: _Language = ""
    """Another one, where a station does not have the first; OCPP 2.x only."""
    message: Annotated[str, Field(max_length=MAX_MESSAGE, repr=False), AfterValidator(_printable)] = ""
    """What its owner is shown when it is presented, in `language`; OCPP 2.x only."""
    evses: EvseMap = Field(default_factory=dict)
    """By identity, the EVSEs where it is valid; a station that is not named: all of them; an empty list: none. A
    station of OCPP 1.6 can be told of none only."""
    priority: _Priority | None = None
    """Priority against other vehicles where power is scarce, -9 to 9; absent: 0. OCPP 2.x only."""
    credit: _Amount | None = None
    """What is left to spend of a prepaid one, in the currency of its tariff; 0 or less is NoCredit, which to a
    station of OCPP 1.6 is Blocked. Absent: it is not prepaid."""
    tariff: Annotated[str, Field(max_length=60), AfterValidator(_printable)] = ""
    """Id of the tariff that its owner pays; empty for the usual one. OCPP 2.x only."""

    __get_pydantic_json_schema__ = accepts({"enum": list(get_args(Status))})

    @model_validator(mode="before")
    @classmethod
    def _short_form(cls, value: Any) -> Any:
        return {"status": value} if isinstance(value, str) else value


def same(one: str) -> str:
    """What two spellings of a token have in common: OCPP's CiString is without regard to case, within ASCII."""
    return one.lower() if one.isascii() else one.translate(_SMALL)


def hinted(number: int, one: object) -> str:
    """Which entry of a list is meant, without its text: `entry 17 (..B3)`; the first is 1."""
    text = one if isinstance(one, str) else ""
    return f"entry {number} (..{text[-2:]})" if len(text) >= _LONG_ENOUGH else f"entry {number}"


def _checked(value: Any) -> Any:
    """Check every entry here: pydantic would put the tokens into the places of its errors."""
    if not isinstance(value, dict):
        return value
    Faults.check(_faults(value))
    return value


def _faults(entries: Mapping[Any, Any]) -> Iterator[Fault]:
    first: dict[str, str] = {}
    for number, (one, entry) in enumerate(entries.items(), start=1):
        place = hinted(number, one)
        expected = fault_in_id(one)
        if expected:
            yield Fault((place,), f"another key: {expected}")
        elif (other := first.setdefault(same(one), place)) is not place:
            yield Fault((place,), f"each token once, compared without regard to case; {other} is the same one")
        for path, text in _faults_in(entry):
            yield Fault((place, path) if path else (place,), text)


def fault_in_id(one: Any) -> str:
    """What a token has to be instead, where it cannot be one; empty where it can."""
    if not isinstance(one, str):
        return "text (a number needs quotes)"
    good = 0 < len(one) <= MAX_ID and one.isprintable()
    return "" if good else f"1 to {MAX_ID} characters without control characters"


def _faults_in(entry: Any) -> list[tuple[str, str]]:
    from broker.config.faults import checked  # which knows the whole configuration, this file included

    found = checked(TokenEntry, entry)
    return found if isinstance(found, list) else []


def _hidden(tokens: Mapping[str, TokenEntry]) -> Any:
    return MASK if tokens else {}


TokenMap = Annotated[
    dict[TokenId, TokenEntry], BeforeValidator(_checked), PlainSerializer(_hidden, return_type=Any, when_used="json")
]
"""Token -> what is known of it; each once, compared without regard to case."""
