"""E, transactions of 2.1: limits of the CSMS and of the station, and transactions that go on after an interruption."""

import pytest
from cases21 import case21
from options21_kit import DRIVER, MAX_COST
from story2_kit import METER_START, METER_STOP, Charge, booted, open_ids, statuses
from tariff_kit import TimedCharge, floats, held, known

ENERGY, TIME = {"maxEnergy": 20000}, {"maxTime": 3600}


def limits_of(**limits):
    """Options of a broker that limits every transaction."""
    return {"ocpp21.tariff_cost": {"limits": limits}}


async def reaches_its_limit(charge, trigger, *, state="SuspendedEVSE", reason):
    """The limit is reached: no energy any more, and the end; with all of it in the book."""
    await charge.event("Updated", trigger, state=state)
    await charge.runs()
    await charge.ends(trigger, reason, state="EVConnected")
    await charge.is_over(reason)


async def limited_by_station(lab, limit, trigger, reason):
    """The station tells of a limit of its own; the CSMS answers it, and says nothing of limits."""
    async with lab.station() as station:
        await booted(station)
        charge = await Charge(lab, station).charging()
        assert await charge.event("Updated", "LimitSet", info={"transactionLimit": limit}) == {}
        assert (await charge.runs()).details["transactionLimit"] == limit
        await reaches_its_limit(charge, trigger, reason=reason)
        assert "limits" not in (await charge.row()).details


@case21(
    "E_102", "transactionLimit in the answer to TransactionEvent; LimitSet with the stricter one answered, in the book"
)
async def test_tc21_e_102_limits_of_both(lab):
    async with lab.alone(options=limits_of(**ENERGY)) as lab, lab.station() as station:
        await booted(station)
        charge = Charge(lab, station)
        await station.connector("Occupied")
        assert await charge.goes_on("CablePluggedIn", state="EVConnected") == {"transactionLimit": ENERGY}
        assert (await charge.authorized())["transactionLimit"] == ENERGY
        both = {**ENERGY, **TIME}
        assert await charge.event("Updated", "LimitSet", info={"transactionLimit": both}) == {}
        await charge.energy_started()
        row = await charge.runs()
        assert (row.details["limits"], row.details["transactionLimit"]) == (ENERGY, both)
        await reaches_its_limit(charge, "TimeLimitReached", reason="TimeLimitReached")


@case21("E_106", "LimitSet with transactionLimit.maxEnergy answered, and in the book; Ended by it answered")
async def test_tc21_e_106_energy_limit_of_station(lab):
    await limited_by_station(lab, ENERGY, "EnergyLimitReached", "EnergyLimitReached")


@case21("E_107", "LimitSet with transactionLimit.maxTime answered, and in the book; Ended by it answered")
async def test_tc21_e_107_time_limit_of_station(lab):
    await limited_by_station(lab, TIME, "TimeLimitReached", "TimeLimitReached")


@case21("E_108", "SetDefaultTariff; LimitSet with maxCost answered; the station's costDetails are the cost in the book")
async def test_tc21_e_108_cost_limit_of_station(lab):
    async with lab.station() as station:
        await booted(station)
        asked = station.expect("SetDefaultTariff", {"status": "Accepted"})
        assert await lab.do("set-default-tariff", tariff=DRIVER) == {"status": "Accepted", "tariffId": "driver"}
        assert floats(await asked) == {"evseId": 0, "tariff": DRIVER}
        assert (await held(lab, "tariffs"))["defaults"] == {"0": DRIVER}
        charge = await Charge(lab, station).charging()
        limit = {"tariffId": "driver", "transactionLimit": MAX_COST}
        assert await charge.event("Updated", "LimitSet", info=limit) == {}
        await charge.event("Updated", "CostLimitReached", state="SuspendedEVSE")
        details = {
            "totalCost": {"currency": "EUR", "typeOfCost": "NormalCost", "total": {"exclTax": 8.33, "inclTax": 10}},
            "totalUsage": {"energy": 1500, "chargingTime": 600, "idleTime": 0},
        }
        told = await charge.ends("CostLimitReached", "LocalOutOfCredit", costDetails=details)
        assert told == {"totalCost": 10}
        row = await charge.is_over("LocalOutOfCredit")
        assert row.details["costDetails"] == details
        assert (row.details["totalCost"], row.details["currency"], row.details["tariffId"]) == (10, "EUR", "driver")
        assert row.details["transactionLimit"] == MAX_COST


