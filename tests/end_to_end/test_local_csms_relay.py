"""In relay mode the profile plugins keep the records current: what upstream and station said is there.

Both ends are the `ocpp` package's; the upstream commands and answers, the broker is asked by its API alone.
"""

import asyncio

import ocpp.v16
from aiohttp import ClientSession
from e2e_kit import TOKEN, WAIT, Csms, FromCsms, document, plugged_in, running
from package_peers import NOW, TAG, Csms16, Station16, ask, handling

IDENTITY = "CP001"
call = ocpp.v16.call
LATER = "2024-05-01T12:30:00.000Z"
SCHEDULE = {"chargingRateUnit": "A", "chargingSchedulePeriod": [{"startPeriod": 0, "limit": 16.0}]}
PROFILE = {
    "chargingProfileId": 31,
    "stackLevel": 2,
    "chargingProfilePurpose": "TxDefaultProfile",
    "chargingProfileKind": "Relative",
    "chargingSchedule": SCHEDULE,
}


@handling(
    ocpp.v16.call_result,
    ReserveNow=None,
    CancelReservation=None,
    SendLocalList=None,
    SetChargingProfile=None,
    ClearChargingProfile=None,
    ChangeConfiguration=None,
)
class Station(Station16):
    """A station that takes what it is told."""


class Operator:
    """Reads what the broker knows, until it knows what is expected."""

    def __init__(self, broker, client):
        self._base, self._client = f"{broker.admin_url}/api/v1", client

    async def read(self, path):
        async with self._client.get(f"{self._base}/{path}", headers={"Authorization": f"Bearer {TOKEN}"}) as answer:
            return await answer.json()

    async def sees(self, path, expected):
        """Wait until these members are what `path` says in the first place; a recorder keeps nobody waiting."""
        told = None
        try:
            async with asyncio.timeout(WAIT):
                while (told := _among(await self.read(path), expected)) != expected:
                    await asyncio.sleep(0.01)
        except TimeoutError:
            raise AssertionError(f"{path}: {told}") from None


def _among(told, expected):
    """The expected members, out of an object or out of the last row of the list in it."""
    rows = next((value for value in told.values() if isinstance(value, list)), None)
    one = told if expected.keys() <= told.keys() else (rows or [{}])[-1]
    return {name: one.get(name) for name in expected}


async def test_a_day_behind_an_upstream_is_in_the_records_in_the_stations_own_ids(tmp_path):
    async with (
        Csms(Csms16, "ocpp1.6") as csms,
        running(tmp_path, document(upstreams=csms.upstream(), primary="main")) as broker,
        ClientSession() as client,
        plugged_in(Station, broker, "ocpp1.6", 0, identity=IDENTITY, encoded=IDENTITY) as station,
    ):
        operator, command = Operator(broker, client), FromCsms(await csms.station(IDENTITY))
        await ask(station, call.BootNotification("Model", "Vendor", firmware_version="1.0"))
        await operator.sees(f"stations/{IDENTITY}/boot", {"vendor": "Vendor", "boot_status": "Accepted"})

        await _set_up(station, command)
        await _known_of_what_was_set_up(operator)

        transaction = await _charge(station)
        assert transaction == 4711, "the upstream's id is the station's"
        await operator.sees("stations/CP001/reservations", {"status": "used", "transaction": "4711"})
        await _known_of_the_transaction(operator)


async def _set_up(station, command):
    """What the upstream does before anybody charges."""
    assert (await command("GetConfiguration", {"key": ["HeartbeatInterval"]}))["configurationKey"]
    await command("ChangeConfiguration", {"key": "HeartbeatInterval", "value": "60"})
    entry = {"idTag": TAG, "idTagInfo": {"status": "Accepted"}}
    await command("SendLocalList", {"listVersion": 7, "updateType": "Full", "localAuthorizationList": [entry]})
    await command("SetChargingProfile", {"connectorId": 1, "csChargingProfiles": PROFILE})
    reservation = {"connectorId": 1, "expiryDate": "2099-01-01T00:00:00Z", "idTag": TAG, "reservationId": 12}
    await command("ReserveNow", reservation)
    await ask(station, call.StatusNotification(1, "NoError", "Reserved", NOW))


async def _known_of_what_was_set_up(operator):
    of = f"stations/{IDENTITY}"
    await operator.sees(f"{of}/configuration", {"variable": "HeartbeatInterval", "value": "60", "previous": "300"})
    await operator.sees(f"{of}/local-list", {"version": 7, "status": "Accepted"})
    await operator.sees(f"{of}/charging-profiles", {"profile_id": 31, "purpose": "TxDefaultProfile", "stack_level": 2})
    await operator.sees(f"{of}/connectors", {"evse": 1, "status": "Reserved", "error_code": "NoError"})
    await operator.sees(f"{of}/reservations", {"reservation": 12, "status": "reserved", "token": TAG})


async def _charge(station):
    begun = await ask(station, call.StartTransaction(1, TAG, 100, NOW, reservation_id=12))
    await ask(station, call.StatusNotification(1, "NoError", "Charging", NOW))
    metered = [{"timestamp": NOW, "sampledValue": [{"value": "150"}]}]
    await ask(station, call.MeterValues(1, metered, begun.transaction_id))
    await ask(station, call.StopTransaction(600, LATER, begun.transaction_id, "EVDisconnected", TAG))
    return begun.transaction_id


async def _known_of_the_transaction(operator):
    whole = {
        "transaction": "4711", "answered_by": "main", "evse": 1, "token": TAG, "status": "Accepted", "started_at": NOW,
        "meter_start": 100, "stopped_at": LATER, "meter_stop": 600, "energy": 500, "stop_reason": "EVDisconnected",
        "open": False, "ids": {"main": 4711},
    }  # fmt: skip
    await operator.sees(f"transactions?identity={IDENTITY}", whole)
    values = await operator.read(f"transactions/{IDENTITY}/4711/meter-values")
    (message,) = values["meter_values"]
    (sample,) = message["values"][0]["sampledValue"]
    assert (sample["value"], sample["measurand"]) == (150, "Energy.Active.Import.Register")
    await operator.sees(f"stations/{IDENTITY}/connectors", {"evse": 1, "status": "Charging"})
