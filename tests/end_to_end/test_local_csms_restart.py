"""A broker that is killed in the middle of transactions of its own CSMS goes on where it was."""

import asyncio
import signal
from contextlib import asynccontextmanager

import ocpp.v16
from aiohttp import ClientSession
from e2e_kit import TOKEN, Wire, document, listener, read
from package_peers import NOW, TAG, Station16, ask, handling
from process_kit import Served, free_port
from websockets.asyncio.client import connect

call = ocpp.v16.call
LATER = "2024-05-01T12:30:00.000Z"
BEARER = {"Authorization": f"Bearer {TOKEN}"}


@handling(
    ocpp.v16.call_result,
    ReserveNow=None,
    CancelReservation=None,
    SetChargingProfile=None,
    GetLocalListVersion={"list_version": 0},
    SendLocalList=None,
)
class Station(Station16):
    """A station that takes what it is told."""


@asynccontextmanager
async def connected(served):
    """The station, on a connection of its own."""
    async with connect(served.url("CP001"), subprotocols=["ocpp1.6"], compression=None) as ws:
        station = Station("CP001", Wire(ws))
        reading = asyncio.create_task(read(station))
        try:
            yield station
        finally:
            await ws.close()
            await reading


def served_by(folder):
    door = listener(0, bind=f"127.0.0.1:{free_port()}")  # the station comes back to the same one
    return Served(folder, document(door, tokens={TAG: {"status": "Accepted", "parent": "FLEET"}}))


class Operator:
    """Asks the broker's API, whichever process it is now."""

    def __init__(self, served, client):
        self._served, self._client = served, client

    async def does(self, operation, **parameters):
        """The result of an operation for the station."""
        url = f"{self._served.admin}/api/v1/stations/CP001/operations/{operation}"
        async with self._client.post(url, json=parameters, headers=BEARER) as answer:
            told = await answer.json()
            assert answer.status == 200, told
            return told["result"]

    async def reads(self, path):
        async with self._client.get(f"{self._served.admin}/api/v1/{path}", headers=BEARER) as answer:
            return await answer.json()


async def test_transactions_go_on_after_the_broker_was_killed_in_the_middle_of_them(tmp_path):
    served = served_by(tmp_path)
    try:
        async with ClientSession() as client:
            await _day(served, Operator(served, client))
    finally:
        served.kill()


async def _day(served, operator):
    async with connected(served) as station:
        await ask(station, call.BootNotification("Model", "Vendor"))
        await operator.does("send-local-list")
        reserved = await operator.does("reserve", idTag=TAG, connectorId=1, expiresIn=3600)
        await operator.does("set-charging-profile", limit=16)
        begun = await ask(station, call.StartTransaction(1, TAG, 100, NOW, reserved["reservationId"]))
        await ask(station, _metered(begun.transaction_id, "150"))
        other = call.StartTransaction(2, TAG, 0, NOW)
        begun_there = await ask(station, other)
        served.send(signal.SIGKILL)
        await served.exit_code()
    served.start()
    async with connected(served) as station:  # it has not heard the last two answers; and it does not boot
        await ask(station, _metered(begun.transaction_id, "150"))
        assert (await ask(station, other)).transaction_id == begun_there.transaction_id
        stopped = await operator.does("remote-stop", connectorId=1)
        assert stopped == {"status": "Accepted", "transactionId": begun.transaction_id}
        await ask(station, _metered(begun.transaction_id, "550"))
        await ask(station, call.StopTransaction(600, LATER, begun.transaction_id, "Remote", TAG))
    await _both_transactions_once(operator, str(begun.transaction_id), str(begun_there.transaction_id))
    await _the_rest_is_known(operator, str(begun.transaction_id))


def _metered(transaction_id, value):
    return call.MeterValues(1, [{"timestamp": NOW, "sampledValue": [{"value": value}]}], transaction_id)


async def _both_transactions_once(operator, transaction_id, running):
    one, other = (await operator.reads("transactions"))["transactions"]
    assert (one["transaction"], one["token"], one["parent"]) == (transaction_id, TAG, "FLEET")
    assert (one["started_at"], one["stopped_at"], one["energy"], one["open"]) == (NOW, LATER, 500, False)
    assert (other["transaction"], other["evse"], other["open"]) == (running, 2, True)
    messages = (await operator.reads(f"transactions/CP001/{transaction_id}/meter-values"))["meter_values"]
    values = [message["values"][0]["sampledValue"][0]["value"] for message in messages]
    assert values == [150, 550], "what was said again is there once"


async def _the_rest_is_known(operator, transaction_id):
    """What was set up before the broker was killed, read while the station is away."""
    (profile,) = (await operator.reads("stations/CP001/charging-profiles"))["charging_profiles"]
    assert profile["profile"]["chargingSchedule"]["chargingSchedulePeriod"][0]["limit"] == 16
    local_list = await operator.reads("stations/CP001/local-list")
    assert (local_list["version"], list(local_list["entries"])) == (1, [TAG])
    (reservation,) = (await operator.reads("stations/CP001/reservations"))["reservations"]
    assert (reservation["status"], reservation["transaction"]) == ("used", transaction_id)
