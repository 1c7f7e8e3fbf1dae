import pytest
from ocpp201_tx_kit import NOW, at
from pydantic import ValidationError

from broker.api import OperationFailed, Reply, StationRefused
from broker.testing import Harness
from plugins.ocpp201.availability.plugin import SHARED, Availability
from plugins.ocpp201.versions import V2

pytestmark = pytest.mark.parametrize("version", V2)


@pytest.fixture
async def h():
    h = await Harness((Availability, {})).ready()
    yield h
    await h.stop()


def status(word="Available", **members):
    return {"timestamp": at(60), "connectorStatus": word, "evseId": 1, "connectorId": 2, **members}


async def test_a_heartbeat_is_answered_with_the_time(h, version):
    assert (await h.call(version, "Heartbeat", {})).payload == {"currentTime": "2026-01-01T00:00:00.000Z"}


async def test_the_status_of_each_connector_is_kept(h, version):
    for word in ("Available", "Occupied"):
        assert (await h.call(version, "StatusNotification", status(word))).payload == {}
    assert (await h.call(version, "StatusNotification", status("Faulted", connectorId=1))).payload == {}
    one, two = await h.records.connectors.of("CP001")
    assert (one.evse, one.connector, one.status) == (1, 1, "Faulted")
    assert (two.evse, two.connector, two.status, two.at, two.changed_at) == (1, 2, "Occupied", NOW + 60, NOW)


@pytest.mark.parametrize(
    "payload",
    [{}, {"evseId": "x", "connectorId": [], "connectorStatus": 5, "timestamp": {}}, {"evseId": -1, "connectorId": -1}],
)
async def test_a_status_is_taken_whatever_its_shape(h, version, payload):
    for _ in range(2):
        assert (await h.call(version, "StatusNotification", payload)).payload == {}
    (row,) = await h.records.connectors.of("CP001")
    assert (row.evse, row.connector, row.status, row.at) == (0, 0, "", None)


async def test_a_status_that_was_not_taken_is_not_kept(h, version):
    await h.reply(version, "StatusNotification", status(), Reply.error("InternalError"))
    assert await h.records.connectors.of("CP001") == []


@pytest.mark.parametrize(
    ("params", "sent"),
    [
        ({"type": "Inoperative"}, {"operationalStatus": "Inoperative"}),
        ({"operationalStatus": "Operative", "evseId": 1}, {"operationalStatus": "Operative", "evse": {"id": 1}}),
        (
            {"type": "Operative", "evseId": 1, "connectorId": 2},
            {"operationalStatus": "Operative", "evse": {"id": 1, "connectorId": 2}},
        ),
    ],
)
async def test_the_station_an_evse_or_a_connector_is_taken_out_of_operation(h, version, params, sent):
    session = h.session(version)
    session.replies["ChangeAvailability"] = Reply.result({"status": "Scheduled"})
    assert await h.operate(version, "change-availability", params) == {"status": "Scheduled"}
    assert session.sent == [("ChangeAvailability", sent)]


@pytest.mark.parametrize("params", [{}, {"type": "Off"}, {"type": "Operative", "connectorId": 1}])
async def test_wrong_parameters_are_refused(h, version, params):
    with pytest.raises(ValidationError):
        await h.operate(version, "change-availability", params)


async def test_an_error_of_the_station_is_the_operator_s_to_know(h, version):
    h.session(version).replies["ChangeAvailability"] = Reply.error("InternalError", "no")
    with pytest.raises((StationRefused, OperationFailed)):
        await h.operate(version, "change-availability", {"type": "Operative"})


async def test_others_find_where_to_tell_a_status(h, version):
    plugin = h.plugins._loaded["ocpp201.availability"].instance
    assert plugin.shared[SHARED] == plugin.status


async def test_every_call_of_the_block_is_owned(h, version):
    owned = {(action.name, str(action.direction)) for action in h.plugins.actions() if action.version == version}
    assert owned == {
        ("Heartbeat", "from_station"),
        ("StatusNotification", "from_station"),
        ("ChangeAvailability", "to_station"),
    }
