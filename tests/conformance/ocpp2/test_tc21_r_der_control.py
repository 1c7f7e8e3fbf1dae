"""R, DER control: controls set, reported, cleared and superseded, and events of the grid."""

import pytest
from cases21 import case21
from charging21_kit import negotiated, schedule_by
from device_kit import got, reported, set_with, variable_of
from scripted_station_kit import now
from story2_kit import Charge, ahead, booted, variable
from tariff_kit import floats

CURVE = {
    "priority": 3,
    "yUnit": "PctMaxW",
    "curveData": [{"x": 50.2, "y": 100}, {"x": 51.5, "y": 0}],
    "responseTime": 2.5,
}
CONTROLS = {
    "FreqWatt": {"curve": CURVE},
    "VoltVar": {"curve": {**CURVE, "yUnit": "PctVarAvail", "reactivePowerParams": {"vRef": 230}}},
    "FreqDroop": {
        "freqDroop": {
            "priority": 1, "overFreq": 50.2, "underFreq": 49.8, "overDroop": 5, "underDroop": 5, "responseTime": 2,
        }
    },
    "FixedPFInject": {"fixedPFInject": {"priority": 1, "displacement": 0.95, "excitation": True}},
    "FixedPFAbsorb": {"fixedPFAbsorb": {"priority": 1, "displacement": 0.9, "excitation": False}},
    "FixedVar": {"fixedVar": {"priority": 1, "setpoint": 10, "unit": "PctMaxVar"}},
    "EnterService": {
        "enterService": {"priority": 1, "highVoltage": 253, "lowVoltage": 195.5, "highFreq": 50.1, "lowFreq": 47.5}
    },
    "Gradients": {"gradient": {"priority": 1, "gradient": 10, "softGradient": 5}},
    "LimitMaxDischarge": {"limitMaxDischarge": {"priority": 1, "pctMaxDischargePower": 70}},
}  # fmt: skip


async def control_set(lab, station, kind, *, default=True, answer="Accepted", superseded=None, control=None, **params):
    """SetDERControl as the operator gives it; its controlId, chosen by the CSMS where `params` has none."""
    members = control or CONTROLS[kind]
    said = {"status": answer, **({"supersededIds": superseded} if superseded else {})}
    asked = station.expect("SetDERControl", said)
    told = await lab.do("set-der-control", controlType=kind, isDefault=default, **members, **params)
    payload = floats(await asked)
    number = payload["controlId"]
    assert params.get("controlId", number) == number
    assert 0 < len(number) <= 36
    assert payload == {"controlType": kind, "isDefault": default, "controlId": number, **members}
    assert told == {**said, "controlId": number}
    return number


async def controls(lab):
    """In the book, by controlId."""
    return {one["controlId"]: one for one in (await lab.do("der-controls"))["controls"]}


async def states(lab):
    """In the book: which is active, which superseded."""
    return {number: (one["active"], one["isSuperseded"]) for number, one in (await controls(lab)).items()}


async def control_reported(lab, station, parts, *, answer="Accepted", **criteria):
    """GetDERControl as the operator asks for it; the station reports in `parts`, told as one."""

    async def report(payload):
        for place, part in enumerate(parts):
            more = {"tbc": True} if place < len(parts) - 1 else {}
            await station.tells("ReportDERControl", requestId=payload["requestId"], **part, **more)

    asked = station.answers("GetDERControl", {"status": answer}, report)
    told = await lab.do("get-der-control", **criteria)
    payload = await asked
    await station.done()
    number = payload.pop("requestId")
    assert number > 0
    assert payload == criteria
    assert (told["status"], told["requestId"], told["complete"]) == (answer, number, answer in ("Accepted", "NotFound"))
    return [one["controlId"] for one in told["controls"]]


async def control_cleared(lab, station, answer="Accepted", **criteria):
    asked = station.expect("ClearDERControl", {"status": answer})
    assert await lab.do("clear-der-control", **criteria) == {"status": answer}
    assert await asked == {"isDefault": False, **criteria}


def curve_row(number, kind="FreqWatt", *, default=True, superseded=False):
    """One of ReportDERControl.curve."""
    control = CONTROLS[kind]["curve"]
    return {"id": number, "curveType": kind, "isDefault": default, "isSuperseded": superseded, "curve": control}


def limit_row(number, *, default=True):
    control = CONTROLS["LimitMaxDischarge"]["limitMaxDischarge"]
    return {"id": number, "isDefault": default, "isSuperseded": False, "limitMaxDischarge": control}


