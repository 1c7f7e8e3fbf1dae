"""OCPP 2.1 diagnostics: periodic event streams, opened, followed, adjusted, closed."""

import pytest

from broker.api import Direction, Reply, StationRefused
from broker.testing import Harness
from plugins.ocpp21.diagnostics.plugin import FROM_STATION, TO_STATION
from plugins.ocpp21.diagnostics.plugin import Diagnostics as Streams
from plugins.ocpp201.diagnostics.plugin import Diagnostics

V = "ocpp2.1"
AT = "2026-01-01T00:00:00Z"
NOW = 1_767_225_600.0
EVSE, POWER = {"name": "EVSE", "evse": {"id": 1}}, {"name": "Power"}
STREAM = {"id": 2, "variableMonitoringId": 3, "params": {"interval": 10, "values": 30}}
VALUES = {"id": 2, "pending": 1, "basetime": AT, "data": [{"t": 1, "v": "7"}, {"t": 3.5, "v": "8"}]}
KNOWN = {**STREAM, "at": AT}


async def _harness(*more, **config):
    return await Harness((Streams, config), *((plugin, {}) for plugin in more)).ready()


@pytest.fixture
async def h():
    one = await _harness(Diagnostics)
    yield one
    await one.stop()


async def _ask(h, action, payload, reply):
    await h.reply(V, action, payload, reply, direction=Direction.TO_STATION)


async def _set_monitor(h, variable=POWER):
    data = {"component": EVSE, "variable": variable, "type": "Periodic", "severity": 8, "value": 10}
    result = Reply.result({"setMonitoringResult": [{**data, "id": 3, "status": "Accepted"}]})
    await _ask(h, "SetVariableMonitoring", {"setMonitoringData": [data]}, result)


async def _open(h, **more):
    return (await h.call(V, "OpenPeriodicEventStream", {"constantStreamData": {**STREAM, **more}})).payload


async def _streams(h):
    return (await h.operate(V, "event-streams"))["streams"]


async def _events(h):
    return await h.records.events.page()


def test_the_plugin_owns_its_actions():
    owned = {(one.name, one.direction) for one in Streams.register_actions(None)}
    assert owned == {(name, Direction.FROM_STATION) for name in FROM_STATION} | {
        (name, Direction.TO_STATION) for name in TO_STATION
    }


async def test_a_stream_is_opened_and_closed(h):
    """N_105."""
    assert await _open(h) == {"status": "Accepted"}
    assert await _streams(h) == [KNOWN]
    assert (await h.call(V, "ClosePeriodicEventStream", {"id": 2})).payload == {}
    assert await _streams(h) == []


async def test_a_stream_without_a_number_is_rejected(h):
    assert (await h.call(V, "OpenPeriodicEventStream", {})).payload == {"status": "Rejected"}
    assert await _streams(h) == []


async def test_a_stream_that_whoever_answers_rejects_is_not_known(h):
    reply = Reply.result({"status": "Rejected"})
    await h.reply(V, "OpenPeriodicEventStream", {"constantStreamData": STREAM}, reply)
    await h.reply(V, "OpenPeriodicEventStream", {"constantStreamData": STREAM}, Reply.error("NotSupported", ""))
    assert await _streams(h) == []


async def test_values_are_kept_with_what_they_are_about(h):
    await _set_monitor(h)
    await _open(h)
    assert (await h.call(V, "NotifyPeriodicEventStream", VALUES)).is_result
    (row,) = await _events(h)
    assert (row.identity, row.component, row.variable, row.value) == ("CP001", "EVSE@1", "Power", "8")
    assert (row.at, row.received_at) == (NOW + 3.5, NOW)
    assert row.details == {
        "trigger": "Periodic",
        "stream": 2,
        "variableMonitoringId": 3,
        "pending": 1,
        "values": [[0.0, "7"], [2.5, "8"]],
    }


async def test_a_station_that_wants_an_answer_to_its_values_gets_one(h, monkeypatch):
    monkeypatch.setattr("broker.testing.table._SENDS", ())  # a CALL in the place of a SEND
    reply = await h.call(V, "NotifyPeriodicEventStream", VALUES)
    assert reply.is_result
    assert reply.payload == {}
    assert len(await _events(h)) == 1


