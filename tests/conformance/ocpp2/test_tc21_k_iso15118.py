"""K and M with ISO 15118-20: schedules that the CSMS makes by itself, renegotiated; contracts, and a root of an OEM."""

import pytest
from cases21 import case21
from charging21_kit import ev_chooses, needs, negotiated, schedule_by, sent_by_itself
from manufacturer_kit import Manufacturer
from story2_kit import Charge, booted
from tariff_kit import service

PHASES = {"numberPhases": 3}


async def charges(lab, station):
    await booted(station)
    return await Charge(lab, station).charging()


async def in_book(lab, number):
    return (await lab.records.charging_profiles.get(lab.identity, number)).profile["chargingSchedule"][0]


@case21("K_115", "Accepted; SetChargingProfile(TxProfile) by itself, whole; the EV's schedule within it is Accepted")
async def test_tc21_k_115_smart_charging(lab):
    async with lab.station() as station:
        charge = await charges(lab, station)
        number, schedule = await negotiated(charge, schedule_by(charge, **PHASES))
        await ev_chooses(charge, schedule, limit=8000)
        assert (await in_book(lab, number))["chargingSchedulePeriod"][0]["limit"] == 11000
        [known] = (await lab.do("charging-limits"))["chargingNeeds"]
        assert (known["evseId"], known["transactionId"]) == (1, charge.id)
        assert known["chargingNeeds"]["requestedEnergyTransfer"] == "AC_three_phase"


@case21(
    "K_113", "The operator renegotiates: SetChargingProfile in the place of the first; the EV's schedule is Accepted"
)
async def test_tc21_k_113_renegotiated_by_csms(lab):
    async with lab.station() as station:
        charge = await charges(lab, station)
        number, schedule = await negotiated(charge, schedule_by(charge, **PHASES))
        await ev_chooses(charge, schedule)
        asked = station.expect("SetChargingProfile", {"status": "Accepted"})
        told = await lab.do("renegotiate", limit=6000, chargingRateUnit="W")
        again, schedule = await sent_by_itself(asked, schedule_by(charge, 6000, **PHASES))
        assert (told["status"], again) == ("Accepted", number)
        await ev_chooses(charge, schedule)
        await charge.event("Updated", "ChargingRateChanged")


@case21("K_114", "Needs told again in the transaction: Accepted, SetChargingProfile in the place of the first")
async def test_tc21_k_114_renegotiated_by_ev(lab):
    async with lab.station() as station:
        charge = await charges(lab, station)
        number, schedule = await negotiated(charge, schedule_by(charge, **PHASES))
        await ev_chooses(charge, schedule)
        again, schedule = await negotiated(charge, schedule_by(charge, 7000, **PHASES), power=7000)
        assert again == number
        await ev_chooses(charge, schedule)
        await charge.event("Updated", "ChargingRateChanged")


@case21("K_117", "A later departure: a new SetChargingProfile; an EV's schedule above it Rejected, and sent again")
async def test_tc21_k_117_adjusted_schedule(lab):
    dear_now = [1.0] * 24
    options = {"ocpp201.smart_charging": {"prices": dear_now}}
    async with lab.alone(options=options) as lab, lab.station() as station:
        charge = await charges(lab, station)
        number, _ = await negotiated(charge, schedule_by(charge, **PHASES))
        again, schedule = await negotiated(charge, schedule_by(charge, **PHASES), minutes=240)
        assert again == number
        asked = station.expect("SetChargingProfile", {"status": "Accepted"})
        await ev_chooses(charge, schedule, limit=22000, status="Rejected")
        await sent_by_itself(asked, schedule_by(charge, **PHASES))
        await ev_chooses(charge, schedule)


@case21("K_126", "NoChargingProfile where the CSMS is to make none; no SetChargingProfile comes")
async def test_tc21_k_126_no_charging_profile(lab):
    options = {"ocpp201.smart_charging": {"without_schedule": ["OCTT-*"]}}
    async with lab.alone(options=options) as lab, lab.station() as station:
        charge = await charges(lab, station)
        assert await station.says("NotifyEVChargingNeeds", **needs()) == {"status": "NoChargingProfile"}
        await charge.event("Updated", "ChargingRateChanged")
        assert await lab.records.charging_profiles.of(lab.identity) == []


EXI = "gJgBAAAAAAAAAAAAAAAAAAAA"


@pytest.mark.parametrize(
    "answer",
    [
        {"status": "Accepted", "exiResponse": "gJgC" + "A" * 9000, "remainingContracts": 1},
        {"status": "Accepted", "exiResponse": "gJgCAAAA", "remainingContracts": 0},
    ],
    ids=["one is left", "the last"],
)
@case21("M_100", "Get15118EVCertificate(Install): Accepted with the exiResponse and remainingContracts of the provider")
async def test_tc21_m_100_contract_certificate(lab, answer):
    asked = {
        "iso15118SchemaVersion": "urn:iso:std:iso:15118:-20:CommonMessages",
        "action": "Install",
        "exiRequest": EXI,
        "maximumContractCertificateChains": 2,
        "prioritizedEMAIDs": ["DE8AACA2B3C4D5"],
    }
    async with service(answer) as (url, posted):
        options = {"ocpp201.iso15118": {"ev_certificates": {"url": url}}}
        async with lab.alone(options=options) as lab, lab.station() as station:
            await booted(station)
            assert await station.says("Get15118EVCertificate", **asked) == answer
            assert posted == [asked]


@case21("M_101", "InstallCertificate: OEMRootCertificate, the certificate as configured; it is in the book")
async def test_tc21_m_101_oem_root(lab):
    certificate = Manufacturer().certificate
    async with lab.station() as station:
        await booted(station)
        asked = station.expect("InstallCertificate", {"status": "Accepted"})
        told = await lab.do("install-certificate", certificateType="OEMRootCertificate", certificate=certificate)
        assert told["status"] == "Accepted"
        assert await asked == {"certificateType": "OEMRootCertificate", "certificate": certificate}
        assert [row.use for row in await lab.records.certificates.of(lab.identity)] == ["OEMRootCertificate"]
