"""What an operator, or a payment page, gives to the operations on payments."""

from typing import Annotated, Any, Self

from pydantic import Field, model_validator

from plugins.ocpp21.limits import Limits
from plugins.shared.params import AsText, Params

Reference = Annotated[str, AsText, Field(min_length=1, max_length=255)]
"""pspRef: becomes the idToken. Left out, one is made up."""


class _Limited(Params):
    maxCost: Annotated[float, Field(ge=0, allow_inf_nan=False)] | None = None
    maxEnergy: Annotated[float, Field(ge=0, allow_inf_nan=False)] | None = None
    maxTime: Annotated[int, Field(ge=0)] | None = None
    maxSoC: Annotated[int, Field(ge=0, le=100)] | None = None

    def limits(self) -> dict[str, Any]:
        """As TransactionLimitType."""
        return Limits(
            maxCost=self.maxCost, maxEnergy=self.maxEnergy, maxTime=self.maxTime, maxSoC=self.maxSoC
        ).members()


class TerminalPayment(_Limited):
    """A stand-alone payment terminal has authorized a payment (C24)."""

    pspRef: Reference | None = None
    evseId: int = Field(ge=1)
    cardLast4Digits: Annotated[str | None, AsText, Field(pattern=r"^\d{4}$")] = None
    additionalInfo: list[dict[str, Any]] | None = Field(default=None, min_length=1)
    """Other AdditionalInfoTypes about the payment, `PaymentBrand` for one."""
    remoteStartId: int | None = None


class Opened(Params):
    """The page of a QR code has been opened (C25): its URL, or what stands in it."""

    url: str | None = Field(default=None, max_length=2000)
    evseId: int | None = Field(default=None, ge=1)
    totp: Annotated[str | None, AsText] = None
    version: Annotated[str | None, AsText] = None
    maxCost: Annotated[float, Field(ge=0, allow_inf_nan=False)] | None = None
    maxEnergy: Annotated[float, Field(ge=0, allow_inf_nan=False)] | None = None
    maxTime: Annotated[int, Field(ge=0)] | None = None
    timeout: int | None = Field(default=None, ge=0, le=86_400)
    """Seconds that the EVSE is kept for the driver."""

    @model_validator(mode="after")
    def _one_of_two(self) -> Self:
        if (self.url is None) == (self.totp is None or self.evseId is None):
            raise ValueError("give url, or evseId and totp")
        return self

    def parts(self) -> dict[str, str]:
        """The same as a URL would say it."""
        said: dict[str, Any] = {"evse": self.evseId, "totp": self.totp, "version": self.version}
        said |= {"maxcost": self.maxCost, "maxenergy": self.maxEnergy, "maxtime": self.maxTime}
        return {name: str(value) for name, value in said.items() if value is not None}


class WebPayment(_Limited):
    """The driver has paid; either for a page that was opened before (`paymentId`), or with all of its URL."""

    pspRef: Reference | None = None
    paymentId: str | None = Field(default=None, max_length=100)
    url: str | None = Field(default=None, max_length=2000)
    evseId: int | None = Field(default=None, ge=1)
    totp: Annotated[str | None, AsText] = None
    version: Annotated[str | None, AsText] = None
    remoteStartId: int | None = None

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        ways = (self.paymentId is not None, self.url is not None, self.evseId is not None or self.totp is not None)
        if sum(ways) != 1 or (ways[2] and (self.evseId is None or self.totp is None)):
            raise ValueError("give paymentId, or url, or evseId and totp")
        return self

    def opened(self) -> Opened:
        """What is to be checked as if the page was opened now."""
        return Opened(url=self.url, evseId=self.evseId, totp=self.totp, version=self.version)


class WebPaymentStarted(Params):
    """NotifyWebPaymentStarted; a timeout of 0 takes it back."""

    evseId: int = Field(ge=1)
    timeout: int | None = Field(default=None, ge=0)


class SetWebPayment(Params):
    """Set WebPaymentsCtrlr; without evseId the one of the station."""

    evseId: int | None = Field(default=None, ge=1)
    enabled: bool = True
