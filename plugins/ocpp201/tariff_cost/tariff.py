"""A tariff as OCPP 2.1 has it (part 2, TariffType), used for central cost on 2.0.1 too."""

from collections.abc import Iterator
from datetime import date, time
from decimal import Decimal
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from plugins.ocpp201.tariff_cost.money import Amount, plain, taxed, untaxed
from plugins.shared.values import moment

Money = Annotated[Decimal, Field(ge=0, le=1_000_000_000, allow_inf_nan=False)]
Number = Annotated[Decimal, Field(ge=-1_000_000_000, le=1_000_000_000, allow_inf_nan=False)]
Seconds = Annotated[int, Field(ge=0, le=1_000_000_000)]
Day = Literal["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]


def _clock(value: str) -> str:
    time.fromisoformat(value)
    return value


def _date(value: str) -> str:
    date.fromisoformat(value)
    return value


def _moment(value: str) -> str:
    if moment(value) is None:
        raise ValueError("a date and time as 2026-01-31T12:00:00Z")
    return value


TimeOfDay = Annotated[str, Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d$"), AfterValidator(_clock)]
DateText = Annotated[str, Field(pattern=r"^\d{4}-\d\d-\d\d$"), AfterValidator(_date)]
Moment = Annotated[str, AfterValidator(_moment)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    customData: dict[str, Any] | None = None


class TaxRate(_Part):
    """TaxRateType."""

    type: str = Field(min_length=1, max_length=20)
    tax: Annotated[Decimal, Field(ge=0, le=1000, allow_inf_nan=False)]
    """Percent."""
    stack: int = Field(default=0, ge=0, le=100)


TaxRates = Annotated[tuple[TaxRate, ...], Field(min_length=1, max_length=5)] | None


class Price(_Part):
    """PriceType: one half may be left out, and follows from the other with the taxes."""

    exclTax: Money | None = None
    inclTax: Money | None = None
    taxRates: TaxRates = None

    @model_validator(mode="after")
    def _one_at_least(self) -> Self:
        if self.exclTax is None and self.inclTax is None:
            raise ValueError("give exclTax or inclTax")
        return self

    def amount(self) -> Amount:
        """Both halves."""
        if self.exclTax is None:
            return untaxed(self.inclTax or Decimal(0), self.taxRates or ())
        net = taxed(self.exclTax, self.taxRates or ())
        return net if self.inclTax is None else Amount(self.exclTax, self.inclTax)


class FixedConditions(_Part):
    """TariffConditionsFixedType; all that are given have to hold. Times and dates are local."""

    startTimeOfDay: TimeOfDay | None = None
    endTimeOfDay: TimeOfDay | None = None
    dayOfWeek: Annotated[tuple[Day, ...], Field(min_length=1, max_length=7)] | None = None
    validFromDate: DateText | None = None
    validToDate: DateText | None = None
    evseKind: Literal["AC", "DC"] | None = None
    paymentBrand: Annotated[str, Field(max_length=20)] | None = None
    paymentRecognition: Annotated[str, Field(max_length=20)] | None = None


class Conditions(_Part):
    """TariffConditionsType; all that are given have to hold. Wh, A and W over all phases, seconds."""

    startTimeOfDay: TimeOfDay | None = None
    endTimeOfDay: TimeOfDay | None = None
    dayOfWeek: Annotated[tuple[Day, ...], Field(min_length=1, max_length=7)] | None = None
    validFromDate: DateText | None = None
    validToDate: DateText | None = None
    evseKind: Literal["AC", "DC"] | None = None
    minEnergy: Number | None = None
    maxEnergy: Number | None = None
    minCurrent: Number | None = None
    maxCurrent: Number | None = None
    minPower: Number | None = None
    maxPower: Number | None = None
    minTime: Seconds | None = None
    maxTime: Seconds | None = None
    minChargingTime: Seconds | None = None
    maxChargingTime: Seconds | None = None
    minIdleTime: Seconds | None = None
    maxIdleTime: Seconds | None = None


class EnergyPrice(_Part):
    """TariffEnergyPriceType."""

    priceKwh: Money
    conditions: Conditions | None = None


class TimePrice(_Part):
    """TariffTimePriceType."""

    priceMinute: Money
    conditions: Conditions | None = None


class FixedPrice(_Part):
    """TariffFixedPriceType."""

    priceFixed: Money
    conditions: FixedConditions | None = None


class Energy(_Part):
    """TariffEnergyType: the first price whose conditions hold counts."""

    prices: tuple[EnergyPrice, ...] = Field(min_length=1, max_length=100)
    taxRates: TaxRates = None


class Time(_Part):
    """TariffTimeType."""

    prices: tuple[TimePrice, ...] = Field(min_length=1, max_length=100)
    taxRates: TaxRates = None


class Fixed(_Part):
    """TariffFixedType."""

    prices: tuple[FixedPrice, ...] = Field(min_length=1, max_length=100)
    taxRates: TaxRates = None


class Message(_Part):
    """MessageContentType, of a description."""

    format: Literal["ASCII", "HTML", "URI", "UTF8", "QRCODE"] = "UTF8"
    language: Annotated[str, Field(max_length=8)] | None = None
    content: str = Field(max_length=1024)


class Tariff(_Part):
    """TariffType. Prices are without taxes."""

    tariffId: str = Field(min_length=1, max_length=60)
    currency: str = Field(pattern=r"^[A-Z]{3}$")
    """ISO 4217."""
    description: Annotated[tuple[Message, ...], Field(min_length=1, max_length=10)] | None = None
    energy: Energy | None = None
    chargingTime: Time | None = None
    idleTime: Time | None = None
    fixedFee: Fixed | None = None
    reservationTime: Time | None = None
    reservationFixed: Fixed | None = None
    minCost: Price | None = None
    maxCost: Price | None = None
    validFrom: Moment | None = None

    def conditions(self) -> Iterator[Conditions]:
        """All conditions of what is priced while a transaction runs."""
        for part in (self.energy, self.chargingTime, self.idleTime):
            for price in part.prices if part is not None else ():
                if price.conditions is not None:
                    yield price.conditions

    def as_ocpp(self, *, valid_from: bool = True) -> dict[str, Any]:
        """As a member of a message; `validFrom` stands in no AuthorizeResponse (I08.FR.09)."""
        left_out = set() if valid_from else {"validFrom"}
        found: dict[str, Any] = _numbers(self.model_dump(exclude_none=True, exclude=left_out))
        return found


def _numbers(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _numbers(member) for key, member in value.items()}
    if isinstance(value, list | tuple):
        return [_numbers(member) for member in value]
    return plain(value) if isinstance(value, Decimal) else value
