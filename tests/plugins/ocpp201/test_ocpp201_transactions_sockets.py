"""Transactions in a broker, with stations on real sockets."""

import asyncio

import pytest
from ocpp201_tx_kit import TX, charging

from broker.api import StoreFailed
from broker.testing import broker, csms, station
from plugins.ocpp201.availability.plugin import Availability
from plugins.ocpp201.transactions.plugin import Transactions

V = "ocpp2.0.1"


async def rows_of(b):
    return await b.records.transactions.page(identity="CP001")


async def test_a_station_is_asked_for_what_it_still_holds_and_then_it_is_all_there():
    async with broker(Transactions, Availability, profiles=False) as b, station(b, version=V) as s:
        asked = asyncio.get_running_loop().create_future()

        def answer(call):
            asked.set_result(call.payload)
            return {"messagesInQueue": True}

        s.answers["GetTransactionStatus"] = answer
        started, authorized, middle, suspended, ended = charging()
        for payload in (started, {**ended, "offline": True}):
            assert (await s.call("TransactionEvent", payload)).payload == {}
        async with asyncio.timeout(5):
            assert await asked == {"transactionId": TX}
        for payload in (suspended, middle, authorized):
            assert (await s.call("TransactionEvent", payload)).is_result
        (row,) = await rows_of(b)
        assert (row.ended, row.energy, row.details["seq"], row.details["offline"]) == (True, 5000, [[0, 4]], True)
        assert row.details["messagesInQueue"] is True


async def test_a_transaction_goes_on_over_a_new_connection():
    async with broker(Transactions, Availability, profiles=False) as b:
        for payloads in (charging()[:2], charging()[1:4], charging()[3:]):
            async with station(b, version=V) as s:
                for payload in payloads:
                    assert (await s.call("TransactionEvent", payload)).is_result
        (row,) = await rows_of(b)
        assert (row.energy, row.details["seq"]) == (5000, [[0, 4]])
        assert len(await b.records.meter_values.of_transaction("CP001", TX)) == 3


async def test_nothing_is_acknowledged_that_is_not_on_the_disk(monkeypatch):
    async with broker(Transactions, profiles=False) as b:
        async with station(b, version=V) as s:

            async def full(*changes):
                raise StoreFailed("disk full")

            with monkeypatch.context() as patch:
                patch.setattr(b.records, "commit", full)
                sent = asyncio.ensure_future(s.call("TransactionEvent", charging()[0]))
                await asyncio.wait_for(s.closed(), 5)
                with pytest.raises(Exception, match=r"."):
                    await sent
        async with station(b, version=V) as s:
            assert (await s.call("TransactionEvent", charging()[0])).payload == {}
        assert len(await rows_of(b)) == 1


async def test_what_passes_to_an_upstream_is_kept():
    async with csms() as upstream, broker(upstream=upstream) as b, station(b, version=V) as s:
        await s.boot()
        await s.status("Occupied")
        for payload in charging():
            assert (await s.call("TransactionEvent", payload)).is_result
        async with asyncio.timeout(20):
            while not [row for row in await rows_of(b) if row.ended]:
                await asyncio.sleep(0.01)
        (row,) = await rows_of(b)
        assert (row.transaction_id, row.answered_by, row.energy) == (TX, "csms", 5000)
        (place,) = await b.records.connectors.of("CP001")
        assert (place.evse, place.connector, place.status) == (1, 1, "Occupied")
