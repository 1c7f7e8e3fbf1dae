"""K, smart charging with EVs that tell their needs (ISO 15118): a schedule by the CSMS itself, and negotiated anew."""

import pytest
from cases201 import case201
from charging2_kit import TX, begins_now, held, schedule, taken_apart
from later_kit import comes
from scripted_station_kit import now
from story2_kit import Charge, ahead, booted

ACCEPTED = {"status": "Accepted"}
LIMIT = 32.0
"""A, of each phase: the EV takes no more."""


def needs(limit=32):
    """ChargingNeedsType of an EV with AC."""
    return {
        "requestedEnergyTransfer": "AC_three_phase",
        "departureTime": ahead(480),
        "acChargingParameters": {"energyAmount": 20_000, "evMinCurrent": 6, "evMaxCurrent": limit, "evMaxVoltage": 400},
    }


DC_NEEDS = {
    "requestedEnergyTransfer": "DC",
    "dcChargingParameters": {"evMaxCurrent": 125, "evMaxVoltage": 400, "evMaxPower": 50_000, "stateOfCharge": 20},
}


async def told_needs(station, *, of=None, **more):
    """NotifyEVChargingNeeds; its answer."""
    told = of or needs(**more)
    return await station.says("NotifyEVChargingNeeds", evseId=1, maxScheduleTuples=10, chargingNeeds=told)


async def told_schedule(station, limit, unit="A"):
    """NotifyEVChargingSchedule of an EV that will charge with `limit`; its answer."""
    one = schedule(limit, unit, duration=3600)
    return await station.says("NotifyEVChargingSchedule", timeBase=now(), evseId=1, chargingSchedule=one)


async def given(charge, asked, limit=LIMIT, *, direct=False):
    """What the CSMS has sent: a TxProfile of this transaction with what the EV may have; its id."""
    payload = await asked
    assert set(payload) == {"evseId", "chargingProfile"}
    assert payload["evseId"] == 1
    number, sent, one = taken_apart(payload["chargingProfile"])
    assert sent == {
        "stackLevel": 1,
        "chargingProfilePurpose": TX,
        "chargingProfileKind": "Absolute",
        "transactionId": charge.id,
    }
    begins_now(one.pop("startSchedule"))
    period = {"startPeriod": 0, "limit": limit, **({} if direct else {"numberPhases": 3})}
    assert one == {"chargingRateUnit": "W" if direct else "A", "chargingSchedulePeriod": [period]}
    await comes(lambda: held(charge.lab), {number: (1, TX, charge.id)})
    return number


async def negotiated(charge, station):
    """The EV has told its needs in a transaction, has got its schedule, and has accepted it; its id."""
    asked = station.expect("SetChargingProfile", ACCEPTED)
    assert await told_needs(station) == ACCEPTED
    number = await given(charge, asked)
    assert await told_schedule(station, LIMIT) == ACCEPTED
    return number


async def connected(lab, station):
    """The EV is there, and its driver authorized."""
    await booted(station)
    charge = Charge(lab, station)
    await charge.ev_connected()
    await charge.authorized()
    return charge


async def charging(lab, station):
    charge = await connected(lab, station)
    number = await negotiated(charge, station)
    await charge.energy_started()
    return charge, number


async def changes(charge):
    """TransactionEvent: it charges as agreed."""
    assert await charge.event("Updated", "ChargingRateChanged") == {}
    await charge.runs()


async def in_the_transaction(lab, station):
    charge = await connected(lab, station)
    await negotiated(charge, station)
    return charge


async def with_direct_current(lab, station):
    charge = await connected(lab, station)
    asked = station.expect("SetChargingProfile", ACCEPTED)
    assert await told_needs(station, of=DC_NEEDS) == ACCEPTED
    await given(charge, asked, limit=50_000, direct=True)
    assert await told_schedule(station, 50_000, "W") == ACCEPTED
    return charge


async def before_the_transaction(lab, station):
    """There is no transaction yet to make the profile for: Processing, and it follows once there is."""
    await booted(station)
    await station.connector("Occupied")
    charge = Charge(lab, station)
    assert await told_needs(station) == {"status": "Processing"}
    asked = station.expect("SetChargingProfile", ACCEPTED)
    await charge.authorized()
    await given(charge, asked)
    assert await told_schedule(station, LIMIT) == ACCEPTED
    return charge


