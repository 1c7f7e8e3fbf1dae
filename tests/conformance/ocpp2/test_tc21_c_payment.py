"""C, payments of 2.1: prepaid cards, terminals, settlements and their receipts, VAT numbers."""

import pytest
from cases21 import case21
from lab2_kit import id_token
from later_kit import comes
from scripted_station_kit import now
from story2_kit import METER_START, booted
from tariff_kit import CENTRAL_COST, TimedCharge, credit_of, direct_payment, floats, held, known, service

REFERENCE = "PSP-0001"
IN_20_WH = METER_START + 2000
ACCEPTED = {"idTokenInfo": {"status": "Accepted"}}


@case21("C_103", "Accepted with cacheExpiryDateTime; transactionLimit.maxCost is the credit; the cost is taken off it")
async def test_tc21_c_103_prepaid_card(lab):
    async with known(lab, credit=20.5, tariff="energy") as token, lab.station() as station:
        await booted(station)
        charge = TimedCharge(lab, station, token=token)
        info = await station.authorizes(token)
        assert set(info) == {"status", "cacheExpiryDateTime"}
        await charge.ev_connected()
        told = floats(await charge.authorized(authorize=False))
        assert set(told["idTokenInfo"]) == {"status", "cacheExpiryDateTime"}
        assert told["transactionLimit"] == {"maxCost": 20.5}
        station.expect("CostUpdated", {}, optional=True)
        await charge.energy_started()
        charge.later(9)
        told = await charge.ends("EVCommunicationLost", "EVDisconnected", value=IN_20_WH)
        assert floats(told) == {"totalCost": 1.2}
        await charge.is_over("EVDisconnected", energy=2000)
        assert await credit_of(lab, token) == pytest.approx(19.3)


@case21("C_104", "idTokenInfo.status NoCredit with cacheExpiryDateTime, at Authorize and at TransactionEvent")
async def test_tc21_c_104_prepaid_card_without_credit(lab):
    async with known(lab, credit=0) as token, lab.station() as station:
        await booted(station)
        info = await station.authorizes(token)
        assert set(info) == {"status", "cacheExpiryDateTime"}
        assert info["status"] == "NoCredit"
        charge = TimedCharge(lab, station, token=token)
        await charge.ev_connected()
        told = await charge.goes_on("Authorized", token=token)
        assert told["idTokenInfo"]["status"] == "NoCredit"
        assert "transactionLimit" not in told
        assert await credit_of(lab, token) == 0


COMPANY = {"name": "Open Charge Alliance", "address1": "Utrechtseweg 310", "city": "Arnhem", "country": "NL"}


@pytest.mark.parametrize("asks_somebody", [False, True], ids=["by its form", "by a service"])
@case21("C_108", "Accepted with vatNumber and evseId for NL123456789B01, Rejected for another; the company where known")
async def test_tc21_c_108_vat_number(lab, asks_somebody):
    async with service({"valid": True, "company": COMPANY}) as (url, posted):
        options = {"ocpp21.payment": {"vat": {"url": url}}} if asks_somebody else {}
        async with lab.alone(options=options) as lab, lab.station() as station:
            await booted(station)
            told = await station.says("VatNumberValidation", vatNumber="NL123456789B01", evseId=1)
            company = {"company": COMPANY} if asks_somebody else {}
            assert told == {"vatNumber": "NL123456789B01", "evseId": 1, "status": "Accepted", **company}
            if asks_somebody:
                asked = {"vatNumber": "NL123456789B01", "evseId": 1, "identity": lab.identity}
                assert posted == [asked]
                return
            told = await station.says("VatNumberValidation", vatNumber="NL12345")
            assert told == {"vatNumber": "NL12345", "status": "Rejected"}


async def paid_charge(lab, station, token=None):
    """A payment terminal of the station has reserved the money: its reference is the idToken, and is Accepted."""
    charge = TimedCharge(lab, station, token=token or direct_payment(REFERENCE))
    await charge.ev_connected()
    told = await charge.authorized(authorize=False)
    assert told["idTokenInfo"] == {"status": "Accepted"}
    await charge.energy_started()
    return charge


async def settled(station, charge, status, amount):
    return await station.says(
        "NotifySettlement",
        transactionId=charge.id, pspRef=REFERENCE, status=status, settlementAmount=amount, settlementTime=now(),
    )  # fmt: skip


async def settlement_in_book(lab, charge, status, amount, receipt):
    """Of the station, with its receipt; and of the transaction."""
    [kept] = (await held(lab, "settlements", "ocpp21.payment")).values()
    assert (kept["pspRef"], kept["status"], kept["settlementAmount"]) == (REFERENCE, status, amount)
    assert {name: kept[name] for name in ("receiptUrl", "receiptId") if name in kept} == receipt
    noted = (await charge.row()).details["settlement"]
    assert (noted["status"], noted["settlementAmount"]) == (status, amount)


async def settlement(lab, status, amount, *, receipt):
    """From the terminal to the settlement at its end."""
    async with lab.station() as station:
        await booted(station)
        charge = await paid_charge(lab, station)
        charge.later(5)
        if status == "Canceled":
            await charge.ends("StopAuthorized", "Local", value=METER_START)
            await charge.is_over("Local", energy=0)
        else:
            await charge.ev_disconnected()
            await charge.is_over("EVDisconnected")
        told = await settled(station, charge, status, amount)
        if receipt:
            assert set(told) == {"receiptUrl", "receiptId"}
            assert told["receiptUrl"] == f"https://receipts.example.org/{told['receiptId']}?tx={charge.id}"
            assert len(told["receiptId"]) >= 16
        else:
            assert told == {}
        await settlement_in_book(lab, charge, status, amount, told)
        return told


