"""OCPP 2.x monitoring: what an operator asks."""

import pytest
from ocpp201_diagnostics_kit import EVSE, POWER, V21, V, monitor, monitored, reports, started
from pydantic import ValidationError

from broker.api import Reply, StationRefused, Variable
from plugins.ocpp201.versions import V2

ACCEPTED = Reply.result({"status": "Accepted"})


@pytest.fixture
async def h():
    async with started() as one:
        for version in V2:
            one.session(version).replies = {
                "SetVariableMonitoring": _set,
                "ClearVariableMonitoring": _cleared,
                "SetMonitoringBase": ACCEPTED,
                "SetMonitoringLevel": ACCEPTED,
                "GetVariables": Reply.result({"getVariableResult": []}),
            }
        yield one


def _set(payload):
    data = payload["setMonitoringData"]
    members = ("component", "variable", "type", "severity")
    results = [{**{name: one[name] for name in members}, "status": "Accepted", "id": one["value"]} for one in data]
    return Reply.result({"setMonitoringResult": results})


def _cleared(payload):
    return Reply.result({"clearMonitoringResult": [{"id": one, "status": "Accepted"} for one in payload["id"]]})


async def _limit(h, action, items, component="MonitoringCtrlr"):
    row = Variable(identity="CP001", component=component, variable=f"ItemsPerMessage#{action}", value=str(items))
    h.records.later(h.records.variables.put(row))


@pytest.mark.parametrize("version", V2)
@pytest.mark.parametrize("base", ["All", "FactoryDefault", "HardWiredOnly"])
async def test_a_base(h, version, base):
    """N_05."""
    assert await h.operate(version, "set-monitoring-base", {"monitoringBase": base}) == {"status": "Accepted"}
    assert h.session(version).sent == [("SetMonitoringBase", {"monitoringBase": base})]


@pytest.mark.parametrize(("severity", "status"), [(4, "Accepted"), (10, "Rejected"), (-1, "Rejected")])
async def test_a_level_out_of_range_too(h, severity, status):
    """N_16, N_17."""
    info = {"reasonCode": "OutOfRange"}
    h.session(V).replies["SetMonitoringLevel"] = Reply.result({"status": status, "statusInfo": info})
    told = await h.operate(V, "set-monitoring-level", {"severity": severity})
    assert told == {"status": status, "statusInfo": info}
    assert h.session(V).sent == [("SetMonitoringLevel", {"severity": severity})]


async def test_one_monitor_by_its_members(h):
    """N_08."""
    given = {
        "component": "EVSE@1",
        "variable": "Power",
        "type": "UpperThreshold",
        "value": 22,
        "severity": 4,
        "transaction": True,
    }
    told = await h.operate(V, "set-variable-monitoring", given)
    row = {"component": EVSE, "variable": POWER, "type": "UpperThreshold", "severity": 4}
    assert told == {"setMonitoringResult": [{**row, "status": "Accepted", "id": 22}], "messages": 1}
    data = [{**row, "value": 22, "transaction": True}]
    assert h.session(V).sent == [("SetVariableMonitoring", {"setMonitoringData": data})]


async def test_a_monitor_that_streams(h):
    """N_105."""
    stream = {"interval": 10, "values": 30}
    given = {"component": EVSE, "variable": POWER, "type": "Periodic", "value": 10, "periodicEventStream": stream}
    await h.operate(V21, "set-variable-monitoring", given)
    (data,) = h.session(V21).sent[0][1]["setMonitoringData"]
    assert data["periodicEventStream"] == stream
    assert (await h.operate(V21, "monitors"))["monitors"][0]["periodicEventStream"] == stream


def _several(*values):
    return {
        "setMonitoringData": [
            {"component": "EVSE@1", "variable": "Power", "type": "Delta", "value": v, "severity": v} for v in values
        ]
    }


async def test_several_monitors_in_as_many_messages_as_the_station_wants(h):
    await _limit(h, "SetVariableMonitoring", 2)
    told = await h.operate(V, "set-variable-monitoring", _several(1, 2, 3, 4, 5))
    assert [one["id"] for one in told["setMonitoringResult"]] == [1, 2, 3, 4, 5]
    assert told["messages"] == 3
    assert [len(payload["setMonitoringData"]) for _, payload in h.session(V).sent] == [2, 2, 1]


async def test_monitors_are_cleared_in_as_many_messages_as_the_station_wants(h):
    """N_18: the limit is asked for where it is not known."""
    limit = {
        "attributeStatus": "Accepted",
        "attributeValue": "2",
        "component": {"name": "MonitoringCtrlr"},
        "variable": {"name": "ItemsPerMessage", "instance": "ClearVariableMonitoring"},
    }
    h.session(V).replies["GetVariables"] = Reply.result({"getVariableResult": [limit]})
    told = await h.operate(V, "clear-variable-monitoring", {"id": [1, 2, 3]})
    assert [one["id"] for one in told["clearMonitoringResult"]] == [1, 2, 3]
    assert [action for action, _ in h.session(V).sent] == [
        "GetVariables",
        "ClearVariableMonitoring",
        "ClearVariableMonitoring",
    ]


async def test_where_no_limit_is_known_nothing_but_the_call_goes_out(h):
    """N_02, N_60, N_08: no step of these cases is a GetVariables."""
    await h.operate(V, "set-variable-monitoring", _several(1, 2))
    h.session(V).replies["GetMonitoringReport"] = Reply.result({"status": "EmptyResultSet"})
    variables = [{"component": f"EVSE@{number}"} for number in (1, 2)]
    await h.operate(V, "get-monitoring-report", {"componentVariable": variables})
    assert [action for action, _ in h.session(V).sent] == ["SetVariableMonitoring", "GetMonitoringReport"]
    assert len(h.session(V).sent[1][1]["componentVariable"]) == 2


