import asyncio

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from broker.api import OperationFailed, Reply, Token
from plugins.ocpp21.payment.totp import secret_of, totp
from tests.plugins.ocpp21.ocpp21_payment_kit import ID, SECRET, URL, V, lab, sent, told
from tests.plugins.ocpp201.ocpp201_tariff_kit import NOW, TX, details, event, of

WEB = {"web": {"url": URL, "secret": SECRET}}
PSP = of("PSP-1", "DirectPayment")
SETTLED = {
    "pspRef": "PSP-1",
    "status": "Settled",
    "settlementAmount": 5.5,
    "settlementTime": "2026-01-01T01:00:00Z",
    "transactionId": TX,
}


def url(password=None, evse=1):
    password = password or totp(secret_of(SECRET, ID), NOW, validity=60, length=16)
    return f"https://pay.example.com/{ID}/{evse}/{password}?v=v1&maxenergy=20000"


async def kept(h, key):
    return await h.records.documents.get("ocpp21.payment", ID, key)


# --- direct payments --------------------------------------------------------------------------------------------------


async def test_a_payment_at_the_station_s_own_terminal_stands_for_itself():
    async with lab() as h:
        assert (await told(h, "Authorize", PSP))["idTokenInfo"]["status"] == "Accepted"
        assert (await told(h, "TransactionEvent", event("Started", 0, **PSP)))["idTokenInfo"]["status"] == "Accepted"
        assert (await told(h, "Authorize", of("PSP-1")))["idTokenInfo"]["status"] == "Unknown"
        row = await h.records.transactions.get(ID, TX)
        assert row.status == "Accepted"


async def test_what_an_operator_has_blocked_stays_blocked():
    async with lab(Token(id="PSP-1", status="Blocked")) as h:
        assert (await told(h, "Authorize", PSP))["idTokenInfo"]["status"] == "Blocked"


async def test_terminals_may_not_be_trusted_and_payments_of_the_csms_are():
    async with lab(payment={"accept_direct_payment": False}) as h:
        assert (await told(h, "Authorize", PSP))["idTokenInfo"]["status"] == "Unknown"
        await h.operate(V, "terminal-payment", {"pspRef": "PSP-1", "evseId": 1})
        assert (await told(h, "Authorize", PSP))["idTokenInfo"]["status"] == "Accepted"


async def test_a_payment_that_comes_twice_at_once_starts_one_transaction():
    """A driver presses the button twice, or a payment provider repeats its call."""
    async with lab() as h:
        params = {"pspRef": "PSP-1", "evseId": 1}
        both = await asyncio.gather(*(h.operate(V, "terminal-payment", params) for _ in range(2)))
        assert both[0] == both[1]
        assert len(sent(h, "RequestStartTransaction")) == 1


async def test_an_upstream_s_answer_stays_as_it_is():
    async with lab() as h:
        h.session(V).answers = "billing"
        reply = Reply.result({"idTokenInfo": {"status": "Unknown"}})
        assert await h.reply(V, "Authorize", PSP, reply) is reply


@pytest.mark.parametrize("odd", [{}, {"idToken": 5}, {"idToken": {"type": 5}}, {"idToken": {"type": "DirectPayment"}}])
async def test_an_id_token_of_any_shape_is_answered(odd):
    async with lab() as h:
        assert (await told(h, "Authorize", odd))["idTokenInfo"]["status"] in ("Unknown", "Invalid")


async def test_a_stand_alone_terminal_starts_a_transaction_with_a_limit():
    async with lab() as h:
        params = {"pspRef": "PSP-1", "evseId": 1, "cardLast4Digits": "4242", "maxCost": 20}
        result = await h.operate(V, "terminal-payment", params)
        (request,) = sent(h, "RequestStartTransaction")
        info = [{"additionalIdToken": "4242", "type": "CardLast4Digits"}]
        assert request["idToken"] == {"idToken": "PSP-1", "type": "DirectPayment", "additionalInfo": info}
        assert (request["evseId"], request["remoteStartId"]) == (1, result["remoteStartId"])
        assert result["status"] == "Accepted"
        found = await told(h, "TransactionEvent", event("Started", 0, **PSP))
        assert found["transactionLimit"] == {"maxCost": 20}
        assert "transactionLimit" not in await told(h, "TransactionEvent", event("Updated", 1))
        assert "transactionLimit" not in await told(h, "TransactionEvent", event("Ended", 2, **PSP))


