"""What operators can say of a charging profile, and of the profiles to clear or to compute (OCPP 1.6 6.13 to 6.43)."""

from typing import Annotated, Any, Literal

from pydantic import AliasChoices, BaseModel, ConfigDict, Field

Purpose = Literal["ChargePointMaxProfile", "TxDefaultProfile", "TxProfile"]
Kind = Literal["Absolute", "Recurring", "Relative"]


class PeriodWanted(BaseModel):
    """One ChargingSchedulePeriod."""

    model_config = ConfigDict(extra="forbid")

    startPeriod: int
    limit: float
    numberPhases: int | None = None


class ProfileWanted(BaseModel):
    """What is said of the profile; the rest is chosen."""

    model_config = ConfigDict(extra="forbid")

    purpose: Annotated[Purpose, Field(validation_alias=AliasChoices("purpose", "chargingProfilePurpose"))] = (
        "TxDefaultProfile"
    )
    limit: float | None = None
    """For the whole schedule; `periods` says more."""
    periods: Annotated[
        list[PeriodWanted] | None, Field(validation_alias=AliasChoices("periods", "chargingSchedulePeriod"))
    ] = None
    chargingRateUnit: Literal["A", "W"] = "A"
    numberPhases: int | None = None
    """For every period that does not say its own."""
    minChargingRate: float | None = None
    duration: int | None = None
    stackLevel: int = 0
    kind: Annotated[Kind | None, Field(validation_alias=AliasChoices("kind", "chargingProfileKind"))] = None
    """Absolute, or Recurring where a recurrencyKind is given."""
    recurrencyKind: Literal["Daily", "Weekly"] | None = None
    startSchedule: str | None = None
    validFrom: str | None = None
    validTo: str | None = None
    transactionId: int | None = None
    chargingProfileId: int | None = None


class SetParams(ProfileWanted):
    """A profile to compose, or one that is given whole."""

    connectorId: int | None = None
    """0 unless the purpose is TxProfile: then the one with the transaction."""
    csChargingProfiles: dict[str, Any] | None = None
    """Sent as it is, in the place of everything but connectorId."""
    force: bool = False
    """Send what the checks would refuse."""


class ClearParams(BaseModel):
    """Which profiles; nothing means all."""

    model_config = ConfigDict(extra="forbid")

    id: int | None = None
    connectorId: int | None = None
    chargingProfilePurpose: Purpose | None = None
    stackLevel: int | None = None


class CompositeParams(BaseModel):
    """What the schedule is wanted for."""

    model_config = ConfigDict(extra="forbid")

    connectorId: int = 0
    duration: int = 86_400
    chargingRateUnit: Literal["A", "W"] | None = None


class NoParams(BaseModel):
    """Nothing."""

    model_config = ConfigDict(extra="forbid")
