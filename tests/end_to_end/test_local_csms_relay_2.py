"""In relay mode the blocks of 2.0.1 and 2.1 keep the records current, as `test_local_csms_relay` has it for 1.6.

Both ends are the `ocpp` package's; the upstream commands and answers, the broker is asked by its API alone.
"""

import asyncio

import ocpp.v21
import ocpp.v201
import pytest
from aiohttp import ClientSession
from e2e_kit import TOKEN, WAIT, Csms, FromCsms, document, plugged_in, running
from ocpp.routing import on
from package_peers import NOW, PEERS, TAG, ask, handling

IDENTITY = "CP001"
OF = f"stations/{IDENTITY}"
LATER = "2024-05-01T12:30:00.000Z"
WORDS = ("SendLocalList", "SetChargingProfile", "ReserveNow", "SetDisplayMessage")
COMPONENT = {"name": "EVSE", "evse": {"id": 1}}
PROFILE = {
    "id": 31,
    "stackLevel": 2,
    "chargingProfilePurpose": "TxDefaultProfile",
    "chargingProfileKind": "Relative",
    "chargingSchedule": [
        {"id": 1, "chargingRateUnit": "A", "chargingSchedulePeriod": [{"startPeriod": 0, "limit": 16.0}]}
    ],
}


def upstream_of(csms, package):
    @handling(package.call_result, ReservationStatusUpdate={}, NotifyEvent={})
    class Upstream(csms):
        """One that takes what the stations of this test tell."""

    return Upstream


def station_of(station, package):
    results = package.call_result

    @handling(results, **dict.fromkeys(WORDS))
    class Taking(station):
        """A station that takes what it is told."""

        @on("SetVariableMonitoring")
        def on_set_variable_monitoring(self, set_monitoring_data, **_):
            rows = [{**row, "status": "Accepted", "id": 5, "severity": 3} for row in set_monitoring_data]
            return results.SetVariableMonitoring([{k: v for k, v in row.items() if k != "value"} for row in rows])

    return Taking


class Operator:
    """Reads what the broker knows, until it knows what is expected."""

    def __init__(self, broker, client):
        self._base, self._client = f"{broker.admin_url}/api/v1", client

    async def read(self, path):
        headers = {"Authorization": f"Bearer {TOKEN}"}
        async with self._client.get(f"{self._base}/{path}", headers=headers) as answer:
            return await answer.json()

    async def sees(self, path, member, expected):
        """Wait until one row of the answer's `member`, or the answer itself, has these members."""
        rows = []
        try:
            async with asyncio.timeout(WAIT):
                while expected not in [{name: row.get(name) for name in expected} for row in rows]:
                    told = await self.read(path)
                    rows = told.get(member, []) if member else [told]
                    await asyncio.sleep(0.01)
        except TimeoutError:
            raise AssertionError(f"{path}: {rows}") from None


@pytest.mark.parametrize(("version", "package"), [("ocpp2.0.1", ocpp.v201), ("ocpp2.1", ocpp.v21)])
async def test_a_day_of_2_behind_an_upstream_is_in_the_records(tmp_path, version, package):
    station, csms, _ = PEERS[version]
    async with (
        Csms(upstream_of(csms, package), version) as upstream,
        running(tmp_path, document(upstreams=upstream.upstream(), primary="main")) as broker,
        ClientSession() as client,
        plugged_in(station_of(station, package), broker, version, 0, identity=IDENTITY, encoded=IDENTITY) as one,
    ):
        operator, command = Operator(broker, client), FromCsms(await upstream.station(IDENTITY))
        box = {"model": "Model", "vendor_name": "Vendor", "firmware_version": "1.0"}
        await ask(one, one._call.BootNotification(charging_station=box, reason="PowerUp"))
        await operator.sees(f"{OF}/boot", "", {"vendor": "Vendor", "boot_status": "Accepted", "version": version})
        await _device_model(one, command, operator)
        await _lists_and_profiles(one, command, operator)
        await _charge(one)
        await _known_of_the_transaction(operator, version)


