"""Q, bidirectional power transfer: setpoints of the CSMS, frequency support, which energy transfers an EV may have."""

from cases21 import case21
from charging21_kit import (
    chosen_left_out,
    ev_chooses,
    needs,
    negotiated,
    schedule_by,
    sent_by_itself,
    tx_profile,
    tx_profile_set,
)
from device_kit import reported, set_with
from lab2_kit import VALID
from story2_kit import Charge, booted
from tariff_kit import floats, held

BPT = "DC_BPT"
V2X = {"maxChargePower": 11000, "maxDischargePower": 9000, "minChargePower": 0, "evTargetEnergyRequest": 20000}
ALLOWED = "ocpp21.bidirectional"


async def charges(lab, station):
    await booted(station)
    return await Charge(lab, station).charging()


async def mode_changes(charge, mode):
    """The station goes over to it, and tells so: it is in the book."""
    await charge.event("Updated", "OperationModeChanged", info={"operationMode": mode})
    assert (await charge.runs()).details["operationMode"] == mode


async def updated(lab, station, number, answer="Accepted", **said):
    """UpdateDynamicSchedule as the operator asks for it, of the one Dynamic profile there is."""
    asked = station.expect("UpdateDynamicSchedule", {"status": answer})
    told = await lab.do("update-dynamic-schedule", **said)
    wanted = {"chargingProfileId": number, "scheduleUpdate": said}
    assert floats(await asked) == wanted
    assert floats(told) == {"status": answer, **wanted}
    kept = (await held(lab, "updates", "ocpp21.smart_charging") or {}).get(str(number))
    assert (floats(kept) == said) == (answer == "Accepted")


async def cleared(lab, station, number):
    asked = station.expect("ClearChargingProfile", {"status": "Accepted"})
    assert await lab.do("clear-charging-profile", id=number) == {"status": "Accepted"}
    assert await asked == {"chargingProfileId": number}
    assert await lab.records.charging_profiles.of(lab.identity) == []


async def pulls(station, number):
    told = floats(await station.says("PullDynamicScheduleUpdate", chargingProfileId=number))
    told.pop("statusInfo", None)
    return told


CENTRAL = {"setpoint": 5000, "operationMode": "CentralSetpoint"}


@case21(
    "Q_109", "A Dynamic profile with CentralSetpoint and setpoint; UpdateDynamicSchedule twice; ClearChargingProfile"
)
async def test_tc21_q_109_dynamic_setpoint_pushed(lab):
    async with lab.station() as station:
        charge = await charges(lab, station)
        number = await tx_profile_set(charge, CENTRAL, dynUpdateInterval=60)
        await mode_changes(charge, "CentralSetpoint")
        await updated(lab, station, number, "Rejected", setpoint=1.5)
        await updated(lab, station, number, setpoint=-3000)
        await updated(lab, station, number, setpoint=2500.5)
        await cleared(lab, station, number)


@case21("Q_110", "A Dynamic profile; PullDynamicScheduleUpdate gets the setpoint; Rejected once the profile is cleared")
async def test_tc21_q_110_dynamic_setpoint_pulled(lab):
    async with lab.station() as station:
        charge = await charges(lab, station)
        number = await tx_profile_set(charge, CENTRAL, dynUpdateInterval=60)
        assert await pulls(station, number) == {"status": "Accepted", "scheduleUpdate": {"setpoint": 5000}}
        await lab.do("update-dynamic-schedule", setpoint=-4000, send=False)
        assert await pulls(station, number) == {"status": "Accepted", "scheduleUpdate": {"setpoint": -4000}}
        await cleared(lab, station, number)
        assert await pulls(station, number) == {"status": "Rejected"}
        await charge.runs()


@case21("Q_124", "SetVariables of LocalLoadBalancing, as configured; SetChargingProfile with LocalLoadBalancing")
async def test_tc21_q_124_local_load_balancing(lab):
    async with lab.station() as station:
        charge = await charges(lab, station)
        values = {"UpperThreshold": "9000", "LowerThreshold": "-5000"}
        asked = station.expect("SetVariables", set_with())
        where = {f"V2XChargingCtrlr.LocalLoadBalancing#{name}": value for name, value in values.items()}
        await lab.do("set-variables", values=where)
        assert await asked == {
            "setVariableData": [
                {
                    "component": {"name": "V2XChargingCtrlr"},
                    "variable": {"name": "LocalLoadBalancing", "instance": name},
                    "attributeValue": value,
                }
                for name, value in values.items()
            ]
        }
        rows = await lab.records.variables.of(lab.identity)
        assert {row.variable: row.value for row in rows} == {
            f"LocalLoadBalancing#{name}": value for name, value in values.items()
        }
        limits = {"limit": 11000, "dischargeLimit": -9000, "operationMode": "LocalLoadBalancing"}
        await tx_profile_set(charge, limits)
        await mode_changes(charge, "LocalLoadBalancing")


