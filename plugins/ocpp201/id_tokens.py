"""idTokens that an operator gives: `TAG`, `TAG/ISO14443`, or the whole IdTokenType."""

from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from broker.api import Records

CENTRAL = "Central"
NO_AUTHORIZATION = "NoAuthorization"
TYPES = frozenset(
    {
        *(CENTRAL, "eMAID", "ISO14443", "ISO15693", "KeyCode", "Local", "MacAddress", NO_AUTHORIZATION),
        *("DirectPayment", "EVCCID", "VIN"),  # 2.1
    }
)


class GivenIdToken(BaseModel):
    """An IdTokenType whose type may be left out."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    idToken: str = Field(max_length=255)  # 36 in 2.0.1: the station or its schema refuses more
    type: str | None = Field(default=None, min_length=1, max_length=20)
    additionalInfo: list[dict[str, Any]] | None = None


def _read(value: Any) -> Any:
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)  # digits of a command line
    if not isinstance(value, str):
        return value
    token, slash, kind = value.rpartition("/")
    return {"idToken": token, "type": kind} if slash and kind in TYPES else {"idToken": value}


IdTokenParam = Annotated[GivenIdToken, BeforeValidator(_read, json_schema_input_type=str | GivenIdToken)]


async def resolved(records: Records, given: GivenIdToken) -> dict[str, Any]:
    """The IdTokenType to send; a type that was left out is that of the token as it is known, else Central."""
    kind = given.type
    if kind is None:
        known = await records.tokens.find(given.idToken)
        kind = (known.type if known is not None else "") or CENTRAL
    found: dict[str, Any] = {"idToken": given.idToken, "type": kind}
    if given.additionalInfo:
        found["additionalInfo"] = given.additionalInfo
    return found