async def test_the_same_payment_again_starts_nothing_twice():
    async with lab() as h:
        params = {"pspRef": "PSP-1", "evseId": 1, "remoteStartId": 7}
        assert await h.operate(V, "terminal-payment", params) == await h.operate(V, "terminal-payment", params)
        assert len(sent(h, "RequestStartTransaction")) == 1
        with pytest.raises(OperationFailed, match="another EVSE"):
            await h.operate(V, "terminal-payment", {**params, "evseId": 2})


async def test_a_payment_that_the_station_refused_may_be_tried_again():
    async with lab() as h:
        h.session(V).replies["RequestStartTransaction"] = Reply.result({"status": "Rejected"})
        for _ in range(2):
            assert (await h.operate(V, "terminal-payment", {"pspRef": "PSP-1", "evseId": 1}))["status"] == "Rejected"
        assert len(sent(h, "RequestStartTransaction")) == 2


async def test_a_payment_without_a_reference_gets_one():
    async with lab() as h:
        result = await h.operate(V, "terminal-payment", {"evseId": 1})
        assert sent(h, "RequestStartTransaction")[0]["idToken"]["idToken"] == result["pspRef"] != ""


# --- web payments -----------------------------------------------------------------------------------------------------


async def test_a_web_payment_starts_a_transaction_with_the_limit_of_the_url():
    async with lab(payment=WEB) as h:
        result = await h.operate(V, "web-payment", {"url": url(), "pspRef": "PSP-1"})
        assert (result["status"], result["limits"]) == ("Accepted", {"maxEnergy": 20_000})
        assert sent(h, "RequestStartTransaction")[0]["idToken"] == PSP["idToken"]
        found = await told(h, "TransactionEvent", event("Started", 0, **PSP))
        assert found == {"idTokenInfo": {"status": "Accepted"}, "transactionLimit": {"maxEnergy": 20_000}}


@pytest.mark.parametrize("wrong", [url("x" * 16), url(evse=0), "https://pay.example.com/", url().replace(ID, "CP002")])
@pytest.mark.parametrize("operation", ["web-payment", "web-payment-opened"])
async def test_a_wrong_url_starts_nothing(wrong, operation):
    async with lab(payment=WEB) as h:
        with pytest.raises(OperationFailed):
            await h.operate(V, operation, {"url": wrong})
        assert h.session(V).sent == []


async def test_a_page_is_opened_and_paid_later():
    async with lab(payment=WEB) as h:
        opened = await h.operate(V, "web-payment-opened", {"url": url(), "timeout": 120})
        assert sent(h, "NotifyWebPaymentStarted") == [{"evseId": 1, "timeout": 120}]
        assert opened["notified"]
        h.clock.advance(119)  # its one-time password is not valid any more
        paid = {"paymentId": opened["paymentId"], "pspRef": "PSP-1"}
        assert (await h.operate(V, "web-payment", paid))["limits"] == {"maxEnergy": 20_000}
        h.clock.advance(2)
        with pytest.raises(OperationFailed, match="no page"):
            await h.operate(V, "web-payment", paid)


async def test_an_evse_is_kept_or_given_back_without_any_url():
    async with lab() as h:
        assert await h.operate(V, "notify-web-payment-started", {"evseId": 1}) == {"evseId": 1, "timeout": 300}
        await h.operate(V, "notify-web-payment-started", {"evseId": 1, "timeout": 0})
        assert sent(h, "NotifyWebPaymentStarted")[1] == {"evseId": 1, "timeout": 0}


async def test_the_station_s_qr_codes_are_set_up():
    async with lab(payment=WEB) as h:

        def takes(payload):
            (data,) = payload["setVariableData"]
            refused = data["variable"]["name"] == "Length"
            status = "Rejected" if refused else "Accepted"
            same = {name: data[name] for name in ("component", "variable")}
            return Reply.result({"setVariableResult": [{"attributeStatus": status, **same}]})

        h.session(V).replies["SetVariables"] = takes
        result = await h.operate(V, "set-web-payment", {"evseId": 2})
        assert result["variables"]["SharedSecret"] == "Accepted"
        assert result["variables"]["Length"] == "Rejected"
        data = [one["setVariableData"][0] for one in sent(h, "SetVariables")]
        assert {one["variable"]["name"]: one["attributeValue"] for one in data}["URLTemplate"] == URL
        assert all(one["component"] == {"name": "WebPaymentsCtrlr", "evse": {"id": 2}} for one in data)


async def test_without_the_option_there_are_no_web_payments():
    async with lab() as h:
        for operation, params in (
            ("web-payment", {"url": "x"}),
            ("web-payment", {"paymentId": "x"}),
            ("set-web-payment", {}),
        ):
            with pytest.raises(OperationFailed, match="no web payments"):
                await h.operate(V, operation, params)