@case21("K_101", "SetChargingProfile with another operationMode; OperationModeChanged answered, in the book")
async def test_tc21_k_101_change_operation_mode(lab):
    async with lab.station() as station:
        charge = await charges(lab, station)
        first = await tx_profile_set(charge, {"limit": 8000, "operationMode": "ChargingOnly"})
        await mode_changes(charge, "ChargingOnly")
        second = await tx_profile_set(charge, CENTRAL, id=first)
        assert second == first
        await mode_changes(charge, "CentralSetpoint")


@case21("B_116", "TxProfile, Reset ImmediateAndResume, the boot Accepted; after TxResumed the TxProfile is sent again")
async def test_tc21_b_116_reset_with_smart_charging(lab):
    async with lab.station() as station:
        charge = await charges(lab, station)
        number, sent = await negotiated(charge, schedule_by(charge, numberPhases=3))
        await ev_chooses(charge, sent)
        asked = station.expect("Reset", {"status": "Accepted"})
        await lab.do("reset", type="ImmediateAndResume")
        assert await asked == {"type": "ImmediateAndResume"}
        await charge.event("Updated", "ResetCommand", state="EVConnected")
        await station.loses_its_connection()
    async with lab.station() as station:
        assert (await station.boots("RemoteReset"))["status"] == "Accepted"
        await station.connector("Occupied")
        charge.station = station
        asked = station.expect("SetChargingProfile", {"status": "Accepted"})
        assert await charge.event("Updated", "TxResumed") == {}
        again, _ = await sent_by_itself(asked, schedule_by(charge, numberPhases=3))
        assert again == number
        await charge.event("Updated", "ChargingStateChanged", state="Charging")
        await charge.runs()


async def told_of_its_inventory(lab, station):
    part = {"reportData": [reported("V2XChargingCtrlr", "Enabled", "true", kind="boolean")]}

    async def tells(payload):
        await station.in_parts("NotifyReport", [part], request_id=payload["requestId"])

    asked = station.answers("GetBaseReport", {"status": "Accepted"}, tells)
    assert (await lab.do("get-base-report"))["complete"]
    assert (await asked)["reportBase"] == "FullInventory"
    await station.done()


@case21("Q_102", "GetBaseReport; AuthorizeResponse Accepted without allowedEnergyTransfer; an EV that only charges may")
async def test_tc21_q_102_allowed_transfers_left_out(lab):
    async with lab.station() as station:
        await booted(station)
        await told_of_its_inventory(lab, station)
        told = await station.says("Authorize", idToken=VALID)
        assert (told["idTokenInfo"]["status"], set(told)) == ("Accepted", {"idTokenInfo"})
        charge = await Charge(lab, station).charging()
        _, schedule = await negotiated(charge, schedule_by(charge), mode="DC")
        await ev_chooses(charge, schedule)


def allowing(*modes):
    return {ALLOWED: {"energy_transfer": list(modes)}}


def bpt():
    return needs(BPT, v2xChargingParameters=V2X)


async def tells_needs(station, payload, status):
    told = await station.says("NotifyEVChargingNeeds", **payload)
    assert told["status"] == status


@case21("Q_103", "AuthorizeResponse with allowedEnergyTransfer; needs for another one Rejected; no SetChargingProfile")
async def test_tc21_q_103_needs_rejected(lab):
    async with lab.alone(options=allowing("DC", "AC_three_phase")) as lab, lab.station() as station:
        await booted(station)
        told = await station.says("Authorize", idToken=VALID)
        assert told["allowedEnergyTransfer"] == ["DC", "AC_three_phase"]
        charge = await Charge(lab, station).charging()
        await tells_needs(station, bpt(), "Rejected")
        await charge.ends("EVCommunicationLost", "ReqEnergyTransferRejected")
        await charge.is_over("ReqEnergyTransferRejected")
        assert await lab.records.charging_profiles.of(lab.identity) == []