@case21("C_113", "DirectPayment Accepted; ended by the driver; NotifySettlement Canceled answered, and in the book")
async def test_tc21_c_113_canceled_after_start(lab):
    await settlement(lab, "Canceled", 0, receipt=False)


@case21("C_117", "DirectPayment Accepted; totalCost in the answer to Ended; whoever settles is told of the end, once")
async def test_tc21_c_117_settled_by_csms(lab):
    async with service({}) as (url, posted):
        options = {**CENTRAL_COST, "ocpp21.payment": {"webhook": {"url": url}}}
        async with lab.alone(options=options) as lab, lab.station() as station:
            await booted(station)
            station.expect("CostUpdated", {}, optional=True)
            charge = await paid_charge(lab, station)
            charge.later(5)
            told = await charge.ends("EVCommunicationLost", "EVDisconnected", value=IN_20_WH)
            assert floats(told) == {"totalCost": 1.2}
            await charge.is_over("EVDisconnected", energy=2000)

            async def news():
                return len(posted)

            await comes(news, 1)
            [told] = posted
            assert told.pop("cost")["totalUsage"]["energy"] == 2000
            assert told == {
                "type": "TransactionEnded", "identity": lab.identity, "transactionId": charge.id, "pspRef": REFERENCE,
                "totalCost": 1.2, "currency": "EUR",
            }  # fmt: skip


@case21("C_118", "NotifySettlement Settled: the CSMS's receiptUrl and receiptId; the settlement in the book")
async def test_tc21_c_118_settled_by_station_receipt_by_csms(lab):
    await settlement(lab, "Settled", 2.5, receipt=True)


@case21("C_119", "NotifySettlement Failed: receiptUrl, where the driver can still pay; the settlement in the book")
async def test_tc21_c_119_settlement_failed(lab):
    await settlement(lab, "Failed", 2.5, receipt=True)


@case21("C_120", "NotifySettlement Rejected answered without a receipt; the settlement in the book")
async def test_tc21_c_120_settlement_rejected(lab):
    await settlement(lab, "Rejected", 0, receipt=False)


async def terminal_pays(lab, station, *, info=None, **params):
    """A stand-alone terminal has the CSMS start: the RequestStartTransaction; its idToken and remoteStartId."""
    asked = station.expect("RequestStartTransaction", {"status": "Accepted"})
    told = await lab.do("terminal-payment", pspRef=REFERENCE, evseId=1, **params)
    payload = await asked
    number = payload.pop("remoteStartId")
    assert number > 0
    assert payload == {"evseId": 1, "idToken": direct_payment(REFERENCE, **(info or {}))}
    assert (told["status"], told["remoteStartId"], told["pspRef"]) == ("Accepted", number, REFERENCE)
    return payload["idToken"], number


async def started_remotely(lab, station, token, number):
    """The cable is there, and the transaction starts with what the CSMS has asked for; the answer to that."""
    charge = TimedCharge(lab, station, token=token)
    await charge.ev_connected()
    told = await charge.goes_on("RemoteStart", token=token, info={"remoteStartId": number})
    assert told["idTokenInfo"] == {"status": "Accepted"}
    return charge, floats(told)


@case21("C_125", "RequestStartTransaction with a DirectPayment, without one by the operator; totalCost at its end")
async def test_tc21_c_125_terminal_with_central_cost(lab):
    async with lab.alone(options=CENTRAL_COST) as lab, lab.station() as station:
        await booted(station)
        token, number = await terminal_pays(lab, station)
        charge, told = await started_remotely(lab, station, token, number)
        assert set(told) == {"idTokenInfo", "totalCost"}
        station.expect("CostUpdated", {}, optional=True)
        await charge.energy_started()
        charge.later(5)
        told = await charge.ends("EVCommunicationLost", "EVDisconnected", value=IN_20_WH)
        assert floats(told) == {"totalCost": 1.2}
        row = await charge.is_over("EVDisconnected", energy=2000)
        assert (row.token, row.token_type, row.details["remoteStartId"]) == (REFERENCE, "DirectPayment", number)


@case21("C_126", "idToken DirectPayment with CardLast4Digits, evseId, remoteStartId; transactionLimit.maxCost answered")
async def test_tc21_c_126_terminal_with_local_cost(lab):
    async with lab.station() as station:
        await booted(station)
        token, number = await terminal_pays(
            lab, station, info={"CardLast4Digits": "1234"}, cardLast4Digits="1234", maxCost=25
        )
        charge, told = await started_remotely(lab, station, token, number)
        assert told == {**ACCEPTED, "transactionLimit": {"maxCost": 25}}
        await charge.energy_started()
        charge.later(5)
        total = {"currency": "EUR", "typeOfCost": "NormalCost", "total": {"exclTax": 2, "inclTax": 2.4}}
        details = {"totalCost": total, "totalUsage": {"energy": 1500, "chargingTime": 300, "idleTime": 0}}
        told = await charge.ends("EVCommunicationLost", "EVDisconnected", costDetails=details)
        assert floats(told) == {"totalCost": 2.4}
        row = await charge.is_over("EVDisconnected")
        assert row.details["limits"] == {"maxCost": 25}
        assert id_token(row.token, row.token_type) == direct_payment(REFERENCE)
