"""I, tariff and cost: what the driver is told of it, while it runs and in the end."""

import pytest
from cases201 import case201
from story2_kit import BEGIN, METER_START, Charge, ago, booted, sampled

PRICE = {"tariffId": "T1", "currency": "EUR", "energy": {"prices": [{"priceKwh": 0.5}]}}


def tariff(**more):
    """The options of a broker whose energy has a price."""
    return {"ocpp201.tariff_cost": {"tariffs": [PRICE], "default": "T1", **more}}


async def begun(lab, station, minutes):
    """Energy flows since so many minutes."""
    await booted(station)
    charge = Charge(lab, station)
    at = ago(minutes)[0]
    assert (await station.authorizes(charge.token))["status"] == "Accepted"
    told = await charge.goes_on("Authorized", at=at, token=charge.token)
    assert told["idTokenInfo"]["status"] == "Accepted"
    await station.connector("Occupied")
    values = [sampled(METER_START, BEGIN, at=at)]
    return charge, await charge.goes_on("ChargingStateChanged", at=at, state="Charging", meterValue=values)


async def reading(charge, value, minutes):
    """The answer to TransactionEvent(Updated) with what the meter has shown so many minutes ago."""
    at = ago(minutes)[0]
    return await charge.event("Updated", "MeterValuePeriodic", at=at, meterValue=[sampled(value, at=at)])


async def told_in_answers(lab):
    options = tariff(running_cost="always", cost_updated_interval=None)
    async with lab.alone(options=options) as lab, lab.station() as station:
        charge, told = await begun(lab, station, 30)
        assert told == {"totalCost": 0}
        assert await reading(charge, 1500, 20) == {"totalCost": 0.25}
        assert await reading(charge, 3500, 10) == {"totalCost": 1.25}
        assert (await charge.runs()).details["totalCost"] == 1.25


async def told_by_cost_updated(lab):
    async with lab.alone(options=tariff(running_cost="never")) as lab, lab.station() as station:
        asked = station.expect("CostUpdated", {})
        charge, told = await begun(lab, station, 30)
        assert told == {}
        assert await asked == {"transactionId": charge.id, "totalCost": 0}
        assert await reading(charge, 3500, 10) == {}, "the next CostUpdated is a minute away"
        asked = station.expect("CostUpdated", {})
        told = await lab.do("cost-updated")
        assert await asked == told == {"transactionId": charge.id, "totalCost": 1.25}


@pytest.mark.parametrize("way", [told_in_answers, told_by_cost_updated])
@case201(
    "I_01",
    "TransactionEvent(Updated) answered with totalCost; where that is not wanted, CostUpdated by the CSMS itself, and "
    "by the operator: transactionId and totalCost",
)
async def test_tc_i_01_running_total_cost(lab, way):
    await way(lab)


@pytest.mark.parametrize("minutes", [30, 0])
@case201("I_02", "The answer to TransactionEvent(Ended) has totalCost, of all the energy; it is in the book")
async def test_tc_i_02_final_total_cost(lab, minutes):
    options = tariff(running_cost="never", cost_updated_interval=None)
    async with lab.alone(options=options) as lab, lab.station() as station:
        charge, told = await begun(lab, station, minutes)
        assert told == {}
        told = await charge.stop_authorized()
        assert "totalCost" not in told
        await charge.ev_connected_after()
        told = await charge.ev_disconnected()
        assert told["totalCost"] == 0.75
        kept = await charge.is_over("EVDisconnected")
        assert (kept.details["totalCost"], kept.details["currency"]) == (0.75, "EUR")