async def test_one_needs_no_limit(h):
    await h.operate(V, "clear-variable-monitoring", {"id": 1})
    assert h.session(V).sent == [("ClearVariableMonitoring", {"id": [1]})]


async def test_a_monitor_that_cannot_be_cleared(h):
    """N_44."""
    results = [{"id": 1, "status": "Rejected"}]
    h.session(V).replies["ClearVariableMonitoring"] = Reply.result({"clearMonitoringResult": results})
    told = await h.operate(V, "clear-variable-monitoring", {"id": 1})
    assert told == {"clearMonitoringResult": results, "messages": 1}


async def test_an_error_is_the_stations(h):
    h.session(V).replies["SetVariableMonitoring"] = Reply.error("NotSupported", "")
    with pytest.raises(StationRefused):
        await h.operate(V, "set-variable-monitoring", _several(1))


@pytest.mark.parametrize("version", V2)
async def test_all_monitors_are_reported_in_several_parts(h, version):
    """N_47."""
    parts = [
        {"monitor": [monitored(monitor(1))], "seqNo": 0, "tbc": True},
        {"monitor": [monitored(monitor(2))], "seqNo": 1},
    ]
    h.session(version).replies["GetMonitoringReport"] = reports(h, "NotifyMonitoringReport", *parts, version=version)
    told = await h.operate(version, "get-monitoring-report", {"requestId": 9})
    items = [monitored(monitor(1)), monitored(monitor(2))]
    assert told == {"status": "Accepted", "requestId": 9, "complete": True, "monitor": items}
    assert h.session(version).sent == [("GetMonitoringReport", {"requestId": 9})]
    known = (await h.operate(version, "monitors"))["monitors"]
    assert [one["id"] for one in known] == [1, 2], "N_104: known as soon as it is told"


async def test_a_report_by_criteria_and_components(h):
    """N_01, N_02, N_03, N_60."""
    h.session(V).replies["GetMonitoringReport"] = Reply.result({"status": "EmptyResultSet"})
    given = {
        "monitoringCriteria": ["DeltaMonitoring", "ThresholdMonitoring"],
        "componentVariable": {"component": "EVSE@1", "variable": "Power"},
    }
    told = await h.operate(V, "get-monitoring-report", given)
    assert told == {"status": "EmptyResultSet", "requestId": told["requestId"], "complete": True, "monitor": []}
    ((_, payload),) = h.session(V).sent
    assert payload == {
        "requestId": told["requestId"],
        "monitoringCriteria": ["DeltaMonitoring", "ThresholdMonitoring"],
        "componentVariable": [{"component": EVSE, "variable": POWER}],
    }


async def test_many_components_are_asked_for_in_several_reports(h):
    """N02.FR.07."""
    await _limit(h, "GetReport", 2, component="DeviceDataCtrlr")
    part = {"monitor": [monitored(monitor(1))], "seqNo": 0}
    h.session(V).replies["GetMonitoringReport"] = reports(h, "NotifyMonitoringReport", part)
    variables = [{"component": f"EVSE@{number}"} for number in (1, 2, 3)]
    told = await h.operate(V, "get-monitoring-report", {"requestId": 9, "componentVariable": variables})
    calls = [payload for _, payload in h.session(V).sent]
    assert [len(payload["componentVariable"]) for payload in calls] == [2, 1]
    assert told["requestIds"] == [payload["requestId"] for payload in calls]
    assert (told["requestId"], told["status"], told["complete"]) == (9, "Accepted", True)
    assert told["monitor"] == [monitored(monitor(1))] * 2


async def test_several_reports_of_which_one_is_empty_and_one_does_not_come(h):
    await _limit(h, "GetReport", 1, component="DeviceDataCtrlr")
    h.session(V).replies["GetMonitoringReport"] = [Reply.result({"status": "EmptyResultSet"}), ACCEPTED]
    variables = [{"component": f"EVSE@{number}"} for number in (1, 2)]
    told = await h.operate(V, "get-monitoring-report", {"componentVariable": variables, "timeout": 0.01})
    assert (told["status"], told["complete"], told["monitor"]) == ("Accepted", False, [])
    assert told["requestId"] == told["requestIds"][1]


async def test_what_has_come_until_then_is_told(h):
    part = {"monitor": [monitored(monitor(1))], "seqNo": 0, "tbc": True}
    h.session(V).replies["GetMonitoringReport"] = reports(h, "NotifyMonitoringReport", part)
    told = await h.operate(V, "get-monitoring-report", {"timeout": 0.05})
    assert (told["complete"], told["monitor"]) == (False, [monitored(monitor(1))])


async def test_nobody_has_to_wait(h):
    part = {"monitor": [monitored(monitor(1))], "seqNo": 0}
    h.session(V).replies["GetMonitoringReport"] = ACCEPTED
    told = await h.operate(V, "get-monitoring-report", {"wait": False})
    assert told == {"status": "Accepted", "requestId": told["requestId"], "complete": False, "monitor": []}
    await h.call(V, "NotifyMonitoringReport", {"requestId": told["requestId"], **part})
    assert [one["id"] for one in (await h.operate(V, "monitors"))["monitors"]] == [1]


@pytest.mark.parametrize("wait", [True, False])
async def test_a_report_that_is_refused(h, wait):
    h.session(V).replies["GetMonitoringReport"] = Reply.result({"status": "NotSupported"})
    told = await h.operate(V, "get-monitoring-report", {"requestId": 1, "wait": wait})
    assert told == {"status": "NotSupported", "requestId": 1, "complete": True, "monitor": []}


async def test_an_operator_who_gives_neither_one_nor_several_is_told(h):
    with pytest.raises(ValidationError):
        await h.operate(V, "set-variable-monitoring", {})
