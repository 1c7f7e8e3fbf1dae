"""N, diagnostics: monitors of variables, set, cleared and listed."""

import pytest
from case_kit import V21
from cases201 import case201
from device_kit import got, variable_of
from later_kit import comes
from story2_kit import booted

ACCEPTED = {"status": "Accepted"}
POWER = variable_of("ChargingStation", "Power")
STATION = variable_of("ChargingStation", "AvailabilityState")
EVSE = variable_of("EVSE", "AvailabilityState", evse=1)
SEVERITY = 8


def monitor(number, kind="UpperThreshold", value=22.5, **more):
    """VariableMonitoringType; 2.1 tells whose it is."""
    return {"id": number, "transaction": False, "value": value, "type": kind, "severity": SEVERITY, **more}


def known(number, place, kind, value, **more):
    """As the operator sees it."""
    return {"id": number, **place, "type": kind, "value": value, "severity": SEVERITY, **more}


async def monitors(lab):
    """What the broker knows of the station's monitors, but for since when."""
    told = await lab.do("monitors")
    assert all(one.pop("since") for one in told["monitors"])
    return told["monitors"]


async def known_as(lab, name):
    """Base or level of the station's monitoring."""
    return (await lab.do("monitors")).get(name)


async def report(lab, wanted, *parts, **params):
    """GetMonitoringReport with `wanted`; the parts of the report are told to the operator, and known."""
    more = {"eventNotificationType": "CustomMonitor"} if lab.version == V21 else {}

    async def tells(payload):
        await station.in_parts("NotifyMonitoringReport", sent, request_id=payload["requestId"])

    sent = [
        {"monitor": [{**place, "variableMonitoring": [{**one, **more} for one in some]} for place, some in part]}
        for part in parts
    ]
    async with lab.station() as station:
        await booted(station)
        asked = station.answers("GetMonitoringReport", ACCEPTED, tells)
        told = await lab.do("get-monitoring-report", **params)
        payload = await asked
        number = payload.pop("requestId")
        assert number >= 0
        assert payload == wanted
        items = [item for part in sent for item in part["monitor"]]
        assert told == {"status": "Accepted", "requestId": number, "complete": True, "monitor": items}
        found = [
            known(one["id"], place, one["type"], one["value"], **more)
            for part in parts
            for place, some in part
            for one in some
        ]
        await comes(lambda: monitors(lab), found)


CRITERIA = {
    "DeltaMonitoring": ("Delta", 1),
    "ThresholdMonitoring": ("LowerThreshold", 5),
    "PeriodicMonitoring": ("Periodic", 60),
}


@pytest.mark.parametrize("criterion", CRITERIA)
@case201("N_01", "monitoringCriteria [DeltaMonitoring], [ThresholdMonitoring], alone; the report told, and known")
async def test_tc_n_01_report_by_criteria(lab, criterion):
    part = [(EVSE, [monitor(1, *CRITERIA[criterion])])]
    await report(lab, {"monitoringCriteria": [criterion]}, part, monitoringCriteria=criterion)


@case201("N_02", "componentVariable: ChargingStation Power, EVSE 1 AvailabilityState, no criteria; the report told")
async def test_tc_n_02_report_by_variables(lab):
    parts = [(POWER, [monitor(1), monitor(2, "Periodic", 60)])], [(EVSE, [monitor(3, "Delta", 1)])]
    await report(lab, {"componentVariable": [POWER, EVSE]}, *parts, componentVariable=[POWER, EVSE])


@pytest.mark.parametrize("criterion", ["DeltaMonitoring", "ThresholdMonitoring"])
@case201("N_03", "monitoringCriteria and componentVariable EVSE 1 AvailabilityState; the report told, and known")
async def test_tc_n_03_report_by_criteria_and_variable(lab, criterion):
    wanted = {"monitoringCriteria": [criterion], "componentVariable": [EVSE]}
    await report(lab, wanted, [(EVSE, [monitor(1, *CRITERIA[criterion])])], **wanted)


@case201("N_47", "monitoringCriteria and componentVariable omitted; both parts of the report told, and known")
async def test_tc_n_47_report_of_all(lab):
    await report(lab, {}, [(POWER, [monitor(1)])], [(STATION, [monitor(2, "Delta", 1)])])


@case201("N_60", "monitoringCriteria and a list of componentVariable; the report told to the operator, and known")
async def test_tc_n_60_report_by_criteria_and_variables(lab):
    wanted = {"monitoringCriteria": ["DeltaMonitoring"], "componentVariable": [STATION, EVSE]}
    part = [(STATION, [monitor(1, "Delta", 1)]), (EVSE, [monitor(2, "Delta", 1)])]
    await report(lab, wanted, part, **wanted)


@case201("N_05", "monitoringBase All, FactoryDefault, HardWiredOnly; Accepted told, and the base known")
async def test_tc_n_05_monitoring_base(lab):
    async with lab.station() as station:
        await booted(station)
        for base in ("All", "FactoryDefault", "HardWiredOnly"):
            asked = station.expect("SetMonitoringBase", ACCEPTED)
            assert await lab.do("set-monitoring-base", monitoringBase=base) == ACCEPTED
            assert await asked == {"monitoringBase": base}
            await comes(lambda: known_as(lab, "base"), base)


def set_as(*numbers):
    """The answer to SetVariableMonitoring: Accepted, with a number for each."""

    def answer(payload):
        names = ("type", "severity", "component", "variable")
        return {
            "setMonitoringResult": [
                {**{name: one[name] for name in names}, **ACCEPTED, "id": number}
                for one, number in zip(payload["setMonitoringData"], numbers, strict=True)
            ]
        }

    return answer


