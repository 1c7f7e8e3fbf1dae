import pytest
from pydantic import ValidationError

from broker.api import Direction, Reply, StationRefused
from broker.testing import harness
from plugins.ocpp16.remote_trigger import RemoteTrigger

V = "ocpp1.6"
MESSAGES = [
    "BootNotification",
    "DiagnosticsStatusNotification",
    "FirmwareStatusNotification",
    "Heartbeat",
    "MeterValues",
    "StatusNotification",
]


async def trigger(params, reply=None):
    h = harness(RemoteTrigger)
    h.session(V).replies["TriggerMessage"] = reply or Reply.result({"status": "Accepted"})
    try:
        return await h.operate(V, "trigger", params), h.session(V).sent
    finally:
        await h.stop()


@pytest.mark.parametrize("message", MESSAGES)
async def test_each_message_can_be_asked_for_and_no_connector_is_left_out(message):
    result, sent = await trigger({"requestedMessage": message})
    assert result == {"status": "Accepted"}
    assert sent == [("TriggerMessage", {"requestedMessage": message})]


@pytest.mark.parametrize("connector", [0, 1, 99])
async def test_any_connector_can_be_asked(connector):
    _, sent = await trigger({"requestedMessage": "MeterValues", "connectorId": connector})
    assert sent == [("TriggerMessage", {"requestedMessage": "MeterValues", "connectorId": connector})]


@pytest.mark.parametrize("status", ["Accepted", "Rejected", "NotImplemented"])
async def test_the_stations_word_comes_back(status):
    result, _ = await trigger({"requestedMessage": "Heartbeat"}, Reply.result({"status": status}))
    assert result == {"status": status}


async def test_an_error_of_the_station_is_told_as_such():
    with pytest.raises(StationRefused, match="NotSupported"):
        await trigger({"requestedMessage": "Heartbeat"}, Reply.error("NotSupported"))


@pytest.mark.parametrize(
    "params", [{}, {"requestedMessage": "Authorize"}, {"requestedMessage": "Heartbeat", "connectorId": -1}, {"x": 1}]
)
async def test_what_1_6_does_not_know_is_refused(params):
    with pytest.raises(ValidationError):
        await trigger(params)


def test_the_call_of_the_profile_is_owned():
    (action,) = harness(RemoteTrigger).plugins.actions()
    assert (action.name, action.direction, action.profile) == ("TriggerMessage", Direction.TO_STATION, "RemoteTrigger")
