"""OCPP 2.x monitoring: which monitors are known, whoever has set them."""

import asyncio

import pytest
from ocpp201_diagnostics_kit import AT, EVSE, ID, POWER, V21, V, ask, monitor, monitored, started

from broker.api import BasePlugin, Reply
from plugins.ocpp201.versions import V2
from tests.plugins.shared.plugin_files_kit import until

ACCEPTED = Reply.result({"status": "Accepted"})


class Reader(BasePlugin):
    """A plugin that asks for a monitor."""

    name = "reader"

    def __init__(self, config, context):
        super().__init__(config, context)
        Reader.latest = self


@pytest.fixture
async def h():
    async with started(Reader) as one:
        yield one


async def _known(h, version=V):
    return await h.operate(version, "monitors")


async def _numbers(h):
    return [one["id"] for one in (await _known(h))["monitors"]]


async def _set(h, *numbers, version=V):
    data = [{"component": EVSE, "variable": POWER, "type": "Delta", "severity": n, "value": 1} for n in numbers]
    results = [{**one, "id": n, "status": "Accepted"} for one, n in zip(data, numbers, strict=True)]
    result = Reply.result({"setMonitoringResult": results})
    await ask(h, "SetVariableMonitoring", {"setMonitoringData": data}, result, version)


async def _report(h, *numbers, request=1, version=V, **more):
    payload = {"requestId": request, "seqNo": 0, "generatedAt": AT, **more}
    if numbers:
        payload["monitor"] = [monitored(*map(monitor, numbers))]
    await h.call(version, "NotifyMonitoringReport", payload)


@pytest.mark.parametrize("version", V2)
async def test_what_is_set_is_known(h, version):
    await _set(h, 7, version=version)
    assert await _known(h, version) == {
        "monitors": [
            {
                "id": 7, "component": EVSE, "variable": POWER, "type": "Delta", "severity": 7, "value": 1,
                "eventNotificationType": "CustomMonitor", "since": AT,
            }
        ]
    }  # fmt: skip


async def test_what_is_cleared_is_known_no_longer(h):
    await _set(h, 1, 2, 3)
    results = [{"id": 1, "status": "Accepted"}, {"id": 2, "status": "Rejected"}, {"id": 3, "status": "NotFound"}]
    await ask(h, "ClearVariableMonitoring", {"id": [1, 2, 3]}, Reply.result({"clearMonitoringResult": results}))
    assert await _numbers(h) == [2]


@pytest.mark.parametrize("answer", [ACCEPTED, Reply.result({"status": "Rejected"}), Reply.error("NotSupported", "")])
async def test_base_and_level_are_known_once_they_are_accepted(h, answer):
    await _set(h, 7)
    await ask(h, "SetMonitoringBase", {"monitoringBase": "FactoryDefault"}, answer)
    await ask(h, "SetMonitoringLevel", {"severity": 4}, answer)
    known = await _known(h)
    expected = ("FactoryDefault", 4, 0) if answer is ACCEPTED else (None, None, 1)
    assert (known.get("base"), known.get("level"), len(known["monitors"])) == expected


async def test_a_report_of_all_replaces_what_was_known(h):
    await _set(h, 1, 2)
    await ask(h, "GetMonitoringReport", {"requestId": 5}, ACCEPTED)
    await _report(h, 2, request=5, tbc=True)
    assert await _numbers(h) == [1, 2]
    await _report(h, 3, request=5, seqNo=1)
    assert await _numbers(h) == [2, 3]


@pytest.mark.parametrize(
    "criteria", [{"monitoringCriteria": ["DeltaMonitoring"]}, {"componentVariable": [{"component": EVSE}]}]
)
async def test_a_report_by_criteria_adds_to_what_was_known(h, criteria):
    await _set(h, 1)
    await ask(h, "GetMonitoringReport", {"requestId": 5, **criteria}, ACCEPTED)
    await _report(h, 3, request=5)
    assert await _numbers(h) == [1, 3]


async def test_a_report_that_nobody_asked_for_here_adds_to_what_was_known(h):
    await _set(h, 1)
    await _report(h, 3)
    assert await _numbers(h) == [1, 3]


async def test_the_same_number_later_is_another_report(h):
    await ask(h, "GetMonitoringReport", {"requestId": 5}, ACCEPTED)
    await _report(h, 3, request=5)
    await _set(h, 1)
    await _report(h, 4, request=5)
    assert await _numbers(h) == [1, 3, 4]


async def test_a_station_without_monitors(h):
    await _set(h, 1)
    empty = Reply.result({"status": "EmptyResultSet"})
    await ask(h, "GetMonitoringReport", {"requestId": 5, "monitoringCriteria": ["DeltaMonitoring"]}, empty)
    assert await _numbers(h) == [1]
    await ask(h, "GetMonitoringReport", {"requestId": 6}, empty)
    assert await _numbers(h) == []


async def test_a_first_part_may_overtake_the_answer(h):
    await _set(h, 1)
    await h.forward(V, "GetMonitoringReport", {"requestId": 5}, direction="to_station")
    await _report(h, 3, request=5)
    assert await _numbers(h) == [3]


@pytest.mark.parametrize(
    "payload", [{"requestId": 1, "monitor": 5}, {"requestId": 1, "monitor": [5, {}], "tbc": "x"}, {}]
)
async def test_a_report_of_an_odd_shape_is_answered(h, payload):
    assert (await h.call(V, "NotifyMonitoringReport", payload)).payload == {}
    assert await _numbers(h) == []


@pytest.mark.parametrize(
    "action", ["SetVariableMonitoring", "ClearVariableMonitoring", "SetMonitoringBase", "SetMonitoringLevel"]
)
@pytest.mark.parametrize("reply", [Reply.result({"status": 5}), Reply.error("InternalError", ""), ACCEPTED])
async def test_a_call_of_an_odd_shape_is_no_failure(h, action, reply):
    await ask(h, action, {"setMonitoringData": 5, "id": "x", "monitoringBase": 7, "severity": []}, reply)
    assert await _known(h) == {"monitors": []}


async def test_another_plugin_may_ask_for_a_monitor(h):
    await _set(h, 7, version=V21)
    find = Reader.latest.shared["ocpp201.monitors"]
    assert (await find(ID, 7))["component"] == "EVSE@1"
    assert await find(ID, 8) is None
    assert await find("CP002", 7) is None


async def test_changes_of_one_station_follow_each_other(h):
    await asyncio.gather(*(_set(h, number) for number in range(1, 9)))

    async def all_there():
        return await _numbers(h) == [*range(1, 9)]

    await until(all_there)


async def test_the_whole_reports_that_are_under_way_are_bounded(h):
    await _set(h, 1)
    await h.forward(V, "GetMonitoringReport", {"requestId": 1}, direction="to_station")
    for number in range(2, 1_002):
        await h.forward(V, "GetMonitoringReport", {"requestId": number}, direction="to_station")
    await _report(h, 3, request=1)
    assert await _numbers(h) == [1, 3]
    await _report(h, 4, request=2)
    assert await _numbers(h) == [4]
