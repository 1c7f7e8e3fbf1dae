import pytest
from ocpp201_tx_kit import measured

from broker.api import Direction, Reply
from broker.testing import Harness
from plugins.ocpp201.metering.plugin import Metering
from plugins.ocpp201.versions import V2

pytestmark = pytest.mark.parametrize("version", V2)


@pytest.fixture
async def h():
    h = await Harness((Metering, {})).ready()
    yield h
    await h.stop()


async def test_what_a_station_has_measured_is_kept_without_a_transaction(h, version):
    payload = {"evseId": 2, "meterValue": measured(0, 5, context="Sample.Clock")}
    assert (await h.call(version, "MeterValues", payload)).payload == {}
    assert (await h.call(version, "MeterValues", payload)).payload == {}
    (value,) = await h.records.meter_values.latest("CP001")
    assert (value.evse, value.connector, value.transaction_id, value.version) == (2, None, None, version)
    assert value.values[0]["sampledValue"][0]["value"] == 5


@pytest.mark.parametrize("evse", [0, -3, None, "x", 2**70])
async def test_an_evse_that_is_none_is_the_main_power_meter(h, version, evse):
    assert (await h.call(version, "MeterValues", {"evseId": evse, "meterValue": "x"})).payload == {}
    assert [one.evse for one in await h.records.meter_values.latest("CP001")] == [0]


async def test_what_was_not_taken_is_not_kept(h, version):
    await h.reply(version, "MeterValues", {"evseId": 1, "meterValue": measured(0, 5)}, Reply.error("InternalError"))
    assert await h.records.meter_values.latest("CP001") == []


async def test_the_call_of_the_block_is_owned(h, version):
    owned = [action for action in h.plugins.actions() if action.version == version]
    assert [(action.name, action.direction) for action in owned] == [("MeterValues", Direction.FROM_STATION)]
