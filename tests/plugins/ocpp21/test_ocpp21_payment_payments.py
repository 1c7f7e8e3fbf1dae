import asyncio

from plugins.ocpp21.payment.payments import PAYMENTS, SETTLEMENTS, Payments
from tests.plugins.ocpp21.ocpp21_payment_kit import ID, lab
from tests.plugins.ocpp201.ocpp201_tariff_kit import Neighbour

SETTLED = {"pspRef": "PSP", "status": "Settled", "settlementTime": "2026-01-01T00:00:00Z", "settlementAmount": 5}


async def documents(h, key):
    return await h.records.documents.get("neighbour", ID, key)


async def test_a_payment_is_found_by_its_reference_in_any_case():
    async with lab():
        payments = Payments(Neighbour.latest.context)
        await payments.keep(ID, "Psp-1", {"evseId": 1})
        assert await payments.of(ID, "PSP-1") == {"evseId": 1}
        assert await payments.of(ID, "PSP-2") is None
        assert await payments.of("CP002", "PSP-1") is None


async def test_payments_at_the_same_time_are_all_kept():
    async with lab() as h:
        payments = Payments(Neighbour.latest.context)
        await asyncio.gather(*(payments.keep(ID, f"PSP-{number}", {"evseId": number}) for number in range(5)))
        assert len(await documents(h, PAYMENTS)) == 5


async def test_no_more_payments_than_so_many_are_kept_and_the_newest_stay():
    async with lab() as h:
        payments = Payments(Neighbour.latest.context)
        many = {str(number): {"evseId": number} for number in range(200)}
        await h.records.commit(Neighbour.latest.documents.put(ID, PAYMENTS, many))
        await payments.keep(ID, "new", {"evseId": 1})
        found = await documents(h, PAYMENTS)
        assert len(found) == 200
        assert "0" not in found
        assert list(found)[-1] == "new"


async def test_a_settlement_that_is_told_again_is_not_a_second_one():
    async with lab() as h:
        payments = Payments(Neighbour.latest.context)
        for at in (5.0, 9.0):
            await payments.settled(ID, SETTLED, {"receiptId": "r"}, at)
        await payments.settled(ID, {**SETTLED, "status": "Failed"}, {}, 7.0, commit=True)
        assert list((await documents(h, SETTLEMENTS)).values()) == [
            {**SETTLED, "receiptId": "r", "receivedAt": 5.0},
            {**SETTLED, "status": "Failed", "receivedAt": 7.0},
        ]


async def test_of_a_settlement_that_is_too_long_only_the_answer_is_kept():
    async with lab() as h:
        payments = Payments(Neighbour.latest.context)
        await payments.settled(ID, {**SETTLED, "statusInfo": "x" * 5000}, {"receiptId": "r"}, 1.0)
        assert list((await documents(h, SETTLEMENTS)).values()) == [{"receiptId": "r", "receivedAt": 1.0}]
