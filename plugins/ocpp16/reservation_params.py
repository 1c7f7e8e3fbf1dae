"""What an operator may say of a reservation (1.6 6.5, 6.35)."""

from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from plugins.ocpp16.idtags import LONGEST
from plugins.shared.values import moment


def _date(value: str) -> str:
    if moment(value) is None:
        raise ValueError("a date and time as 2026-01-31T12:00:00Z is expected")
    return value


class Reserve(BaseModel):
    """What `reserve` takes."""

    model_config = ConfigDict(extra="forbid")

    connectorId: int = Field(default=0, ge=-(2**31), lt=2**31, description="0 is any connector of the station.")
    idTag: str = Field(max_length=LONGEST)
    parentIdTag: str | None = Field(default=None, max_length=LONGEST, description="Left out: the token's; null: none.")
    expiryDate: Annotated[str, AfterValidator(_date)] | None = Field(default=None, description="Sent as it is.")
    expiresIn: float | None = Field(default=None, description="Seconds from now, where there is no expiryDate.")
    reservationId: int | None = Field(default=None, ge=-(2**31), lt=2**31, description="Left out: a fresh one.")


class Cancel(BaseModel):
    """What `cancel-reservation` takes: the number, or what it is known by."""

    model_config = ConfigDict(extra="forbid")

    reservationId: int | None = Field(default=None, ge=-(2**31), lt=2**31, description="Sent as it is, known or not.")
    connectorId: int | None = Field(default=None, description="The reservation of this connector.")
    idTag: str | None = Field(default=None, description="The reservation for this idTag.")
