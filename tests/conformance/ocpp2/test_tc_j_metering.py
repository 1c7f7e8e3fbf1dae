"""J, metering: clock-aligned and sampled values, in transactions and outside."""

import pytest
from cases201 import case201
from story2_kit import BEGIN, CLOCK, END, METER_START, METER_STOP, PERIODIC, Charge, booted, latest_values, sampled


@case201("J_01", "MeterValues, and NotifyEvent of the meter, outside a transaction answered with nothing; in the book")
async def test_tc_j_01_clock_aligned_without_transaction(lab):
    async with lab.station() as station:
        await booted(station)
        for evse in (0, 1, 2):
            await station.tells("MeterValues", evseId=evse, meterValue=[sampled(100 * evse, CLOCK)])
        assert await latest_values(lab) == {0: 0, 1: 100, 2: 200}
        meter = {"name": "FiscalMetering", "evse": {"id": 1}}
        await station.event(meter, "EnergyActiveImportRegister", "100", trigger="Periodic")
        [kept] = await lab.records.events.page(identity=lab.identity, component="FiscalMetering@1")
        assert kept.value == "100"


@case201("J_02", "MeterValues, NotifyEvent and Updated(MeterValueClock) during a transaction answered; in the book")
async def test_tc_j_02_clock_aligned_with_transaction(lab):
    async with lab.station() as station:
        await booted(station)
        charge = await Charge(lab, station).charging()
        await station.tells("MeterValues", evseId=1, meterValue=[sampled(1200, CLOCK)])
        assert await latest_values(lab) == {1: 1200}
        meter = {"name": "FiscalMetering", "evse": {"id": 1}}
        await station.event(meter, "EnergyActiveImportRegister", "1300", trigger="Periodic")
        for value in (1400, 1500):
            assert await charge.event("Updated", "MeterValueClock", meterValue=[sampled(value, CLOCK)]) == {}
        assert await charge.values() == [METER_START, 1400, 1500]


async def ended_with(lab, *values, **more):
    """A transaction whose Ended has these; the energy in the book is from the first to the last."""
    async with lab.station() as station:
        await booted(station)
        charge = await Charge(lab, station).charging()
        told = await charge.event(
            "Ended", "EVCommunicationLost", state="Idle", info={"stoppedReason": "EVDisconnected"}, meterValue=[*values]
        )
        assert told == {}
        kept = await charge.is_over("EVDisconnected")
        assert (kept.meter_start, kept.meter_stop) == (METER_START, METER_STOP)
        [*_, last] = await lab.records.meter_values.of_transaction(lab.identity, charge.id)
        return await charge.values(), [one["sampledValue"][0] for one in last.values]


@case201("J_03", "Ended with Sample.Clock and Transaction.End values answered; all of them and the energy in the book")
async def test_tc_j_03_clock_aligned_ended(lab):
    values, _ = await ended_with(lab, sampled(1500, CLOCK), sampled(2000, CLOCK), sampled(METER_STOP, END))
    assert values == [METER_START, 1500, 2000, METER_STOP]


def are_signed(samples):
    assert samples
    assert {one["signed"]["signedMeterData"] for one in samples} == {"c2lnbmVkIGRhdGE="}
    assert {one["signed"]["publicKey"] for one in samples} == {"cHVibGljIGtleQ=="}


@case201("J_04", "The same with signedMeterValue; the signatures in the book")
async def test_tc_j_04_clock_aligned_signed(lab):
    values = [sampled(1500, CLOCK, signed=True), sampled(METER_STOP, END, signed=True)]
    _, samples = await ended_with(lab, *values)
    are_signed(samples)


@case201("J_07", "Started with Transaction.Begin answered; the value, as where the meter began, in the book")
async def test_tc_j_07_sampled_started_evse_known(lab):
    async with lab.station() as station:
        await booted(station)
        await station.connector("Occupied")
        charge = Charge(lab, station)
        told = await charge.event("Started", "CablePluggedIn", state="EVConnected", meterValue=[sampled(1234, BEGIN)])
        assert told == {}
        assert (await charge.runs()).meter_start == 1234
        assert await charge.values() == [1234]


@case201("J_08", "Transaction.Begin in the event that first knows the EVSE answered; value and EVSE in the book")
async def test_tc_j_08_sampled_begin_evse_not_known(lab):
    async with lab.station() as station:
        await booted(station)
        charge = Charge(lab, station, evse=None)
        await charge.authorized()
        charge.evse = 2
        await station.connector("Occupied", evse=2)
        told = await charge.event("Updated", "CablePluggedIn", state="EVConnected", meterValue=[sampled(1234, BEGIN)])
        assert told == {}
        kept = await charge.runs()
        assert (kept.evse, kept.meter_start) == (2, 1234)


@pytest.mark.parametrize("measurands", [("Energy.Active.Import.Register",), ("Power.Active.Import", "SoC")])
@case201("J_09", "Updated(MeterValuePeriodic) three times answered; the values in the book")
async def test_tc_j_09_sampled_updated(lab, measurands):
    async with lab.station() as station:
        await booted(station)
        charge = await Charge(lab, station).charging()
        for value in (40, 50, 60):
            values = [sampled(value, PERIODIC, measurand=one) for one in measurands]
            assert await charge.event("Updated", "MeterValuePeriodic", meterValue=values) == {}
        wanted = [value for value in (40, 50, 60) for _ in measurands]
        assert await charge.values() == [METER_START, *wanted]


@case201("J_10", "Ended with Sample.Periodic and Transaction.End values answered; all and the energy in the book")
async def test_tc_j_10_sampled_ended(lab):
    values, _ = await ended_with(lab, sampled(1500, PERIODIC), sampled(2000, PERIODIC), sampled(METER_STOP, END))
    assert values == [METER_START, 1500, 2000, METER_STOP]


@case201("J_11", "The same with signedMeterValue; the signatures in the book")
async def test_tc_j_11_sampled_signed(lab):
    values = [sampled(1500, PERIODIC, signed=True), sampled(METER_STOP, END, signed=True)]
    _, samples = await ended_with(lab, *values)
    are_signed(samples)
