"""What an operator gives to the operations of the Core profile: the members of the CALL, with the limits of 1.6.

What a station must never be sent (an idTag that it cannot hold, field-notes Q-22) is refused here; who wants to send
it all the same, a test lab, makes a raw call.
"""

from typing import Annotated, Literal, Self

from pydantic import AliasChoices, Field, model_validator

from plugins.shared.params import AsList, AsText, Params
from plugins.shared.start_params import WithProfile

IdTag = Annotated[str, Field(min_length=1, max_length=20)]
Key = Annotated[str, Field(min_length=1, max_length=50)]
ConnectorId = Annotated[int, Field(ge=0)]


class RemoteStart(WithProfile):
    """RemoteStartTransaction; either with a whole profile, or with a limit to make one of."""

    idTag: IdTag
    connectorId: int | None = Field(default=None, gt=0)


class RemoteStop(Params):
    """RemoteStopTransaction; without transactionId the one that runs, at all or on that connector."""

    transactionId: int | None = None
    connectorId: ConnectorId | None = None

    @model_validator(mode="after")
    def _one_of_two(self) -> Self:
        if self.transactionId is not None and self.connectorId is not None:
            raise ValueError("give transactionId or connectorId, not both")
        return self


class Reset(Params):
    """Reset."""

    type: Literal["Hard", "Soft"] = "Soft"


class Unlock(Params):
    """UnlockConnector."""

    connectorId: ConnectorId


class ChangeAvailability(Params):
    """ChangeAvailability; connector 0 is the whole station."""

    type: Literal["Inoperative", "Operative"]
    connectorId: ConnectorId = 0


class GetConfiguration(Params):
    """GetConfiguration; without keys everything."""

    key: Annotated[list[Key], AsList] = Field(default_factory=list, validation_alias=AliasChoices("key", "keys"))


class ChangeConfiguration(Params):
    """ChangeConfiguration."""

    key: Key
    value: Annotated[str, AsText, Field(max_length=500)]


class Nothing(Params):
    """No parameters."""


class DataTransfer(Params):
    """DataTransfer; `data` that is no text is sent as JSON."""

    vendorId: str = Field(min_length=1, max_length=255)
    messageId: str | None = Field(default=None, max_length=50)
    data: Annotated[str | None, AsText] = None
