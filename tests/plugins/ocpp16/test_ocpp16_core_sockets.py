"""The Core plugin in a broker, with stations on real sockets."""

import asyncio
import time

import pytest
from ocpp16_core_kit import START

from broker.api import Registration, StoreFailed, Token
from broker.testing import broker, csms, station
from plugins.ocpp16.core import Core

STOP = {"meterStop": 200, "timestamp": "2026-01-01T01:00:00Z"}


async def set_policy(b, boot):
    await b.records.registrations.put(Registration(identity="CP001", boot=boot))


async def until(true):
    async with asyncio.timeout(5):
        while not true():
            await asyncio.sleep(0.005)


async def authorize(s):
    reply = await s.call("Authorize", {"idTag": "CARD1"})
    return reply.code or reply.payload["idTagInfo"]["status"]


async def test_a_station_waits_until_it_is_welcome_and_then_boots_by_itself():
    async with broker(Core, {"accept_unknown": True, "retry_interval": 7}, profiles=False) as b:
        await set_policy(b, "pending")
        async with station(b) as s:
            assert await authorize(s) == "SecurityError"
            answer = (await s.boot()).payload
            assert (answer["status"], answer["interval"]) == ("Pending", 7)
            assert [await authorize(s), (await s.heartbeat()).code] == ["SecurityError"] * 2
            await set_policy(b, "accepted")
            await until(lambda: b.sessions.get("CP001").accepted)
            assert await authorize(s) == "Accepted"
            (row,) = await b.records.stations.of("CP001")
            assert row.boot_status == "Accepted"


async def test_a_station_is_shut_out_while_it_is_connected():
    async with broker(Core, {"accept_unknown": True}, profiles=False) as b, station(b) as s:
        await s.boot()
        asked = []
        s.answers["TriggerMessage"] = lambda call: asked.append(call.payload) or {"status": "Accepted"}
        assert await authorize(s) == "Accepted"
        await set_policy(b, "rejected")
        assert await authorize(s) == "SecurityError"
        await until(lambda: asked)
        assert asked == [{"requestedMessage": "BootNotification"}]


async def test_a_reload_does_not_let_a_station_in_that_waits():
    async with broker(Core, profiles=False) as b:
        await set_policy(b, "pending")
        async with station(b) as s:
            await s.boot()
            assert await b.reload() == []
            assert await authorize(s) == "SecurityError"


async def test_a_station_that_reconnects_without_a_boot_works():
    async with broker(Core, {"accept_unknown": True}, profiles=False) as b:
        async with station(b) as s:
            await s.boot()
        async with station(b) as s:
            assert await authorize(s) == "Accepted"


async def test_a_start_that_is_sent_again_on_the_next_connection_is_the_same_one():
    async with broker(Core, profiles=False) as b:
        async with station(b) as s:
            first = (await s.call("StartTransaction", START)).payload
        async with station(b) as s:
            assert (await s.call("StartTransaction", START)).payload == first
            stop = {**STOP, "transactionId": first["transactionId"]}
            for _ in range(2):
                assert (await s.call("StopTransaction", stop)).payload == {}
        (row,) = await b.records.transactions.page(identity="CP001")
        assert (row.transaction_id, row.energy) == (str(first["transactionId"]), 100)


async def test_an_offline_transaction_with_an_old_clock_and_no_number_is_taken():
    async with broker(Core, profiles=False) as b, station(b) as s:
        for hour in ("01", "02"):
            stop = {**STOP, "transactionId": -1, "timestamp": f"1999-01-01T{hour}:00:00Z"}
            assert (await s.call("StopTransaction", stop)).payload == {}
        assert len(await b.records.transactions.page(identity="CP001")) == 2


async def test_nothing_is_acknowledged_that_is_not_on_the_disk(monkeypatch):
    async with broker(Core, profiles=False) as b:
        async with station(b) as s:

            async def full(*changes):
                raise StoreFailed("disk full")

            with monkeypatch.context() as patch:
                patch.setattr(b.records, "commit", full)
                sent = asyncio.ensure_future(s.call("StartTransaction", START))
                await asyncio.wait_for(s.closed(), 5)
                with pytest.raises(Exception, match=r"."):
                    await sent
        async with station(b) as s:
            assert (await s.call("StartTransaction", START)).payload["transactionId"] > 0
        assert len(await b.records.transactions.page(identity="CP001")) == 1


async def test_an_upstreams_transaction_is_kept_in_the_stations_own_numbers():
    async with csms() as upstream, broker(upstream=upstream) as b, station(b) as s:
        await s.boot()
        await s.status("Preparing")
        given = (await s.call("StartTransaction", START)).payload["transactionId"]
        await s.call("StopTransaction", {**STOP, "transactionId": given})
        async with asyncio.timeout(20):
            while not [row for row in await b.records.transactions.page(identity="CP001") if row.ended]:
                await asyncio.sleep(0.01)
        (row,) = await b.records.transactions.page(identity="CP001")
        assert (row.transaction_id, row.answered_by, row.energy) == (str(given), "csms", 100)
        (place,) = await b.records.connectors.of("CP001")
        assert (place.evse, place.status) == (1, "Preparing")
        (known,) = await b.records.stations.of("CP001")
        assert (known.boot_status, known.booted_at) == ("Accepted", pytest.approx(time.time(), abs=60))


async def test_a_token_that_is_changed_counts_at_once():
    async with broker(Core, profiles=False) as b, station(b) as s:
        said = [await authorize(s)]
        for status in ("Accepted", "Blocked"):
            await b.records.tokens.put(Token(id="card1", status=status))
            said.append(await authorize(s))
        assert said == ["Invalid", "Accepted", "Blocked"]


async def test_an_operator_starts_reads_and_stops():
    async with broker() as b, station(b) as s:
        await s.boot()

        async def operate(name, params):
            session = b.sessions.get("CP001")
            return await b.plugins.operation(session.version, name).run(session, params)

        read = await operate("get-configuration", {})
        assert {one["key"] for one in read["configurationKey"]} >= {"HeartbeatInterval"}
        changed = await operate("change-configuration", {"key": "HeartbeatInterval", "value": 60})
        assert changed["status"] == "Accepted"
        (row,) = [row for row in await b.records.variables.of("CP001") if row.variable == "HeartbeatInterval"]
        assert (row.value, row.previous) == ("60", "300")
        given = (await s.call("StartTransaction", START)).payload["transactionId"]
        s.answers["RemoteStopTransaction"] = lambda call: {"status": "Rejected"}
        assert await operate("remote-stop", {}) == {"status": "Rejected", "transactionId": given}
        wrong = await operate("trigger", {"requestedMessage": "MeterValues", "connectorId": 9})
        assert wrong["status"] != "Accepted"