# --- settlement -------------------------------------------------------------------------------------------------------


async def test_a_settlement_is_kept_and_shown_with_its_transaction():
    async with lab() as h:
        await told(h, "TransactionEvent", event("Started", 0, **PSP))
        assert await told(h, "NotifySettlement", SETTLED) == {}
        assert await told(h, "NotifySettlement", SETTLED) == {}
        (found,) = (await kept(h, "settlements")).values()
        assert found == {**SETTLED, "receivedAt": NOW}
        settlement = (await details(h))["settlement"]
        assert settlement == {name: SETTLED[name] for name in ("status", "settlementAmount", "settlementTime")}


@pytest.mark.parametrize(
    ("status", "expected"), [("Settled", True), ("Failed", True), ("Rejected", False), ("Canceled", False)]
)
async def test_a_settlement_is_answered_with_the_receipt_that_the_csms_makes(status, expected):
    async with lab(payment={"receipt_url": "https://r.example/{receiptId}"}) as h:
        found = await told(h, "NotifySettlement", {**SETTLED, "status": status})
        assert ("receiptUrl" in found) is expected
        assert (found.get("receiptUrl") == f"https://r.example/{found.get('receiptId')}") is expected
        (settlement,) = (await kept(h, "settlements")).values()
        assert ("receiptUrl" in settlement) is expected


async def test_a_settlement_that_passes_is_kept_too():
    async with lab() as h:
        h.session(V).answers = "billing"
        reply = Reply.result({"receiptId": "theirs"})
        assert await h.reply(V, "NotifySettlement", {**SETTLED, "transactionId": "unknown"}, reply) is reply
        await h.reply(V, "NotifySettlement", SETTLED, Reply.error("InternalError"))
        await h.records.commit()
        assert [one["receiptId"] for one in (await kept(h, "settlements")).values()] == ["theirs"]


async def test_whoever_settles_hears_of_the_end_and_of_settlements_once():
    heard = []

    async def hear(request):
        heard.append(await request.json())
        return web.Response()

    app = web.Application()
    app.router.add_post("/", hear)
    async with TestServer(app) as server, lab(payment={"webhook": {"url": str(server.make_url("/"))}}) as h:
        await h.plugins.start(None)
        for payload in (event("Started", 0, 1000, **PSP), *2 * [event("Ended", 30, 11_000)]):
            await told(h, "TransactionEvent", payload)
        await told(h, "NotifySettlement", SETTLED)
        other = {"transactionId": "other"}
        await told(h, "TransactionEvent", event("Ended", 30, 11_000, **of("CARD"), info=other))
    assert [(one["type"], one.get("pspRef")) for one in heard] == [
        ("TransactionEnded", "PSP-1"),
        ("Settlement", "PSP-1"),
    ]
    assert (heard[0]["totalCost"], heard[0]["currency"], heard[0]["identity"]) == (2.5, "EUR", ID)
    assert heard[0]["cost"]["totalCost"]["total"]["inclTax"] == 2.5, "C_117: not what it was before its end"
    assert heard[0]["cost"]["totalUsage"]["energy"] == 10_000


# --- VAT numbers ------------------------------------------------------------------------------------------------------


async def test_a_vat_number_is_judged_by_its_form():
    async with lab() as h:
        asked = {"vatNumber": "NL123456789B01", "evseId": 1}
        assert await told(h, "VatNumberValidation", asked) == {**asked, "status": "Accepted"}
        for odd in ({}, {"evseId": True}, {"evseId": -1}, {"evseId": "EVSE"}):
            rejected = {"vatNumber": "12", "status": "Rejected"}
            assert await told(h, "VatNumberValidation", {"vatNumber": "12", **odd}) == rejected


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ({"valid": True, "company": {"name": "E", "address1": "S", "city": "A", "country": "NL"}}, "Accepted"),
        ({"valid": False}, "Rejected"),
        ({}, "Rejected"),
    ],
)
async def test_a_service_may_judge_it(answer, expected, caplog):
    async def judge(request):
        return web.json_response(answer)

    app = web.Application()
    app.router.add_post("/", judge)
    async with TestServer(app) as server, lab(payment={"vat": {"url": str(server.make_url("/"))}}) as h:
        await h.plugins.start(None)  # so that its stop lets go of the connection
        found = await told(h, "VatNumberValidation", {"vatNumber": "123"})
        assert (found["status"], found.get("company")) == (expected, answer.get("company"))
        assert ("statusInfo" in found) is (answer == {})
        assert ("no member valid" in caplog.text) is (answer == {})
