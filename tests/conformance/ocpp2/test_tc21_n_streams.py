"""N, monitoring of 2.1: monitors of a target, and those whose values come as a stream."""

from cases21 import case21
from later_kit import comes
from scripted_station_kit import now
from story2_kit import booted
from tariff_kit import floats, held

SETPOINT = {"component": {"name": "EVSE", "evse": {"id": 1}}, "variable": {"name": "Power"}}
MONITOR, STREAM = 41, 7


@case21(
    "N_104", "GetMonitoringReport of one variable; NotifyMonitoringReport with TargetDelta answered, told, in the book"
)
async def test_tc21_n_104_target_delta_monitors(lab):
    monitoring = {
        "id": MONITOR, "transaction": False, "value": 10, "type": "TargetDelta", "severity": 7,
        "eventNotificationType": "CustomMonitor",
    }  # fmt: skip
    found = {**SETPOINT, "variableMonitoring": [monitoring]}

    async def report(payload):
        await station.in_parts("NotifyMonitoringReport", [{"monitor": [found]}], request_id=payload["requestId"])

    async with lab.station() as station:
        await booted(station)
        asked = station.answers("GetMonitoringReport", {"status": "Accepted"}, report)
        told = await lab.do("get-monitoring-report", componentVariable=[SETPOINT], monitoringCriteria="DeltaMonitoring")
        payload = await asked
        assert payload.pop("requestId") > 0
        assert payload == {"componentVariable": [SETPOINT], "monitoringCriteria": ["DeltaMonitoring"]}
        assert (told["status"], told["complete"], floats(told["monitor"])) == ("Accepted", True, [found])
        await station.done()

        async def book():
            known = (await lab.do("monitors"))["monitors"]
            return [(one["id"], one["type"], one["value"], one["severity"]) for one in known]

        await comes(book, [(MONITOR, "TargetDelta", 10, 7)])


def constant(**params):
    """ConstantStreamDataType."""
    return {"id": STREAM, "variableMonitoringId": MONITOR, "params": params}


async def stream_opened(lab, station):
    """The operator has a variable watched as a stream; the station opens it."""
    wanted = {
        **SETPOINT, "type": "Periodic", "value": 1, "severity": 8, "periodicEventStream": {"interval": 5, "values": 3},
    }  # fmt: skip
    answer = {**SETPOINT, "status": "Accepted", "type": "Periodic", "severity": 8, "id": MONITOR}
    asked = station.expect("SetVariableMonitoring", {"setMonitoringResult": [answer]})
    told = await lab.do("set-variable-monitoring", **wanted)
    assert floats(await asked) == {"setMonitoringData": [wanted]}
    assert told["setMonitoringResult"] == [answer]
    told = await station.says("OpenPeriodicEventStream", constantStreamData=constant(interval=5, values=3))
    assert told == {"status": "Accepted"}
    assert await streams(lab) == [constant(interval=5, values=3)]


async def streams(lab):
    """In the book, without when."""
    return [
        {name: one[name] for name in one if name != "at"} for one in (await lab.do("event-streams"))["streams"]
    ]  # fmt: skip


@case21("N_105", "periodicEventStream as configured; Open and Close answered, SENDs in the book; Adjust as configured")
async def test_tc21_n_105_frequent_periodic_monitoring(lab):
    async with lab.station() as station:
        await booted(station)
        await stream_opened(lab, station)
        data = [{"t": 0, "v": "7000"}, {"t": 1.5, "v": "7100"}]
        await station.sends(id=STREAM, pending=0, basetime=now(), data=data)
        asked = station.expect("AdjustPeriodicEventStream", {"status": "Accepted"})
        assert await lab.do("adjust-event-stream", id=STREAM, interval=10, values=6) == {"status": "Accepted"}
        assert await asked == {"id": STREAM, "params": {"interval": 10, "values": 6}}
        assert await streams(lab) == [constant(interval=10, values=6)]
        await station.tells("ClosePeriodicEventStream", id=STREAM)
        assert await streams(lab) == []
        [event] = [one for one in await lab.records.events.page(identity=lab.identity) if one.variable == "Power"]
        assert (event.component, event.value) == ("EVSE@1", "7100")
        assert (event.details["stream"], event.details["values"]) == (STREAM, [[0, "7000"], [1.5, "7100"]])


@case21("N_107", "GetPeriodicEventStream is empty; the streams told to the operator, and in the book are these alone")
async def test_tc21_n_107_get_event_streams(lab):
    async with lab.station() as station:
        await booted(station)
        await stream_opened(lab, station)
        other = {"id": 8, "variableMonitoringId": 42, "params": {"interval": 60}}
        asked = station.expect("GetPeriodicEventStream", {"constantStreamData": [other]})
        assert await lab.do("get-event-streams") == {"constantStreamData": [other]}
        assert await asked == {}
        assert await streams(lab) == [other]
        asked = station.expect("GetPeriodicEventStream", {})
        assert await lab.do("get-event-streams") == {"constantStreamData": []}
        assert await asked == {}
        assert await streams(lab) == []
        assert await held(lab, "streams", "ocpp21.diagnostics") in (None, {})
