"""What an operator gives to the operations of block F: the members of the CALLs, and what makes them.

What a station must not be sent is refused here; who wants to send it all the same, a test lab, makes a raw call.
"""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from plugins.ocpp201.id_tokens import IdTokenParam
from plugins.shared.params import Params
from plugins.shared.start_params import WithProfile

Natural = Annotated[int, Field(ge=0)]
#: MessageTriggerEnumType of 2.0.1, and what 2.1 adds.
Message = Literal[
    "BootNotification", "FirmwareStatusNotification", "Heartbeat", "LogStatusNotification", "MeterValues",
    "PublishFirmwareStatusNotification", "SignChargingStationCertificate", "SignCombinedCertificate",
    "SignV2GCertificate", "StatusNotification", "TransactionEvent", "CustomTrigger", "SignV2G20Certificate",
]  # fmt: skip
ONLY_IN_21 = frozenset({"CustomTrigger", "SignV2G20Certificate"})


class RemoteStart(WithProfile):
    """RequestStartTransaction; either with a whole profile, or with a limit to make one of."""

    idToken: IdTokenParam | None = None
    """Left out: one of type Central that the broker makes for this start."""
    evseId: int | None = Field(default=None, gt=0)
    remoteStartId: int | None = None
    groupIdToken: IdTokenParam | None = None


class RemoteStop(Params):
    """RequestStopTransaction; without transactionId the one that runs, at all or on that EVSE."""

    transactionId: str | None = Field(default=None, min_length=1, max_length=255)
    evseId: Natural | None = None

    @model_validator(mode="after")
    def _one_of_two(self) -> Self:
        if self.transactionId is not None and self.evseId is not None:
            raise ValueError("give transactionId or evseId, not both")
        return self


class Trigger(Params):
    """TriggerMessage; the EVSE and its connector are for messages that are about one, without them about all."""

    requestedMessage: Message
    evseId: Natural | None = None
    connectorId: Natural | None = None
    customTrigger: str | None = Field(default=None, min_length=1, max_length=50)

    @model_validator(mode="after")
    def _belong_together(self) -> Self:
        if self.connectorId is not None and self.evseId is None:
            raise ValueError("connectorId: a connector is one of an EVSE, give evseId too")
        if (self.customTrigger is not None) != (self.requestedMessage == "CustomTrigger"):
            raise ValueError("customTrigger belongs to requestedMessage CustomTrigger, and is needed there")
        return self


class Unlock(Params):
    """UnlockConnector."""

    evseId: Natural
    connectorId: Natural = 1
