"""Tariffs of OCPP 2.1, idTokens that have one or are prepaid, QR codes of stations, and services that are asked."""

import hashlib
import hmac
import string
import time
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from urllib.parse import quote

from aiohttp import web
from aiohttp.test_utils import TestServer
from lab2_kit import id_token
from options21_kit import ENERGY_ONLY
from scripted_station_kit import iso
from story2_kit import Charge

#: Options of a broker at which whoever pays directly pays by energy, without a word of the station's about cost.
CENTRAL_COST = {"ocpp201.tariff_cost": {"tariffs": [ENERGY_ONLY], "default": "energy"}}
BASE62 = string.digits + string.ascii_lowercase + string.ascii_uppercase


def floats(value):
    """A payload as it came, with its decimal numbers as a case writes them."""
    if isinstance(value, dict):
        return {name: floats(member) for name, member in value.items()}
    if isinstance(value, list):
        return [floats(member) for member in value]
    return float(value) if isinstance(value, Decimal) else value


class TimedCharge(Charge):
    """A transaction whose events happen when the case says: what it costs follows from the time between them."""

    def __init__(self, lab, station, *, minutes=10, **more):
        super().__init__(lab, station, **more)
        self._moment = datetime.now(UTC) - timedelta(minutes=minutes)

    def later(self, minutes):
        """Time passes."""
        self._moment += timedelta(minutes=minutes)

    async def event(self, kind, trigger, **more):
        at = iso(self._moment)
        values = [{**one, "timestamp": at} for one in more.pop("meterValue", ())]
        return await super().event(kind, trigger, at=at, **more, **({"meterValue": values} if values else {}))


@asynccontextmanager
async def known(lab, *, name="DRIVER", **entry):
    """An idToken that the operator has made known for this case, as an IdTokenType; `entry` is what is known of it."""
    token = id_token(f"{name}-{lab.identity}")
    url = f"{lab.broker.admin_url}/api/v1/tokens/{token['idToken']}"
    async with lab.host.client.put(url, json={"type": token["type"], **entry}) as answer:
        assert answer.status in (200, 201), await answer.text()
    try:
        yield token
    finally:
        async with lab.host.client.delete(url) as answer:
            assert answer.status == 200, await answer.text()


async def credit_of(lab, token):
    """What is left of a prepaid token, as operators see it."""
    return (await lab.get(f"/api/v1/tokens/{token['idToken']}"))["credit"]


async def held(lab, key, plugin="ocpp21.tariff_cost"):
    """A document of the station, as operators see it."""
    documents = (await lab.get(f"/api/v1/stations/{lab.identity}/documents"))["documents"]
    return documents.get(plugin, {}).get(key)


def direct_payment(reference, **info):
    """The idToken of a payment; `info`: additionalInfo by its type."""
    more = [{"additionalIdToken": value, "type": kind} for kind, value in info.items()]
    return {"idToken": reference, "type": "DirectPayment", **({"additionalInfo": more} if more else {})}


def one_time_password(values):
    """TOTP algorithm, version 1 (part 2, C25), as the station computes it from its WebPaymentsCtrlr."""
    interval = int(time.time() // int(values["ValidityTime"]))
    made = hmac.new(values["SharedSecret"].encode(), interval.to_bytes(8, "big"), hashlib.sha256).digest()
    first = made[-1] & 15
    twice = made + made
    return "".join(BASE62[twice[first + place] % 62] for place in range(int(values["Length"])))


def qr_code(lab, values, *, evse=1, password=None, **query):
    """The URL that the station shows for an EVSE, by its WebPaymentsCtrlr; `query`: what the driver has chosen."""
    parts = {
        "{chargingStationId}": lab.identity,
        "{evse}": str(evse),
        "{totp}": one_time_password(values) if password is None else password,
        "{version}": values["TOTPVersion"],
    }
    url = values["URLTemplate"]
    for name, value in parts.items():
        assert name in url
        url = url.replace(name, quote(value, safe=""))
    return url + "".join(f"&{name}={value}" for name, value in query.items())


@asynccontextmanager
async def service(answer):
    """An HTTP service: its URL, and the bodies that were posted to it; `answer` is what it says to each."""
    posted = []

    async def takes(request):
        posted.append(await request.json())
        return web.json_response(answer)

    app = web.Application()
    app.router.add_post("/", takes)
    async with TestServer(app) as server:
        yield str(server.make_url("/")), posted
