import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from broker.api import Reply
from plugins.ocpp21.payment.totp import secret_of, totp
from tests.plugins.ocpp21.ocpp21_payment_kit import ID, SECRET, URL, V, lab, sent
from tests.plugins.ocpp201.ocpp201_tariff_kit import NOW


@pytest.fixture
async def page():
    async with lab(payment={"web": {"url": URL, "secret": SECRET}}) as h:
        app = web.Application()
        app.add_routes(h.plugins.routes()["ocpp21.payment"])
        async with TestClient(TestServer(app)) as client:
            client.h = h
            yield client


def url(identity=ID, more="", password=None):
    password = password or totp(secret_of(SECRET, identity), NOW, validity=60, length=16)
    return f"https://pay.example.com/{identity}/1/{password}?v=v1{more}"


async def post(page, path, body):
    answer = await page.post(path, json=body)
    return answer.status, await answer.json()


async def test_a_driver_opens_the_page_pays_and_charges(page):
    status, opened = await post(page, "/web-payments", {"url": url(more="&maxenergy=20000")})
    assert (status, opened["evseId"], opened["limits"], opened["timeout"]) == (200, 1, {"maxEnergy": 20_000}, 300)
    assert sent(page.h, "NotifyWebPaymentStarted") == [{"evseId": 1, "timeout": 300}]
    status, started = await post(page, f"/web-payments/{opened['paymentId']}", {"pspRef": "PSP-1", "maxCost": 9})
    assert (status, started["status"], started["limits"]) == (200, "Accepted", {"maxEnergy": 20_000, "maxCost": 9})
    (request,) = sent(page.h, "RequestStartTransaction")
    assert request["idToken"] == {"idToken": "PSP-1", "type": "DirectPayment"}
    assert request["evseId"] == 1


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"url": url(password="x" * 16)}, 403),
        ({"url": "https://evil.example/"}, 403),
        ({"evseId": 1, "totp": "x"}, 403),
        ({}, 422),
        ([], 400),
        ({"url": url("CP999")}, 409),
    ],
)
async def test_another_url_starts_nothing(page, body, status):
    assert (await post(page, "/web-payments", body))[0] == status
    assert page.h.session(V).sent == []


async def test_a_payment_is_of_a_page_that_is_open(page):
    status, answer = await post(page, "/web-payments/unknown", {"pspRef": "PSP-1"})
    assert (status, answer) == (403, {"detail": "no page with this paymentId is open"})
    assert page.h.session(V).sent == []


async def test_what_is_no_json_and_what_is_too_long_is_refused_without_its_value(page):
    assert (await page.post("/web-payments", data=b"{")).status == 400
    _, opened = await post(page, "/web-payments", {"url": url()})
    status, answer = await post(page, f"/web-payments/{opened['paymentId']}", {"pspRef": "SECRET" * 60})
    assert status == 422
    assert "SECRET" not in str(answer)


async def test_a_station_that_cannot_keep_an_evse_can_be_charged_at_all_the_same(page):
    page.h.session(V).replies["NotifyWebPaymentStarted"] = Reply.error("NotSupported")
    status, opened = await post(page, "/web-payments", {"url": url()})
    assert (status, opened["notified"]) == (200, False)


async def test_a_station_that_does_not_start_is_told_of(page):
    _, opened = await post(page, "/web-payments", {"url": url()})
    page.h.session(V).replies["RequestStartTransaction"] = Reply.error("InternalError")
    status, answer = await post(page, f"/web-payments/{opened['paymentId']}", {"pspRef": "PSP-1"})
    assert status == 502
    assert "PSP-1" not in str(answer)


async def test_without_web_payments_there_are_no_routes():
    async with lab() as h:
        assert list(h.plugins.routes()["ocpp21.payment"]) == []
