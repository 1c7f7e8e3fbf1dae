"""What an operator gives to the operations of block G."""

from typing import Annotated, Literal, Self

from pydantic import AliasChoices, Field, model_validator

from plugins.shared.params import Params


class ChangeAvailability(Params):
    """ChangeAvailability: of a connector, of an EVSE, or without either of the whole station."""

    type: Annotated[
        Literal["Inoperative", "Operative"], Field(validation_alias=AliasChoices("type", "operationalStatus"))
    ]
    evseId: int | None = Field(default=None, ge=0)
    connectorId: int | None = Field(default=None, ge=0)

    @model_validator(mode="after")
    def _of_an_evse(self) -> Self:
        if self.connectorId is not None and self.evseId is None:
            raise ValueError("connectorId: a connector is one of an EVSE, give evseId too")
        return self