@case21(
    "E_113", "After a loss of power the boot, SecurityEvent and TxResumed answered: the same transaction, to its end"
)
async def test_tc21_e_113_resumes_before_its_timeout(lab):
    async with lab.station() as station:
        await booted(station)
        charge = await Charge(lab, station).charging()
        await station.loses_its_connection()
    async with lab.station() as station:
        assert (await station.boots("PowerUp"))["status"] == "Accepted"
        await station.reports("StartupOfTheDevice")
        await station.connector("Occupied")
        await station.connector("Available", evse=2)
        charge.station = station
        assert "idTokenInfo" not in await charge.event("Updated", "TxResumed", state="SuspendedEVSE")
        await charge.event("Updated", "ChargingStateChanged", state="Charging")
        assert await open_ids(lab) == {charge.id}
        assert (await charge.runs()).meter_start == METER_START
        assert await statuses(lab) == {1: "Occupied", 2: "Available"}
        [event] = await lab.records.security_events.page(identity=lab.identity)
        assert event.type == "StartupOfTheDevice"
        await charge.ev_disconnected()
        await charge.is_over("EVDisconnected", energy=METER_STOP - METER_START)


@case21("E_109", "idTokenInfo Accepted; transactionLimit.maxCost; totalCost in the answers, and by CostUpdated")
async def test_tc21_e_109_cost_limit_of_csms(lab):
    async with known(lab, tariff="capped") as token, lab.station() as station:
        await booted(station)
        charge = TimedCharge(lab, station, token=token)
        await charge.ev_connected()
        assert (await charge.authorized())["transactionLimit"] == MAX_COST
        assert await charge.event("Updated", "LimitSet", info={"transactionLimit": MAX_COST}) == {"totalCost": 0}
        updated = station.expect("CostUpdated", {})
        assert await charge.energy_started() == {"totalCost": 0}
        assert await updated == {"totalCost": 0, "transactionId": charge.id}
        charge.later(10)
        told = await charge.ends("CostLimitReached", "LocalOutOfCredit", value=METER_START + 16667, state="EVConnected")
        assert told == {"totalCost": 10}
        row = await charge.is_over("LocalOutOfCredit", energy=16667)
        assert (row.details["totalCost"], row.details["currency"]) == (10, "EUR")
        assert row.details["limits"] == MAX_COST


@pytest.fixture
def limited_by_csms():
    """The CSMS says the limit as soon as the driver is known; the station confirms it, and stops there."""

    async def limited(lab, limit, reason):
        async with lab.alone(options=limits_of(**limit)) as lab, lab.station() as station:
            await booted(station)
            charge = Charge(lab, station)
            await charge.ev_connected()
            told = await charge.authorized()
            assert told["idTokenInfo"]["status"] == "Accepted"
            assert told["transactionLimit"] == limit
            assert await charge.event("Updated", "LimitSet", info={"transactionLimit": limit}) == {}
            assert await charge.energy_started() == {}
            await reaches_its_limit(charge, reason, reason=reason)
            assert (await charge.row()).details["limits"] == limit

    return limited


@case21("E_110", "idTokenInfo Accepted; transactionLimit.maxEnergy; the end by it answered; the limit in the book")
async def test_tc21_e_110_energy_limit_of_csms(lab, limited_by_csms):
    await limited_by_csms(lab, ENERGY, "EnergyLimitReached")


@case21("E_111", "idTokenInfo Accepted; transactionLimit.maxTime; the end by it answered; the limit in the book")
async def test_tc21_e_111_time_limit_of_csms(lab, limited_by_csms):
    await limited_by_csms(lab, TIME, "TimeLimitReached")
