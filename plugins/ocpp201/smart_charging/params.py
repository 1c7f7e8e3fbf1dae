"""What operators can say of charging profiles of 2.x: of one to set, of those to clear, to report or to compute."""

from typing import Annotated, Any, Literal

from pydantic import AliasChoices, Field

from plugins.shared.params import AsList, AsText, Params

Purpose = Literal[
    "ChargingStationMaxProfile",
    "TxDefaultProfile",
    "TxProfile",
    "ChargingStationExternalConstraints",
    "PriorityCharging",
    "LocalGeneration",
]
Kind = Literal["Absolute", "Recurring", "Relative", "Dynamic"]
Unit = Literal["A", "W"]
OperationMode = Literal[
    "Idle",
    "ChargingOnly",
    "CentralSetpoint",
    "ExternalSetpoint",
    "ExternalLimits",
    "CentralFrequency",
    "LocalFrequency",
    "LocalLoadBalancing",
]


class Rates(Params):
    """What a ChargingSchedulePeriod says beside its start; all but the first three are of 2.1."""

    limit: float | None = None
    numberPhases: int | None = None
    phaseToUse: int | None = None
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
    preconditioningRequest: bool | None = None
    evseSleep: bool | None = None
    v2xBaseline: float | None = None
    operationMode: OperationMode | None = None
    v2xFreqWattCurve: list[dict[str, Any]] | None = None
    v2xSignalWattCurve: list[dict[str, Any]] | None = None


class PeriodWanted(Rates):
    """One ChargingSchedulePeriod."""

    startPeriod: int


class ScheduleWanted(Rates):
    """One ChargingSchedule: its rates hold for every period that does not say its own."""

    periods: Annotated[
        list[PeriodWanted] | None, Field(validation_alias=AliasChoices("periods", "chargingSchedulePeriod"))
    ] = None
    """None: one, of the rates."""
    chargingRateUnit: Unit = "A"
    startSchedule: str | None = None
    duration: int | None = None
    minChargingRate: float | None = None
    salesTariff: dict[str, Any] | None = None
    powerTolerance: float | None = None
    signatureId: int | None = None
    digestValue: str | None = None
    useLocalTime: bool | None = None
    randomizedDelay: int | None = None
    limitAtSoC: dict[str, Any] | None = None
    absolutePriceSchedule: dict[str, Any] | None = None
    priceLevelSchedule: dict[str, Any] | None = None


class ProfileWanted(ScheduleWanted):
    """What is said of the profile; the rest is chosen."""

    purpose: Annotated[Purpose, Field(validation_alias=AliasChoices("purpose", "chargingProfilePurpose"))] = (
        "TxDefaultProfile"
    )
    kind: Annotated[Kind | None, Field(validation_alias=AliasChoices("kind", "chargingProfileKind"))] = None
    """Absolute, or Recurring where a recurrencyKind, and Dynamic where a dynUpdateInterval is given."""
    recurrencyKind: Literal["Daily", "Weekly"] | None = None
    stackLevel: int = 0
    validFrom: str | None = None
    validTo: str | None = None
    transactionId: Annotated[str | None, AsText] = None
    id: Annotated[int | None, Field(validation_alias=AliasChoices("id", "chargingProfileId"))] = None
    maxOfflineDuration: int | None = None
    invalidAfterOfflineDuration: bool | None = None
    dynUpdateInterval: int | None = None
    dynUpdateTime: str | None = None
    priceScheduleSignature: str | None = None
    chargingSchedule: Annotated[list[dict[str, Any]] | None, AsList] = None
    """The schedules, given whole, in the place of everything that belongs into one."""


class SetParams(ProfileWanted):
    """A profile to compose, or one that is given whole."""

    evseId: int | None = None
    """0 unless the purpose is TxProfile: then the one with the transaction."""
    chargingProfile: dict[str, Any] | None = None
    """Sent as it is, in the place of everything but evseId."""
    force: bool = False
    """Send what the checks would refuse."""


class Criteria(Params):
    """Which profiles; nothing means all."""

    evseId: int | None = None
    purpose: Annotated[Purpose | None, Field(validation_alias=AliasChoices("purpose", "chargingProfilePurpose"))] = None
    stackLevel: int | None = None


class ClearParams(Criteria):
    """Which profiles to clear: one by its id, or all that meet the criteria."""

    id: Annotated[int | None, Field(validation_alias=AliasChoices("id", "chargingProfileId"))] = None


class ReportParams(Criteria):
    """Which profiles the station is to report, and for how long to wait for them."""

    chargingProfileId: Annotated[list[int] | None, AsList] = None
    chargingLimitSource: Annotated[list[str] | None, AsList] = None
    requestId: int | None = None
    wait: bool = True
    timeout: float = Field(default=30, gt=0, le=3600)


class CompositeParams(Params):
    """What the schedule is wanted for."""

    evseId: int = 0
    duration: int = 86_400
    chargingRateUnit: Unit | None = None


class RenegotiateParams(Params):
    """The transaction whose schedule is made anew; needed where more than one runs."""

    evseId: int | None = None
    transactionId: Annotated[str | None, AsText] = None
    limit: float | None = Field(default=None, ge=0)
    """Not above this, beside all other limits; until the transaction ends, or the next time."""
    chargingRateUnit: Unit = "A"


class NoParams(Params):
    """Nothing."""