@case21("R_100", "SetDERControl isDefault true of a curve and a limit; the report of both told; V2X needs Accepted")
async def test_tc21_r_100_persistent_controls(lab):
    async with lab.station() as station:
        await booted(station)
        curve = await control_set(lab, station, "FreqWatt")
        limit = await control_set(lab, station, "LimitMaxDischarge")
        parts = [{"curve": [curve_row(curve)]}, {"limitMaxDischarge": [limit_row(limit)]}]
        assert await control_reported(lab, station, parts, isDefault=True) == [curve, limit]
        kept = await controls(lab)
        assert floats(kept[curve]["control"]) == CURVE
        assert (kept[curve]["isDefault"], kept[limit]["controlType"]) == (True, "LimitMaxDischarge")
        charge = await Charge(lab, station).charging()
        der = {"evSupportedDERControl": ["FreqWatt", "LimitMaxDischarge"], "maxDischargeApparentPower": 9000}
        schedule = schedule_by(charge, numberPhases=1, operationMode="ChargingOnly")
        v2x = {"maxChargePower": 11000, "maxDischargePower": 9000, "evTargetEnergyRequest": 20000}
        asked = {"mode": "AC_BPT_DER", "derChargingParameters": der, "v2xChargingParameters": v2x}
        await negotiated(charge, schedule, **asked)


DER = {("DCDERCtrlr", "ModesSupported"): "FreqWatt,LimitMaxDischarge", ("DCDERCtrlr", "InverterModel"): "Inverter 1"}


@case21("R_101", "GetVariables, SetVariables and GetReport of DCDERCtrlr, as configured; told, and in the book")
async def test_tc21_r_101_device_model(lab):
    async with lab.station() as station:
        await booted(station)
        asked = station.expect("GetVariables", got(DER))
        names = [f"{component}.{name}" for component, name in DER]
        told = await lab.do("get-variables", variable=names)
        assert await asked == {"getVariableData": [variable_of(*one) for one in DER]}
        assert [one["attributeValue"] for one in told["getVariableResult"]] == list(DER.values())
        asked = station.expect("SetVariables", set_with())
        await lab.do("set-variables", variable="DCDERCtrlr.Enabled", value=True)
        assert await asked == {"setVariableData": [{"attributeValue": "true", **variable_of("DCDERCtrlr", "Enabled")}]}
        part = {"reportData": [reported("DCDERCtrlr", "MaxW", "11000", kind="decimal", evse=1)]}

        async def report(payload):
            await station.in_parts("NotifyReport", [part], request_id=payload["requestId"])

        asked = station.answers("GetReport", {"status": "Accepted"}, report)
        told = await lab.do("get-report", componentVariable="DCDERCtrlr@1")
        payload = await asked
        assert payload.pop("requestId") >= 0
        assert payload == {"componentVariable": [{"component": {"name": "DCDERCtrlr", "evse": {"id": 1}}}]}
        assert told["complete"]
        kept = [await variable(lab, *one) for one in (("DCDERCtrlr", "Enabled"), ("DCDERCtrlr@1", "MaxW"))]
        assert kept == ["true", "11000"]
        assert await variable(lab, "DCDERCtrlr", "ModesSupported") == "FreqWatt,LimitMaxDischarge"


@case21("R_102", "ClearDERControl by controlType, by controlId, of all; NotFound told; the book has what is left")
async def test_tc21_r_102_clear_control_types(lab):
    async with lab.station() as station:
        await booted(station)
        frequency = await control_set(lab, station, "FreqWatt")
        await control_set(lab, station, "VoltVar")
        later = await control_set(lab, station, "VoltVar", default=False)
        limit = await control_set(lab, station, "LimitMaxDischarge")
        await control_cleared(lab, station, "Rejected", isDefault=True, controlType="VoltVar")
        assert len(await controls(lab)) == 4
        await control_cleared(lab, station, isDefault=True, controlType="VoltVar")
        assert set(await controls(lab)) == {frequency, later, limit}
        await control_cleared(lab, station, controlType="VoltVar")
        assert set(await controls(lab)) == {frequency, limit}
        await control_cleared(lab, station, "NotFound", controlType="FreqWatt")
        assert set(await controls(lab)) == {frequency, limit}, "that one is a default"
        await control_cleared(lab, station, isDefault=True, controlId=limit)
        await control_cleared(lab, station, isDefault=True)
        assert await controls(lab) == {}


@pytest.mark.parametrize("kind", CONTROLS)
@case21("R_103", "SetDERControl of each type, and with a wrong member: NotSupported, Rejected told; not in the book")
async def test_tc21_r_103_validations(lab, kind):
    async with lab.station() as station:
        await booted(station)
        for answer in ("NotSupported", "Rejected"):
            await control_set(lab, station, kind, answer=answer)
        assert await controls(lab) == {}
        other = CONTROLS["FixedVar" if kind == "FreqDroop" else "FreqDroop"]
        asked = station.expect("SetDERControl", {"status": "Rejected"})
        told = await lab.do("set-der-control", controlType=kind, isDefault=True, controlId="wrong", force=True, **other)
        payload = {"controlType": kind, "isDefault": True, "controlId": "wrong", **other}
        assert floats(await asked) == payload
        assert told == {"status": "Rejected", "controlId": "wrong"}
        assert await control_reported(lab, station, [], answer="NotSupported", controlType=kind) == []
        await control_cleared(lab, station, "NotSupported", controlType=kind)
        assert await control_reported(lab, station, [], answer="NotFound", controlId="unknown") == []
        assert await controls(lab) == {}


