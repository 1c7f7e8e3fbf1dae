"""A start that the primary refuses after the station was let to begin in its place."""

import json

import pytest
from outbox_kit import STAND_IN, START, Csms, LocalCore, ask, event, meter, rigged, running, stop

from broker.ocpp import Version
from plugins.ocpp201.transactions.plugin import Transactions

ACCEPT = f"{STAND_IN}, stand_in: {{unknown_tokens: accept}}"
BLOCKED = {"transactionId": 77, "idTagInfo": {"status": "Blocked"}}


@pytest.fixture
async def main():
    async with running(Csms(StartTransaction=BLOCKED)) as (one,):
        await one.stop()
        yield one


async def begun(r, station):
    await r.until(lambda: r.session.backends.standing_in)
    started = await ask(station, 1, "StartTransaction", START)
    assert started["idTagInfo"]["status"] == "Accepted"
    return started["transactionId"]


async def test_the_station_is_told_to_stop_it_in_its_own_id(main):
    async with rigged(main, route=ACCEPT, plugins=[LocalCore]) as r:
        station = await r.connect()
        mine = await begun(r, station)
        await ask(station, 2, "MeterValues", meter(mine))
        await main.start()
        asked = await station.json()
        assert asked[2:] == ["RemoteStopTransaction", {"transactionId": mine}]
        await station.send(json.dumps([3, asked[1], {"status": "Accepted"}]))
        await ask(station, 3, "StopTransaction", stop(mine))
        await r.until(lambda: "StopTransaction" in main.actions())
        assert [payload.get("transactionId") for _, payload in main.told] == [None, 77, 77]


async def test_it_is_told_again_on_its_next_connection_as_long_as_it_is_open(main):
    async with rigged(main, route=ACCEPT, plugins=[LocalCore]) as r:
        station = await r.connect()
        mine = await begun(r, station)
        await main.start()
        asked = await station.json()
        await station.send(json.dumps([3, asked[1], {"status": "Rejected"}]))
        await r.until(lambda: r.session.station.exchange.open is None)
        await station.ws.close()
        await r.until(lambda: r.session is None)
        station = await r.connect()
        await station.send('[2,"h","Heartbeat",{}]')
        frames = [await station.json(), await station.json()]
        asked = next(frame for frame in frames if frame[0] == 2)
        assert asked[2:] == ["RemoteStopTransaction", {"transactionId": mine}]
        await station.send(json.dumps([3, asked[1], {"status": "Accepted"}]))
        await ask(station, 3, "StopTransaction", stop(mine))
        await station.ws.close()
        await r.until(lambda: r.session is None)
        station = await r.connect()
        await station.send('[2,"h","Heartbeat",{}]')
        assert (await station.json())[:2] == [3, "h"]
        assert not r.session.station.exchange.waiting
        assert r.session.station.exchange.open is None


async def test_a_transaction_that_has_ended_meanwhile_is_left_alone(main):
    async with rigged(main, route=ACCEPT, plugins=[LocalCore]) as r:
        station = await r.connect()
        mine = await begun(r, station)
        await ask(station, 2, "StopTransaction", stop(mine))
        await main.start()
        await r.until(lambda: not r.session.backends.busy)
        assert main.actions() == ["StartTransaction", "StopTransaction"]
        assert r.session.station.exchange.open is None


async def test_a_transaction_of_2x_is_stopped_by_its_token_too():
    async with running(Csms(1, "ocpp2.0.1", TransactionEvent={"idTokenInfo": {"status": "Blocked"}})) as (main,):
        await main.stop()
        async with rigged(main, route=ACCEPT, plugins=[Transactions]) as r:
            station = await r.connect(version=Version.V201, subprotocol="ocpp2.0.1")
            await r.until(lambda: r.session.backends.standing_in)
            token = {"idToken": {"idToken": "T", "type": "ISO14443"}}
            await ask(station, 1, "TransactionEvent", event("Started", 0, **token))
            await main.start()
            asked = await station.json()
            assert asked[2:] == ["RequestStopTransaction", {"transactionId": "TX"}]


async def test_a_station_that_cannot_be_told_is_no_fault_of_the_others(main, capsys):
    async with rigged(main, route=ACCEPT, plugins=[LocalCore], limits="call_timeout: 0.3") as r:
        station = await r.connect()
        await begun(r, station)
        await main.start()
        await station.json()
        await ask(station, 2, "Heartbeat", {})
        await r.until(lambda: r.session.station.exchange.open is None)
        await ask(station, 3, "Heartbeat", {})
    assert "refused transaction goes on" in capsys.readouterr().out