@case21(
    "Q_107", "Only charging at first: Accepted, its schedule; NotifyAllowedEnergyTransfer; then V2X needs Accepted too"
)
async def test_tc21_q_107_charging_only_before_v2x(lab):
    async with lab.alone(options=allowing("DC")) as lab, lab.station() as station:
        await booted(station)
        charge = await Charge(lab, station).charging()
        number, schedule = await negotiated(charge, schedule_by(charge), mode="DC")
        await ev_chooses(charge, schedule)
        await tells_needs(station, bpt(), "Rejected")
        modes = ["DC", BPT]
        asked = station.expect("NotifyAllowedEnergyTransfer", {"status": "Accepted"})
        told = await lab.do("allow-energy-transfer", allowedEnergyTransfer=modes)
        wanted = {"transactionId": charge.id, "allowedEnergyTransfer": modes}
        assert await asked == wanted
        assert told == {"status": "Accepted", **wanted}
        assert await held(lab, "allowed", ALLOWED) == {charge.id: modes}
        wanted = schedule_by(charge, operationMode="ChargingOnly")
        asked = station.expect("SetChargingProfile", {"status": "Accepted"})
        await tells_needs(station, bpt(), "Accepted")
        again, _ = await sent_by_itself(asked, wanted)
        assert again == number
        await charge.event("Updated", "ChargingRateChanged")


@case21(
    "Q_108", "SetChargingProfile with periods of CentralSetpoint that charge and feed back, as configured, in the book"
)
async def test_tc21_q_108_central_schedule(lab):
    async with lab.station() as station:
        charge = await charges(lab, station)
        periods = [
            {"startPeriod": 0, "operationMode": "CentralSetpoint", "limit": 11000, "setpoint": 8000},
            {"startPeriod": 900, "operationMode": "CentralSetpoint", "dischargeLimit": -9000, "setpoint": -6000},
            {"startPeriod": 1800, "operationMode": "Idle", "limit": 0},
        ]
        await tx_profile_set(charge, periods)
        await mode_changes(charge, "CentralSetpoint")


@case21("Q_117", "A Dynamic profile with CentralFrequency, baseline and setpoint; UpdateDynamicSchedule with another")
async def test_tc21_q_117_central_frequency_pushed(lab):
    async with lab.station() as station:
        charge = await charges(lab, station)
        period = {"operationMode": "CentralFrequency", "v2xBaseline": 2000, "setpoint": 3000}
        number = await tx_profile_set(charge, period, dynUpdateInterval=2)
        await mode_changes(charge, "CentralFrequency")
        await updated(lab, station, number, setpoint=-1500)


def signalled(*powers):
    return [{"signal": signal, "power": power} for signal, power in powers]


@case21(
    "Q_120", "SetChargingProfile with LocalFrequency and v2xSignalWattCurve; AFRRSignal as configured; Rejected told"
)
async def test_tc21_q_120_afrr_signal(lab):
    async with lab.station() as station:
        charge = await charges(lab, station)
        curve = signalled((-100, -9000), (0, 0), (100, 9000))
        period = {"operationMode": "LocalFrequency", "v2xBaseline": 1000, "v2xSignalWattCurve": curve}
        await tx_profile_set(charge, period)
        await mode_changes(charge, "LocalFrequency")
        for signal, answer in ((50, "Accepted"), (-70, "Rejected")):
            asked = station.expect("AFRRSignal", {"status": answer})
            told = await lab.do("afrr-signal", signal=signal, timestamp="2026-01-31T12:00:00Z")
            wanted = {"timestamp": "2026-01-31T12:00:00Z", "signal": signal}
            assert await asked == wanted
            assert told == {"status": answer, **wanted}


@case21("Q_121", "V2X needs Accepted, the schedule sent; SetChargingProfile with LocalFrequency and v2xFreqWattCurve")
async def test_tc21_q_121_local_frequency(lab):
    async with lab.station() as station:
        charge = await charges(lab, station)
        asked = station.expect("SetChargingProfile", {"status": "Accepted"})
        await tells_needs(station, bpt(), "Accepted")
        _, payload = chosen_left_out(await asked)
        assert payload == {
            "evseId": 1,
            "chargingProfile": tx_profile(charge, {"limit": 11000, "operationMode": "ChargingOnly"}, level=1),
        }
        curve = [{"frequency": 49.8, "power": -9000}, {"frequency": 50, "power": 0}, {"frequency": 50.2, "power": 9000}]
        period = {"operationMode": "LocalFrequency", "v2xBaseline": 1000, "v2xFreqWattCurve": curve}
        await tx_profile_set(charge, period, stackLevel=2)
        await mode_changes(charge, "LocalFrequency")
