"""Options of `ocpp21.payment`."""

from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr

from broker.api import BasePlugin
from plugins.ocpp21.payment.url import EVSE, STATION, TOTP, names
from plugins.shared.outlet_config import HeaderName, HeaderValue, WebhookConfig

Status = Literal["Settled", "Canceled", "Rejected", "Failed"]
#: SharedSecret: more than 16 characters of random text (part 2, WebPaymentsCtrlr).
Secret = Annotated[SecretStr, Field(min_length=16, max_length=250)]


def _template(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme not in ("http", "https") or not parts.netloc:
        raise ValueError("an address that begins with http:// or https://")
    if missing := {STATION, EVSE, TOTP} - names(value):
        raise ValueError(f"it has to hold {', '.join(sorted('{' + name + '}' for name in missing))}")
    return value


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class Provider(_Part):
    """An HTTP service: a POST with a JSON body, answered with JSON."""

    url: Annotated[SecretStr, Field(min_length=1)]
    headers: dict[HeaderName, HeaderValue] = Field(default_factory=dict)
    timeout: float = Field(default=3.0, gt=0, le=4.5)
    """Seconds; the station waits for as long."""


class WebPayments(_Part):
    """QR codes that a station shows (C25)."""

    url: Annotated[str, Field(max_length=1000), AfterValidator(_template)]
    """The template: `https://pay.example.com/{chargingStationId}/{evse}/{totp}?v={version}`."""
    secret: Secret
    """Each station's own shared secret is made of it, with its identity."""
    secrets: dict[str, Secret] = Field(default_factory=dict)
    """By identity: shared secrets that stations have from elsewhere."""
    validity_time: int = Field(default=60, ge=6, le=3600)
    """Seconds that a one-time password counts."""
    length: int = Field(default=16, ge=6, le=32)
    """Characters of a one-time password."""
    timeout: int = Field(default=300, ge=1, le=86_400)
    """Seconds that a driver has to pay, for which the station keeps the EVSE for him."""


class PaymentOptions(BasePlugin.Config):
    """What the CSMS does about payments at stations of 2.1."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    accept_direct_payment: bool = True
    """Accept idTokens of the type DirectPayment: a payment terminal of the station has authorized the money (C18)."""
    receipt_url: Annotated[str, Field(max_length=1000)] | None = None
    """The receiptUrl for NotifySettlement, with `{receiptId}`, `{identity}`, `{transactionId}`; absent: the CSMS
    makes no receipts."""
    receipt_for: tuple[Status, ...] = ("Settled", "Failed")
    """Statuses that are answered with a receipt: what has failed can still be collected (C22)."""
    vat: Provider | None = None
    """Who knows VAT numbers; absent: the form of those of the European Union is checked."""
    web: WebPayments | None = None
    """Payments by QR code."""
    webhook: WebhookConfig | None = None
    """Who is told that a transaction with a DirectPayment has ended, and of settlements."""
