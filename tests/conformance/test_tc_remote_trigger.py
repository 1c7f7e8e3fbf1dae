"""Remote Trigger."""

import json

from cases16 import case
from lab_kit import CONNECTORS, IDENTITY
from story_kit import booted, metered, statuses

ACCEPTED = {"status": "Accepted"}


async def triggered(lab, station, message, *, answer="Accepted", **more):
    """TriggerMessage as the operator asks for it, who is told the station's own word."""
    asked = station.expect("TriggerMessage", {"status": answer})
    assert await lab.do("trigger", requestedMessage=message, **more) == {"status": answer}
    return await asked


@case("054", "Five messages triggered, the connector's with connectorId; each answered, and in the book")
async def test_tc_054_trigger_message(lab):
    async with lab.station() as station:
        await booted(station)
        payload = await triggered(lab, station, "MeterValues", connectorId=1)
        assert payload == {"requestedMessage": "MeterValues", "connectorId": 1}
        await metered(station, value=4711)
        (row,) = await lab.records.meter_values.latest(IDENTITY)
        assert (row.evse, row.transaction_id) == (1, None)
        assert row.values[0]["sampledValue"][0]["value"] == 4711
        assert await triggered(lab, station, "Heartbeat") == {"requestedMessage": "Heartbeat"}
        assert set(await station.says("Heartbeat")) == {"currentTime"}
        payload = await triggered(lab, station, "StatusNotification", connectorId=1)
        assert payload == {"requestedMessage": "StatusNotification", "connectorId": 1}
        await station.status("Preparing")
        assert (await statuses(lab))[1] == "Preparing"
        payload = await triggered(lab, station, "DiagnosticsStatusNotification")
        assert payload == {"requestedMessage": "DiagnosticsStatusNotification"}
        assert await station.says("DiagnosticsStatusNotification", status="Idle") == {}
        payload = await triggered(lab, station, "FirmwareStatusNotification", answer="NotImplemented")
        assert payload == {"requestedMessage": "FirmwareStatusNotification"}
        assert await triggered(lab, station, "FirmwareStatusNotification") == payload
        assert await station.says("FirmwareStatusNotification", status="Idle") == {}


@case("055", "A connector that there is not can be sent, though the CSMS knows how many; the operator is told Rejected")
async def test_tc_055_trigger_message_rejected(lab):
    async with lab.station() as station:
        await booted(station)
        count = {"key": "NumberOfConnectors", "readonly": True, "value": str(CONNECTORS)}
        station.expect("GetConfiguration", {"configurationKey": [count]})
        await lab.do("get-configuration", key=["NumberOfConnectors"])
        payload = await triggered(lab, station, "MeterValues", answer="Rejected", connectorId=CONNECTORS + 1)
        assert payload == {"requestedMessage": "MeterValues", "connectorId": 3}
        asked = station.expect("TriggerMessage", {"status": "Rejected"})
        printed = await lab.cli("call", IDENTITY, "TriggerMessage", json.dumps(payload))
        assert json.loads(printed) == {"status": "Rejected"}
        assert await asked == payload