async def monitored(lab, station, number, place, kind, value, **more):
    """SetVariableMonitoring of one, as the operator asks for it."""
    asked = station.expect("SetVariableMonitoring", set_as(number))
    params = {**place, "type": kind, "value": value, "severity": SEVERITY, **more}
    told = await lab.do("set-variable-monitoring", **params)
    assert await asked == {"setMonitoringData": [params]}
    result = {**place, "type": kind, "severity": SEVERITY, **ACCEPTED, "id": number}
    assert told["setMonitoringResult"] == [result]


KINDS = {"UpperThreshold": 22.5, "LowerThreshold": 5, "Delta": 1, "Periodic": 60, "PeriodicClockAligned": 900}


@pytest.mark.parametrize("kind", KINDS)
@case201("N_08", "One setMonitoringData with each of its members as configured, of every type; told, and known")
async def test_tc_n_08_set_one_monitor(lab, kind):
    place, value = (EVSE if kind == "Delta" else POWER), KINDS[kind]
    more = {"transaction": True} if kind == "UpperThreshold" else {}
    async with lab.station() as station:
        await booted(station)
        await monitored(lab, station, 7, place, kind, value, **more)
        one = known(7, place, kind, value, eventNotificationType="CustomMonitor", **more)
        await comes(lambda: monitors(lab), [one])


@case201("N_24", "A Periodic monitor is set; the NotifyEvent that it makes is answered with nothing, and in the book")
async def test_tc_n_24_periodic_event(lab):
    async with lab.station() as station:
        await booted(station)
        await monitored(lab, station, 7, POWER, "Periodic", 60)
        await station.event(
            "ChargingStation", "Power", "11000",
            trigger="Periodic", notified="CustomMonitor", variableMonitoringId=7,
        )  # fmt: skip
        events = await lab.records.events.page(identity=lab.identity, variable="Power")
        assert [(one.component, one.value, one.details["variableMonitoringId"]) for one in events] == [
            ("ChargingStation", "11000", 7)
        ]


async def level(lab, station, severity, answer):
    asked = station.expect("SetMonitoringLevel", answer)
    assert await lab.do("set-monitoring-level", severity=severity) == answer
    assert await asked == {"severity": severity}


@case201("N_16", "severity 4; Accepted told, and the level known")
async def test_tc_n_16_monitoring_level(lab):
    async with lab.station() as station:
        await booted(station)
        await level(lab, station, 4, ACCEPTED)
        await comes(lambda: known_as(lab, "level"), 4)


@case201("N_17", "severity 4, and one that there is not: Rejected is told; the level is what it was")
async def test_tc_n_17_monitoring_level_out_of_range(lab):
    refused = {"status": "Rejected", "statusInfo": {"reasonCode": "ValueTooHigh"}}
    async with lab.station() as station:
        await booted(station)
        for severity in (4, 10):
            await level(lab, station, severity, refused)
        assert await known_as(lab, "level") is None


def cleared(*statuses):
    """The answer to ClearVariableMonitoring: these for its ids, in their order."""

    def answer(payload):
        pairs = zip(payload["id"], statuses, strict=True)
        return {"clearMonitoringResult": [{"id": number, "status": status} for number, status in pairs]}

    return answer


async def three_monitors(lab, station):
    for number in (1, 2, 3):
        await monitored(lab, station, number, POWER, "UpperThreshold", number)


async def numbers_known(lab):
    return [one["id"] for one in await monitors(lab)]


@case201(
    "N_18",
    "GetVariables of ItemsPerMessageClearVariableMonitoring, which is 2; three ids in two ClearVariableMonitoring; all "
    "results told as one, none known",
)
async def test_tc_n_18_clear_too_many(lab):
    limits = {("MonitoringCtrlr", "ItemsPerMessage"): "2", ("MonitoringCtrlr", "BytesPerMessage"): "8000"}
    async with lab.station() as station:
        await booted(station)
        await three_monitors(lab, station)
        asked = station.expect("GetVariables", got(limits))
        first = station.expect("ClearVariableMonitoring", cleared("Accepted", "Accepted"))
        second = station.expect("ClearVariableMonitoring", cleared("Accepted"))
        told = await lab.do("clear-variable-monitoring", id=[1, 2, 3])
        wanted = variable_of("MonitoringCtrlr", "ItemsPerMessage", instance="ClearVariableMonitoring")
        assert wanted in (await asked)["getVariableData"]
        assert (await first, await second) == ({"id": [1, 2]}, {"id": [3]})
        assert told["clearMonitoringResult"] == [{"id": number, **ACCEPTED} for number in (1, 2, 3)]
        await comes(lambda: monitors(lab), [])


@case201(
    "N_44", "ClearVariableMonitoring with the id; Rejected, and NotFound, told for that id; the one is still known"
)
async def test_tc_n_44_clear_rejected(lab):
    async with lab.station() as station:
        await booted(station)
        await three_monitors(lab, station)
        for status, left in (("Rejected", [1, 2, 3]), ("NotFound", [1, 3])):
            asked = station.expect("ClearVariableMonitoring", cleared(status))
            told = await lab.do("clear-variable-monitoring", id=2)
            assert await asked == {"id": [2]}
            assert told["clearMonitoringResult"] == [{"id": 2, "status": status}]
            await comes(lambda: numbers_known(lab), left)