async def test_the_values_of_a_stream_cost_no_look_at_the_disk(h, monkeypatch):
    """They come as often as every second, of each stream of each station."""
    await _set_monitor(h)
    await _open(h)
    await h.call(V, "NotifyPeriodicEventStream", VALUES)
    reads, read = [], h.records.documents.get

    async def counted(*key):
        reads.append(key)
        return await read(*key)

    monkeypatch.setattr(h.records.documents, "get", counted)
    for pending in range(3):
        await h.call(V, "NotifyPeriodicEventStream", {**VALUES, "pending": pending + 2})
    assert reads == []
    assert [row.variable for row in await _events(h)] == ["Power"] * 4


async def test_a_stream_that_is_opened_again_may_be_of_another_variable(h):
    for variable in (POWER, {"name": "Current"}):
        await _set_monitor(h, variable)
        await _open(h)
        await h.call(V, "NotifyPeriodicEventStream", VALUES)
    assert [row.variable for row in await _events(h)] == ["Power", "Current"]


async def test_a_repeated_message_adds_nothing(h):
    await _open(h)
    await h.call(V, "NotifyPeriodicEventStream", VALUES)
    await h.call(V, "NotifyPeriodicEventStream", VALUES)
    assert len(await _events(h)) == 1


async def test_values_of_a_stream_or_a_monitor_that_nobody_knows_are_kept(h):
    await h.call(V, "NotifyPeriodicEventStream", VALUES)
    await _open(h, variableMonitoringId=99)
    await h.call(V, "NotifyPeriodicEventStream", {**VALUES, "pending": 0})
    unknown, without = await _events(h)
    assert (unknown.component, unknown.variable, unknown.details.get("variableMonitoringId")) == ("", "", None)
    assert (without.component, without.details["variableMonitoringId"]) == ("", 99)


async def test_values_of_a_secret_are_not_kept(h):
    await _set_monitor(h, {"name": "BasicAuthPassword"})
    await _open(h)
    await h.call(V, "NotifyPeriodicEventStream", VALUES)
    assert await _events(h) == []


async def test_values_need_not_be_kept():
    h = await _harness(keep_values=False)
    await _open(h)
    await h.call(V, "NotifyPeriodicEventStream", VALUES)
    assert await _events(h) == []
    assert await _streams(h) == [KNOWN]
    await h.stop()


async def test_without_the_diagnostics_of_2_0_1_values_are_kept_all_the_same():
    h = await _harness()
    await _open(h)
    await h.call(V, "NotifyPeriodicEventStream", VALUES)
    assert [row.component for row in await _events(h)] == [""]
    await h.stop()


@pytest.mark.parametrize("payload", [{}, {"id": "x"}, {"id": 2, "data": 5}, {"id": 2, "data": [{"t": [], "v": {}}]}])
async def test_a_message_of_an_odd_shape_is_no_failure(h, payload):
    for action in FROM_STATION:
        assert (await h.call(V, action, payload)).is_result
    assert await _events(h) == []


@pytest.mark.parametrize(("status", "interval"), [("Accepted", 5), ("Rejected", 10)])
async def test_a_stream_is_adjusted(h, status, interval):
    """N_105."""
    await _open(h)
    h.session(V).replies["AdjustPeriodicEventStream"] = Reply.result({"status": status})
    assert await h.operate(V, "adjust-event-stream", {"id": 2, "interval": 5}) == {"status": status}
    assert h.session(V).sent == [("AdjustPeriodicEventStream", {"id": 2, "params": {"interval": 5}})]
    assert (await _streams(h))[0]["params"]["interval"] == interval


async def test_the_stations_own_list_is_what_counts(h):
    """N_107."""
    await _open(h, id=9)
    h.session(V).replies["GetPeriodicEventStream"] = Reply.result({"constantStreamData": [STREAM]})
    assert await h.operate(V, "get-event-streams") == {"constantStreamData": [STREAM]}
    assert h.session(V).sent == [("GetPeriodicEventStream", {})]
    assert await _streams(h) == [KNOWN]


async def test_a_station_without_streams(h):
    await _open(h)
    h.session(V).replies["GetPeriodicEventStream"] = Reply.result({})
    assert await h.operate(V, "get-event-streams") == {"constantStreamData": []}
    assert await _streams(h) == []


async def test_an_error_changes_nothing(h):
    await _open(h)
    replies = h.session(V).replies
    replies["GetPeriodicEventStream"] = replies["AdjustPeriodicEventStream"] = Reply.error("NotSupported", "")
    for name, params in (("get-event-streams", {}), ("adjust-event-stream", {"id": 2, "values": 1})):
        with pytest.raises(StationRefused):
            await h.operate(V, name, params)
    assert await _streams(h) == [KNOWN]
