"""Charge points and central systems made of the `ocpp` package's classes, and a whole transaction told with them.

Both ends check every payload against the schemas by themselves; `command` is whoever sends commands to the station.
"""

import asyncio

import ocpp.v16
import ocpp.v21
import ocpp.v201
import pytest
from e2e_kit import WAIT, Refused
from ocpp.routing import on

NOW = "2024-05-01T12:00:00.000Z"
TAG = "ABC123"
TOKEN = {"idToken": TAG, "type": "ISO14443"}


def ask(station, payload):
    """A call whose error is an exception."""
    return station.call(payload, suppress=False)


def handling(results, **answers):
    """Give a class a handler for each action: an answer that is always the same, or None for a command that is
    accepted and put where the station's story looks for it.
    """

    def decorate(cls):
        for action, answer in answers.items():
            handler = _accepting(results, action) if answer is None else _obliged(results, action, answer)
            handler.__name__ = f"on_{action}"  # the package finds a handler by its name
            setattr(cls, handler.__name__, on(action)(handler))
        return cls

    return decorate


def _accepting(results, action):
    def handler(self, **payload):
        self.asked.put_nowait((action, payload))
        return getattr(results, action)(status="Accepted")

    return handler


def _obliged(results, action, answer):
    def handler(self, **payload):
        return getattr(results, action)(**answer)

    return handler


class Asked:
    """What both versions' stations have."""

    def __init__(self, *arguments):
        super().__init__(*arguments)
        self.asked = asyncio.Queue()

    async def told(self, action):
        """The next command, which is this one."""
        async with asyncio.timeout(WAIT):
            got, payload = await self.asked.get()
        assert got == action
        return payload


# --- 1.6 ------------------------------------------------------------------------------------------------------------

_16 = ocpp.v16.call_result


@handling(
    _16,
    TriggerMessage=None,
    RemoteStartTransaction=None,
    RemoteStopTransaction=None,
    UnlockConnector={"status": "Unlocked"},
)
class Station16(Asked, ocpp.v16.ChargePoint):
    """A station of 1.6."""

    @on("GetConfiguration")
    def on_get_configuration(self, key=None, **_):
        known = [{"key": "HeartbeatInterval", "readonly": False, "value": "300"}]
        return _16.GetConfiguration(configuration_key=known, unknown_key=[k for k in key if k != known[0]["key"]])


@handling(
    _16,
    BootNotification={"current_time": NOW, "interval": 300, "status": "Accepted"},
    Heartbeat={"current_time": NOW},
    StatusNotification={},
    Authorize={"id_tag_info": {"status": "Accepted"}},
    StartTransaction={"transaction_id": 4711, "id_tag_info": {"status": "Accepted"}},
    MeterValues={},
    StopTransaction={"id_tag_info": {"status": "Accepted"}},
)
class Csms16(ocpp.v16.ChargePoint):
    """A central system of 1.6."""


async def transaction_16(station, command):
    """Boot, status, commands, a remotely started and stopped transaction, status. Returns the transactionId."""
    call = ocpp.v16.call
    boot = await ask(station, call.BootNotification("Model", "Vendor", firmware_version="1.0"))
    assert (boot.status, boot.interval) == ("Accepted", 300)
    await ask(station, call.StatusNotification(1, "NoError", "Available", NOW))
    read = await command("GetConfiguration", {"key": ["HeartbeatInterval", "Colour"]})
    assert read["configurationKey"][0]["value"] == "300"
    assert read["unknownKey"] == ["Colour"]
    assert await command("TriggerMessage", {"requestedMessage": "Heartbeat"}) == {"status": "Accepted"}
    await station.told("TriggerMessage")
    assert (await ask(station, call.Heartbeat())).current_time
    assert (await ask(station, call.Authorize(TAG))).id_tag_info["status"] == "Accepted"
    assert await command("RemoteStartTransaction", {"idTag": TAG, "connectorId": 1}) == {"status": "Accepted"}
    started = await station.told("RemoteStartTransaction")
    await ask(station, call.StatusNotification(1, "NoError", "Preparing", NOW))
    start = await ask(station, call.StartTransaction(1, started["id_tag"], 100, NOW))
    assert start.id_tag_info["status"] == "Accepted"
    value = {"value": "150.5", "measurand": "Energy.Active.Import.Register", "unit": "Wh"}
    metered = [{"timestamp": NOW, "sampledValue": [value]}]
    await ask(station, call.MeterValues(1, metered, start.transaction_id))
    await ask(station, call.MeterValues(1, metered, start.transaction_id))
    stop = {"transactionId": start.transaction_id}
    assert await command("RemoteStopTransaction", stop) == {"status": "Accepted"}
    assert (await station.told("RemoteStopTransaction"))["transaction_id"] == start.transaction_id
    stopped = await ask(station, call.StopTransaction(151, NOW, start.transaction_id, "Remote", TAG))
    assert stopped.id_tag_info["status"] == "Accepted"
    assert await command("UnlockConnector", {"connectorId": 1}) == {"status": "Unlocked"}
    with pytest.raises(Refused) as refused:
        await command("ClearCache", {})
    assert refused.value.code == "NotImplemented"
    await ask(station, call.StatusNotification(1, "NoError", "Available", NOW))
    return start.transaction_id


