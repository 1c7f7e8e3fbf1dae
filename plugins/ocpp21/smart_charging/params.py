"""What operators can say of priority and dynamic charging (2.1 K21, K28)."""

from typing import Annotated

from pydantic import AliasChoices, Field

from plugins.shared.params import AsText, Params


class PriorityParams(Params):
    """The transaction; needed where more than one runs."""

    evseId: int | None = None
    transactionId: Annotated[str | None, AsText] = None
    activate: bool = True


class UpdateParams(Params):
    """The ChargingScheduleUpdate, and the Dynamic profile that it is for."""

    chargingProfileId: Annotated[int | None, Field(validation_alias=AliasChoices("chargingProfileId", "id"))] = None
    """Needed where the station is not known to hold exactly one."""
    limit: float | None = None
    limit_L2: float | None = None
    limit_L3: float | None = None
    dischargeLimit: float | None = None
    dischargeLimit_L2: float | None = None
    dischargeLimit_L3: float | None = None
    setpoint: float | None = None
    setpoint_L2: float | None = None
    setpoint_L3: float | None = None
    setpointReactive: float | None = None
    setpointReactive_L2: float | None = None
    setpointReactive_L3: float | None = None
    send: bool = True
    """False: kept for when the station asks for it."""


RATES = tuple(name for name in UpdateParams.model_fields if name not in ("chargingProfileId", "send"))