def scheduled(minutes, priority):
    """A curve that holds for a while, from some minutes on."""
    return {"curve": {**CURVE, "priority": priority, "startTime": ahead(minutes), "duration": 600}}


@case21("R_104", "A second SetDERControl with startTime and duration; supersededIds told, and so in the book")
async def test_tc21_r_104_supersedes_a_future_control(lab):
    async with lab.station() as station:
        await booted(station)
        first = await control_set(lab, station, "FreqWatt", default=False, control=scheduled(60, 5))
        second = await control_set(
            lab, station, "FreqWatt", default=False, control=scheduled(60, 2), superseded=[first]
        )
        assert await states(lab) == {first: (False, True), second: (False, False)}
        rows = [curve_row(first, default=False, superseded=True), curve_row(second, default=False)]
        assert await control_reported(lab, station, [{"curve": rows}], controlType="FreqWatt") == [first, second]
        assert await states(lab) == {first: (False, True), second: (False, False)}


async def started(station, number, **more):
    more = {"started": True, **more}
    await station.tells("NotifyDERStartStop", controlId=number, timestamp=now(), **more)


@case21("R_105", "SetDERControl over an active one; NotifyDERStartStop with supersededIds answered, and in the book")
async def test_tc21_r_105_supersedes_an_active_control(lab):
    async with lab.station() as station:
        await booted(station)
        first = await control_set(lab, station, "FreqWatt", default=False, control=scheduled(0, 5))
        await started(station, first)
        assert await states(lab) == {first: (True, False)}
        second = await control_set(lab, station, "FreqWatt", default=False, control=scheduled(0, 2))
        await started(station, second, supersededIds=[first])
        assert await states(lab) == {first: (False, True), second: (True, False)}
        await started(station, second, started=False)
        assert await states(lab) == {first: (False, True), second: (False, False)}


@case21(
    "R_106", "A control of lower priority than the active one; NotifyDERStartStop of each answered, and in the book"
)
async def test_tc21_r_106_active_control_stays(lab):
    async with lab.station() as station:
        await booted(station)
        active = await control_set(lab, station, "FreqWatt", default=False, control=scheduled(0, 1))
        await started(station, active)
        lower = await control_set(lab, station, "FreqWatt", default=False, control=scheduled(0, 9))
        assert await states(lab) == {active: (True, False), lower: (False, False)}
        await started(station, active, supersededIds=[lower])
        assert await states(lab) == {active: (True, False), lower: (False, True)}
        await started(station, active, started=False)
        assert await states(lab) == {active: (False, False), lower: (False, True)}


@case21(
    "R_107", "ClearDERControl, SetDERControl, GetDERControl; the report, and NotifyDERStartStop, answered, in the book"
)
async def test_tc21_r_107_configured(lab):
    async with lab.station() as station:
        await booted(station)
        for default in (True, False):
            await control_cleared(lab, station, "NotFound", isDefault=default)
        numbers = {kind: await control_set(lab, station, kind) for kind in CONTROLS}
        assert len(set(numbers.values())) == len(CONTROLS)
        once = await control_set(
            lab, station, "FreqWatt", default=False, control=scheduled(0, 1), controlId="OpenChargeAlliance"
        )
        await started(station, once)
        parts = [
            {"curve": [curve_row(numbers["FreqWatt"]), curve_row(numbers["VoltVar"], "VoltVar")]},
            {"curve": [curve_row(once, default=False)], "limitMaxDischarge": [limit_row(numbers["LimitMaxDischarge"])]},
        ]
        found = await control_reported(lab, station, parts)
        wanted = [numbers["FreqWatt"], numbers["VoltVar"], once, numbers["LimitMaxDischarge"]]
        assert sorted(found) == sorted(wanted)
        kept = await controls(lab)
        assert set(kept) == set(wanted), "the station has no others"
        assert kept[once]["active"] is True


@case21("R_108", "NotifyDERAlarm and its end answered; both in the book")
async def test_tc21_r_108_alarm(lab):
    alarm = {"controlType": "FreqWatt", "gridEventFault": "OverFrequency", "timestamp": now()}
    over = {**alarm, "timestamp": ahead(1), "alarmEnded": True, "extraInfo": "50.0 Hz again"}
    async with lab.station() as station:
        await booted(station)
        await station.tells("NotifyDERAlarm", **alarm)
        await station.tells("NotifyDERAlarm", **over)
        assert (await lab.do("der-controls"))["alarms"] == [{**alarm, "alarmEnded": False}, over]
