"""Pages of QR codes that drivers open (C25): their URLs are checked, and remembered until the driver has paid."""

import secrets
from collections import OrderedDict
from dataclasses import dataclass
from typing import Any

from broker.api import Context, OperationFailed
from plugins.ocpp21.payment.config import WebPayments
from plugins.ocpp21.payment.params import Opened
from plugins.ocpp21.payment.totp import VERSION, is_valid, secret_of
from plugins.ocpp21.payment.url import EVSE, STATION, TOTP, parsed
from plugins.ocpp21.payment.url import VERSION as VERSION_NAME
from plugins.ocpp201.device_model import number_of
from plugins.shared.ci_string import folded
from plugins.shared.values import number

_COMPONENT = "WebPaymentsCtrlr"
_LIMITS = {"maxcost": "maxCost", "maxenergy": "maxEnergy", "maxtime": "maxTime"}
_LARGEST = 10**9
_MOST = 10_000


class Refused(OperationFailed):
    """No page for this URL (C25.FR.09); the text says why, without its parts."""


@dataclass(frozen=True, slots=True)
class Page:
    """One that was opened."""

    identity: str
    evse: int
    limits: dict[str, Any]
    until: float


class Pages:
    """Checks URLs, and keeps the pages that are open."""

    def __init__(self, config: WebPayments, context: Context) -> None:
        self._config = config
        self._context = context
        self._open: OrderedDict[str, Page] = OrderedDict()

    def station_of(self, url: str) -> str | None:
        """The station that a URL is about."""
        said = parsed(self._config.url, url)
        return None if said is None else said.get(STATION)

    async def checked(self, identity: str, opened: Opened) -> Page:
        """The page of a URL of this station; raises Refused (C25.FR.07 to C25.FR.09)."""
        said = opened.parts() if opened.url is None else parsed(self._config.url, opened.url)
        if said is None or said.get(STATION, identity) != identity:
            raise Refused("this is no URL of the station's QR codes")
        if folded(said.get(VERSION_NAME, VERSION)) not in (VERSION, VERSION[1:]):
            raise Refused("the version of its one-time password is not known")
        evse = number(said.get(EVSE))
        if evse is None or evse < 1 or not await self._has(identity, evse):
            raise Refused("the station has no such EVSE")
        limits = _limits(said)
        if not await self._is_valid(identity, evse, said.get(TOTP, "")):
            raise Refused("its one-time password is not valid, or not any more")
        seconds = self._config.timeout if opened.timeout is None else opened.timeout
        return Page(identity, evse, limits, self._context.clock.now() + seconds)

    def opened(self, page: Page) -> str:
        """Remember it; the paymentId under which it is found again."""
        name = secrets.token_urlsafe(24)
        self._open[name] = page
        while len(self._open) > _MOST:
            self._open.popitem(last=False)
        return name

    def found(self, payment_id: str, identity: str | None = None) -> Page:
        """The page with this paymentId, of this station; raises Refused when its time is over."""
        page = self._open.get(payment_id)
        if page is None or page.until < self._context.clock.now() or identity not in (None, page.identity):
            raise Refused("no page with this paymentId is open")
        return page

    def variables(self, identity: str, enabled: bool) -> dict[str, str]:
        """WebPaymentsCtrlr as it belongs into the station."""
        config = self._config
        return {
            "URLTemplate": config.url,
            "TOTPVersion": VERSION,
            "ValidityTime": str(config.validity_time),
            "Length": str(config.length),
            "SharedSecret": self._secret(identity),
            "Enabled": "true" if enabled else "false",
        }

    def _secret(self, identity: str) -> str:
        own = self._config.secrets.get(identity)
        if own is not None:
            return own.get_secret_value()
        return secret_of(self._config.secret.get_secret_value(), identity)

    async def _has(self, identity: str, evse: int) -> bool:
        known = {row.evse for row in await self._context.records.connectors.of(identity)} - {0}
        return not known or evse in known

    async def _is_valid(self, identity: str, evse: int, given: str) -> bool:
        config = self._config
        validity = await self._setting(identity, evse, "ValidityTime", 6, 3600) or config.validity_time
        length = await self._setting(identity, evse, "Length", 6, 64) or config.length
        now = self._context.clock.now()
        return is_valid(given, self._secret(identity), now, validity=validity, length=length)

    async def _setting(self, identity: str, evse: int, name: str, low: int, high: int) -> int | None:
        """As the station has it, for the EVSE or for all of them; what it cannot be counts for nothing."""
        for component in (f"{_COMPONENT}@{evse}", _COMPONENT):
            found = await number_of(self._context.records, identity, component, name)
            if found is not None and low <= found <= high:
                return found
        return None


def _limits(said: dict[str, str]) -> dict[str, Any]:
    """C25.FR.56 to C25.FR.58: what the driver has chosen at the station."""
    found: dict[str, Any] = {}
    for name, limit in _LIMITS.items():
        if name not in said:
            continue
        try:
            value = float(said[name])
        except ValueError:
            raise Refused(f"{name} is no number") from None
        if not 0 <= value <= _LARGEST:
            raise Refused(f"{name} is no limit")
        found[limit] = int(value) if value.is_integer() or limit == "maxTime" else value
    return found