# --- 2.0.1 and 2.1 --------------------------------------------------------------------------------------------------


def _station2(package):
    results = package.call_result

    @handling(
        results,
        TriggerMessage=None,
        RequestStartTransaction=None,
        RequestStopTransaction=None,
        GetBaseReport=None,
        ClearCache={"status": "Rejected"},
    )
    class Station2(Asked, package.ChargePoint):
        """A station of 2.x."""

        @on("GetVariables")
        def on_get_variables(self, get_variable_data, **_):
            return results.GetVariables(
                [{"attribute_status": "Accepted", "attribute_value": "300", **one} for one in get_variable_data]
            )

    return Station2


def _csms2(package):
    results = package.call_result

    @handling(
        results,
        BootNotification={"current_time": NOW, "interval": 300, "status": "Accepted"},
        Heartbeat={"current_time": NOW},
        StatusNotification={},
        Authorize={"id_token_info": {"status": "Accepted"}},
        MeterValues={},
        TransactionEvent={"id_token_info": {"status": "Accepted"}},
        NotifyReport={},
    )
    class Csms2(package.ChargePoint):
        """A central system of 2.x."""

    return Csms2


async def transaction_2(station, command):
    """The same in 2.x, with TransactionEvents and a report."""
    call = station._call
    box = {"model": "Model", "vendor_name": "Vendor", "firmware_version": "1.0"}
    assert (await ask(station, call.BootNotification(charging_station=box, reason="PowerUp"))).status == "Accepted"
    await ask(station, _status(call, "Available"))
    variable = {"component": {"name": "OCPPCommCtrlr"}, "variable": {"name": "HeartbeatInterval"}}
    read = await command("GetVariables", {"getVariableData": [variable]})
    assert read["getVariableResult"][0]["attributeValue"] == "300"
    assert await command("TriggerMessage", {"requestedMessage": "Heartbeat"}) == {"status": "Accepted"}
    await station.told("TriggerMessage")
    assert (await ask(station, call.Heartbeat())).current_time
    assert await command("GetBaseReport", {"requestId": 7, "reportBase": "FullInventory"}) == {"status": "Accepted"}
    request = (await station.told("GetBaseReport"))["request_id"]
    reported = {**variable, "variable_attribute": [{"value": "300"}]}
    for number in (0, 1):
        await ask(station, call.NotifyReport(
            generated_at=NOW, request_id=request, seq_no=number, tbc=number == 0, report_data=[reported]
        ))  # fmt: skip
    assert (await ask(station, call.Authorize(TOKEN))).id_token_info["status"] == "Accepted"
    start = {"idToken": TOKEN, "remoteStartId": 42, "evseId": 1}
    assert await command("RequestStartTransaction", start) == {"status": "Accepted"}
    remote = (await station.told("RequestStartTransaction"))["remote_start_id"]
    about = {"transaction_id": "8f14e45f-ceea-467f-a9cf-1", "charging_state": "Charging", "remote_start_id": remote}
    begun = await ask(station, _event(call, "Started", 0, "RemoteStart", about, id_token=TOKEN))
    assert begun.id_token_info["status"] == "Accepted"
    metered = [{"timestamp": NOW, "sampled_value": [{"value": 150.5, "measurand": "Energy.Active.Import.Register"}]}]
    about = {"transaction_id": about["transaction_id"], "charging_state": "Charging"}
    await ask(station, _event(call, "Updated", 1, "MeterValuePeriodic", about, meter_value=metered))
    await ask(station, call.MeterValues(evse_id=1, meter_value=metered))
    stop = {"transactionId": about["transaction_id"]}
    assert await command("RequestStopTransaction", stop) == {"status": "Accepted"}
    assert (await station.told("RequestStopTransaction"))["transaction_id"] == about["transaction_id"]
    about |= {"stopped_reason": "Remote", "charging_state": "Idle"}
    await ask(station, _event(call, "Ended", 2, "RemoteStop", about, id_token=TOKEN, meter_value=metered))
    assert await command("ClearCache", {}) == {"status": "Rejected"}
    if station._ocpp_version != "2.1":  # the package answers nothing at all there
        with pytest.raises(Refused) as refused:
            await command("GetLocalListVersion", {})
        assert refused.value.code == "NotImplemented"
    await ask(station, _status(call, "Available"))
    return about["transaction_id"]


def _status(call, status):
    return call.StatusNotification(timestamp=NOW, connector_status=status, evse_id=1, connector_id=1)


def _event(call, kind, number, why, about, **more):
    return call.TransactionEvent(
        event_type=kind,
        timestamp=NOW,
        trigger_reason=why,
        seq_no=number,
        transaction_info=about,
        evse={"id": 1},
        **more,
    )


PEERS = {
    "ocpp1.6": (Station16, Csms16, transaction_16),
    "ocpp2.0.1": (_station2(ocpp.v201), _csms2(ocpp.v201), transaction_2),
    "ocpp2.1": (_station2(ocpp.v21), _csms2(ocpp.v21), transaction_2),
}
