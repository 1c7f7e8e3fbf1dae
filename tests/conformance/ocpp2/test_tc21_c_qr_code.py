"""C, payments of 2.1 by the QR codes that a station shows: configured, opened, paid, and what is wrong with them."""

from contextlib import asynccontextmanager

import pytest
from cases21 import case21
from device_kit import set_with
from options21_kit import QR_CODE
from story2_kit import booted
from tariff_kit import TimedCharge, direct_payment, one_time_password, qr_code

REFERENCE = "PSP-0002"
LIMIT = {"maxEnergy": 20000}


@asynccontextmanager
async def showing_codes(lab):
    """A station that the CSMS has set up to show QR codes; what it has of them, by variable."""
    async with lab.station() as station:
        await booted(station)
        asked = [station.expect("SetVariables", set_with()) for _ in range(6)]
        told = await lab.do("set-web-payment")
        assert set(told["variables"].values()) == {"Accepted"}
        values = {}
        for one in asked:
            [item] = (await one)["setVariableData"]
            assert item["component"] == {"name": "WebPaymentsCtrlr"}
            values[item["variable"]["name"]] = item["attributeValue"]
        assert {name: values[name] for name in values if name != "SharedSecret"} == {
            "URLTemplate": QR_CODE, "TOTPVersion": "v1", "ValidityTime": "60", "Length": "12", "Enabled": "true",
        }  # fmt: skip
        assert len(values["SharedSecret"]) > 16
        assert values["SharedSecret"] not in str(await lab.records.variables.of(lab.identity))
        yield station, values


async def at_once(lab, station, url):
    """The payment page tells of the payment with the whole URL."""
    asked = station.expect("RequestStartTransaction", {"status": "Accepted"})
    return asked, await lab.do("web-payment", url=url, pspRef=REFERENCE)


async def posted(lab, path, body, *status):
    url = f"{lab.broker.admin_url}/plugins/ocpp21.payment/web-payments{path}"
    async with lab.host.client.post(url, json=body) as answer:
        assert answer.status in (status or (200,)), await answer.text()
        return await answer.json()


async def by_the_page(lab, station, url):
    """The driver opens the page, for whom the station keeps the EVSE; and pays there."""
    asked = station.expect("NotifyWebPaymentStarted", {})
    opened = await posted(lab, "", {"url": url})
    assert await asked == {"evseId": 1, "timeout": 300}
    assert (opened["evseId"], opened["limits"]) == (1, LIMIT)
    asked = station.expect("RequestStartTransaction", {"status": "Accepted"})
    return asked, await posted(lab, f"/{opened['paymentId']}", {"pspRef": REFERENCE})


@pytest.mark.parametrize("pays", [at_once, by_the_page])
@case21("C_131", "RequestStartTransaction with a DirectPayment; its events Accepted, transactionLimit.maxEnergy 20000")
async def test_tc21_c_131_qr_code(lab, pays):
    async with showing_codes(lab) as (station, values):
        asked, told = await pays(lab, station, qr_code(lab, values, maxenergy=20000))
        payload = await asked
        number = payload.pop("remoteStartId")
        assert payload == {"evseId": 1, "idToken": direct_payment(REFERENCE)}
        assert told == {"status": "Accepted", "remoteStartId": number, "pspRef": REFERENCE, "limits": LIMIT}
        charge = TimedCharge(lab, station, token=payload["idToken"])
        await charge.ev_connected()
        told = await charge.goes_on("RemoteStart", token=charge.token, info={"remoteStartId": number})
        assert told == {"idTokenInfo": {"status": "Accepted"}, "transactionLimit": LIMIT}
        assert await charge.event("Updated", "LimitSet", info={"transactionLimit": LIMIT}) == {}
        await charge.energy_started()
        charge.later(5)
        await charge.ends("EnergyLimitReached", "EnergyLimitReached")
        row = await charge.is_over("EnergyLimitReached")
        assert (row.token, row.details["limits"]) == (REFERENCE, LIMIT)


async def refused(lab, station, url):
    """No page, and nothing goes to the station: it would be unexpected."""
    await posted(lab, "", {"url": url}, 403, 409)
    address = f"{lab.broker.admin_url}/api/v1/stations/{lab.identity}/operations/web-payment"
    async with lab.host.client.post(address, json={"url": url, "pspRef": REFERENCE}) as answer:
        assert answer.status == 409, await answer.text()


@case21("C_132", "URLs of another EVSE, station, template, version or limit refused; no RequestStartTransaction")
async def test_tc21_c_132_invalid_url(lab):
    async with showing_codes(lab) as (station, values):
        good = qr_code(lab, values)
        for url in (
            qr_code(lab, values, evse=9),
            qr_code(lab, values, evse=0),
            good.replace("/1/", "/one/"),
            good.replace(lab.identity, "OCTT-ELSEWHERE"),
            good.replace("pay.example.org", "pay.example.com"),
            good.replace("v=v1", "v=v7"),
            qr_code(lab, values, maxenergy="much"),
        ):
            await refused(lab, station, url)


@case21("C_133", "URLs with a one-time password of another time, or of none, refused; no RequestStartTransaction")
async def test_tc21_c_133_invalid_totp(lab):
    async with showing_codes(lab) as (station, values):
        password = one_time_password(values)
        old = one_time_password({**values, "ValidityTime": "86400"})
        for wrong in (old, password[:-1], password + "0", password.swapcase(), "0" * len(password)):
            await refused(lab, station, qr_code(lab, values, password=wrong))
