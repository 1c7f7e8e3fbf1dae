"""Reservations and lists of an upstream, through a real broker."""

import asyncio

from broker.testing import broker, csms, station

RESERVE = {"connectorId": 1, "expiryDate": "2099-01-01T00:00:00Z", "idTag": "CARD", "reservationId": 7}
LIST = {
    "listVersion": 3,
    "updateType": "Full",
    "localAuthorizationList": [{"idTag": "CARD", "idTagInfo": {"status": "Accepted"}}],
}
START = {"connectorId": 1, "idTag": "CARD", "meterStart": 0, "timestamp": "2098-01-01T00:00:00Z", "reservationId": 7}


async def until(read, wanted):
    async with asyncio.timeout(20):
        while await read() != wanted:
            await asyncio.sleep(0.01)


async def test_what_an_upstream_does_is_kept():
    async with csms() as upstream, broker(upstream=upstream) as b, station(b) as s:
        s.answers["ReserveNow"] = lambda call: {"status": "Accepted"}
        await s.boot()

        async def life():
            row = await b.records.reservations.get("CP001", 7)
            return row and (row.status, row.answer, row.transaction_id)

        assert (await upstream.call("CP001", "ReserveNow", RESERVE)).payload == {"status": "Accepted"}
        await until(life, ("reserved", "Accepted", None))
        answer = await s.call("StartTransaction", START)
        await until(life, ("used", "Accepted", str(answer.payload["transactionId"])))

        await upstream.call("CP001", "SendLocalList", LIST)

        async def local_list():
            book = await b.records.local_lists.get("CP001")
            return book and (book.version, book.entries)

        await until(local_list, (3, {"CARD": {"status": "Accepted"}}))
