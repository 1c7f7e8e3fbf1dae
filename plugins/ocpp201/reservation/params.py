"""What an operator may say of a reservation of OCPP 2.x (H01, H02)."""

from typing import Annotated

from pydantic import AfterValidator, AliasChoices, Field

from plugins.ocpp201.id_tokens import IdTokenParam
from plugins.shared.params import AsText, Params
from plugins.shared.values import moment


def _date(value: str) -> str:
    if moment(value) is None:
        raise ValueError("a date and time as 2026-01-31T12:00:00Z is expected")
    return value


class Reserve(Params):
    """What `reserve` takes."""

    idToken: IdTokenParam
    evseId: int | None = Field(default=None, ge=-(2**31), lt=2**31, description="Left out: any EVSE of the station.")
    connectorType: str | None = Field(default=None, max_length=20, description="cCCS2, sType2, ...; left out: any.")
    groupIdToken: IdTokenParam | None = Field(default=None, description="Left out: the token's; null: none.")
    expiryDateTime: Annotated[str, AfterValidator(_date)] | None = Field(default=None, description="Sent as it is.")
    expiresIn: float | None = Field(default=None, description="Seconds from now, where there is no expiryDateTime.")
    id: int | None = Field(
        default=None,
        ge=-(2**31),
        lt=2**31,
        validation_alias=AliasChoices("id", "reservationId"),
        description="Left out: a fresh one.",
    )


class Cancel(Params):
    """What `cancel-reservation` takes: the number, or what it is known by."""

    reservationId: int | None = Field(
        default=None,
        ge=-(2**31),
        lt=2**31,
        validation_alias=AliasChoices("reservationId", "id"),
        description="Sent as it is, known or not.",
    )
    evseId: int | None = Field(default=None, description="The reservation of this EVSE.")
    idToken: Annotated[str, AsText] | None = Field(default=None, description="The reservation for this idToken.")