async def _device_model(one, command, operator):
    """GetBaseReport of the upstream, GetVariables, and an event."""
    await command("GetBaseReport", {"requestId": 7, "reportBase": "FullInventory"})
    request = (await one.told("GetBaseReport"))["request_id"]
    power = {
        "component": COMPONENT,
        "variable": {"name": "Power"},
        "variable_attribute": [{"value": "11000", "mutability": "ReadOnly"}],
        "variable_characteristics": {"data_type": "decimal", "supports_monitoring": True},
    }
    state = {
        "component": COMPONENT,
        "variable": {"name": "AvailabilityState"},
        "variable_attribute": [{"value": "Idle"}],
    }
    report = one._call.NotifyReport
    await ask(one, report(request_id=request, generated_at=NOW, seq_no=0, report_data=[power], tbc=True))
    await ask(one, report(request_id=request, generated_at=NOW, seq_no=1, report_data=[state], tbc=False))
    await operator.sees(
        f"{OF}/configuration",
        "configuration",
        {"component": "EVSE@1", "variable": "Power", "value": "11000", "readonly": True},
    )
    await command("GetVariables", {"getVariableData": [{"component": {"name": "A"}, "variable": {"name": "B"}}]})
    await operator.sees(f"{OF}/configuration", "configuration", {"component": "A", "variable": "B", "value": "300"})
    noticed = {
        "event_id": 1,
        "timestamp": NOW,
        "trigger": "Delta",
        "actual_value": "true",
        "event_notification_type": "HardWiredNotification",
        "component": COMPONENT,
        "variable": {"name": "Problem"},
    }
    await ask(one, one._call.NotifyEvent(generated_at=NOW, seq_no=0, event_data=[noticed]))
    await operator.sees(f"{OF}/events", "events", {"component": "EVSE@1", "variable": "Problem", "value": "true"})


async def _lists_and_profiles(one, command, operator):
    token = {"idToken": TAG, "type": "ISO14443"}
    entry = {"idToken": token, "idTokenInfo": {"status": "Accepted"}}
    await command("SendLocalList", {"versionNumber": 7, "updateType": "Full", "localAuthorizationList": [entry]})
    await operator.sees(f"{OF}/local-list", "", {"version": 7, "status": "Accepted"})
    await command("SetChargingProfile", {"evseId": 1, "chargingProfile": PROFILE})
    await operator.sees(
        f"{OF}/charging-profiles", "charging_profiles", {"evse": 1, "purpose": "TxDefaultProfile", "stack_level": 2}
    )
    await command("ReserveNow", {"id": 12, "expiryDateTime": "2099-01-01T00:00:00Z", "idToken": token, "evseId": 1})
    await operator.sees(f"{OF}/reservations", "reservations", {"status": "reserved", "token": TAG, "evse": 1})
    message = {"id": 3, "priority": "AlwaysFront", "message": {"format": "UTF8", "content": "Hello"}}
    await command("SetDisplayMessage", {"message": message})
    await command(
        "SetVariableMonitoring",
        {
            "setMonitoringData": [
                {"value": 5.0, "type": "Delta", "severity": 3, "component": COMPONENT, "variable": {"name": "Power"}}
            ]
        },
    )
    async with asyncio.timeout(WAIT):
        while not {"Hello", "Delta"} <= _texts(await operator.read(f"{OF}/documents")):
            await asyncio.sleep(0.01)


def _texts(value):
    """Every text in it."""
    if isinstance(value, str):
        return {value}
    members = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return {text for member in members for text in _texts(member)}


async def _charge(one):
    """Ended overtakes an Updated, as offline stations have it."""
    await ask(one, _status(one, "Occupied"))
    token = {"id_token": TAG, "type": "ISO14443"}
    for kind, trigger, at, seq, more in (
        ("Started", "Authorized", NOW, 0, {"id_token": token, "meter_value": _metered(NOW, 100, "Transaction.Begin")}),
        ("Ended", "StopAuthorized", LATER, 2, {"meter_value": _metered(LATER, 600, "Transaction.End")}),
        ("Updated", "MeterValuePeriodic", NOW, 1, {"meter_value": _metered(NOW, 300, "Sample.Periodic")}),
    ):
        info = {"transaction_id": "tx-1", **({"stopped_reason": "Local"} if kind == "Ended" else {})}
        event = one._call.TransactionEvent(
            event_type=kind,
            timestamp=at,
            trigger_reason=trigger,
            seq_no=seq,
            transaction_info=info,
            evse={"id": 1, "connector_id": 1},
            **more,
        )
        await ask(one, event)


def _metered(at, value, context):
    return [{"timestamp": at, "sampled_value": [{"value": value, "context": context}]}]


def _status(one, status):
    return one._call.StatusNotification(timestamp=NOW, connector_status=status, evse_id=1, connector_id=1)


async def _known_of_the_transaction(operator, version):
    whole = {
        "transaction": "tx-1", "version": version, "answered_by": "main", "evse": 1, "connector": 1, "token": TAG,
        "token_type": "ISO14443", "status": "Accepted", "started_at": NOW, "meter_start": 100, "stopped_at": LATER,
        "meter_stop": 600, "energy": 500, "stop_reason": "Local", "open": False,
    }  # fmt: skip
    await operator.sees(f"transactions?identity={IDENTITY}", "transactions", whole)
    values = (await operator.read(f"transactions/{IDENTITY}/tx-1/meter-values"))["meter_values"]
    found = [sample["value"] for row in values for each in row["values"] for sample in each["sampledValue"]]
    assert sorted(found) == [100, 300, 600]
    await operator.sees(f"{OF}/connectors", "connectors", {"evse": 1, "connector": 1, "status": "Occupied"})