@pytest.mark.parametrize("way", [in_the_transaction, with_direct_current, before_the_transaction])
@case201(
    "K_53",
    "NotifyEVChargingNeeds Accepted (Processing before the transaction); SetChargingProfile by the CSMS itself: "
    "evseId, TxProfile, transactionId, what the EV takes; NotifyEVChargingSchedule Accepted; gone with the transaction",
)
async def test_tc_k_53_load_leveling(lab, way):
    async with lab.station() as station:
        charge = await way(lab, station)
        await charge.energy_started()
        await changes(charge)
        await charge.ev_disconnected()
        await charge.is_over("EVDisconnected")
        await comes(lambda: held(lab), {})
        assert (await lab.do("charging-limits"))["chargingNeeds"] == []


@case201(
    "K_55",
    "A NotifyEVChargingSchedule above the limit is Rejected, and SetChargingProfile follows again by the CSMS itself; "
    "one within is Accepted",
)
async def test_tc_k_55_ev_profile_exceeds_limits(lab):
    async with lab.station() as station:
        charge = await connected(lab, station)
        first = station.expect("SetChargingProfile", ACCEPTED)
        assert await told_needs(station) == ACCEPTED
        number = await given(charge, first)
        again = station.expect("SetChargingProfile", ACCEPTED)
        assert (await told_schedule(station, LIMIT + 1))["status"] == "Rejected"
        assert await given(charge, again) == number, "it takes the place of the one before"
        await charge.energy_started()
        assert await told_schedule(station, LIMIT) == ACCEPTED
        await changes(charge)


@case201(
    "K_57",
    "Needs told anew while it charges: Accepted; SetChargingProfile by the CSMS itself in the place of the one before; "
    "NotifyEVChargingSchedule Accepted",
)
async def test_tc_k_57_renegotiation_by_ev(lab):
    async with lab.station() as station:
        charge, number = await charging(lab, station)
        asked = station.expect("SetChargingProfile", ACCEPTED)
        assert await told_needs(station, limit=16) == ACCEPTED
        assert await given(charge, asked, limit=16.0) == number
        assert await told_schedule(station, 16.0) == ACCEPTED
        await changes(charge)


async def renegotiated(lab, station, charge, number):
    """The operator has the schedule made anew, with a lower limit."""
    asked = station.expect("SetChargingProfile", ACCEPTED)
    told = await lab.do("renegotiate", limit=10)
    assert (told["status"], told["evseId"], told["chargingProfile"]["id"]) == ("Accepted", 1, number)
    assert await given(charge, asked, limit=10.0) == number


@case201(
    "K_58",
    "By the operator: SetChargingProfile with evseId, TxProfile, transactionId in the place of the one before; "
    "NotifyEVChargingSchedule Accepted",
)
async def test_tc_k_58_renegotiation_by_csms(lab):
    async with lab.station() as station:
        charge, number = await charging(lab, station)
        await renegotiated(lab, station, charge, number)
        again = station.expect("SetChargingProfile", ACCEPTED)
        assert (await told_schedule(station, LIMIT))["status"] == "Rejected"
        assert await given(charge, again, limit=10.0) == number
        assert await told_schedule(station, 10.0) == ACCEPTED
        await changes(charge)


@case201(
    "K_59",
    "By the operator: SetChargingProfile; then the EV tells its needs: Accepted, and SetChargingProfile again by the "
    "CSMS itself; NotifyEVChargingSchedule Accepted",
)
async def test_tc_k_59_renegotiation_by_csms_with_needs(lab):
    async with lab.station() as station:
        charge, number = await charging(lab, station)
        await renegotiated(lab, station, charge, number)
        asked = station.expect("SetChargingProfile", ACCEPTED)
        assert await told_needs(station, limit=10) == ACCEPTED
        assert await given(charge, asked, limit=10.0) == number
        assert await told_schedule(station, 10.0) == ACCEPTED
        await changes(charge)
