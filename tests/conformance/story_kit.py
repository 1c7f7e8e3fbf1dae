"""What many cases begin with (the test tool's reusable states), and what the book says of it."""

from datetime import UTC, datetime, timedelta

from lab_kit import CONNECTORS, IDENTITY, VALID
from scripted_station_kit import iso

METER_START, METER_STOP = 1000, 2500


async def booted(station):
    """Booted: BootNotification Accepted, Available for the station and for each connector."""
    told = await station.boots()
    assert told["status"] == "Accepted"
    assert isinstance(told["interval"], int)
    assert told["interval"] > 0
    for connector in range(CONNECTORS + 1):
        await station.status("Available", connector=connector)
    return told


async def started(station, tag=VALID, **more):
    """StartTransaction, Accepted; its transactionId."""
    told = await station.starts(tag, meter=METER_START, **more)
    assert told["idTagInfo"]["status"] == "Accepted"
    return an_id(told)


async def charging(station, tag=VALID, **more):
    """Charging: Authorize Accepted, Preparing, StartTransaction Accepted, Charging; its transactionId."""
    assert (await station.authorizes(tag))["status"] == "Accepted"
    await station.status("Preparing")
    transaction = await started(station, tag, **more)
    await station.status("Charging")
    return transaction


async def stopped(station, transaction, reason, **more):
    """StopTransaction, which is answered with nothing bad: idTagInfo is there for an idTag alone (1.6 6.50)."""
    told = await station.stops(transaction, reason, meter=METER_STOP, **more)
    assert told.get("idTagInfo", {"status": "Accepted"})["status"] == "Accepted"
    assert ("idTagInfo" in told) is ("idTag" in more)


async def metered(station, transaction=None, *, value=1500, connector=1):
    """MeterValues of a connector, in its transaction if there is one."""
    values = [{"timestamp": iso(datetime.now(UTC)), "sampledValue": [{"value": str(value), "unit": "Wh"}]}]
    within = {} if transaction is None else {"transactionId": transaction}
    assert await station.says("MeterValues", connectorId=connector, meterValue=values, **within) == {}


def an_id(told):
    """The transactionId, which is an integer of 32 bits: many stations hold no other."""
    transaction = told["transactionId"]
    assert isinstance(transaction, int)
    assert not isinstance(transaction, bool)
    assert 0 < transaction < 2**31
    return transaction


def ago(minutes):
    """A moment of the past, in whole seconds, as it is sent and as the book has it."""
    moment = (datetime.now(UTC) - timedelta(minutes=minutes)).replace(microsecond=0)
    return iso(moment), moment.timestamp()


# --- the book ---------------------------------------------------------------------------------------------------------


async def transaction_in(lab, transaction):
    """What the broker keeps of a transaction."""
    kept = await lab.records.transactions.get(IDENTITY, str(transaction))
    assert kept is not None
    return kept


async def runs(lab, transaction, tag=VALID, *, connector=1):
    """The book has it, as the only one that runs."""
    kept = await transaction_in(lab, transaction)
    assert (kept.ended, kept.evse, kept.token, kept.meter_start) == (False, connector, tag, METER_START)
    assert [one.transaction_id for one in await lab.records.transactions.open_of(IDENTITY)] == [str(transaction)]
    return kept


async def ended(lab, transaction, reason):
    """The book has its end, and nothing runs."""
    kept = await transaction_in(lab, transaction)
    assert (kept.ended, kept.stop_reason, kept.meter_stop) == (True, reason, METER_STOP)
    assert kept.energy == METER_STOP - METER_START
    assert await lab.records.transactions.open_of(IDENTITY) == []
    return kept


async def nothing_runs(lab):
    """No transaction at all."""
    assert await lab.records.transactions.page(identity=IDENTITY) == []


async def values_of(lab, transaction):
    """The metered values of a transaction, in Wh."""
    rows = await lab.records.meter_values.of_transaction(IDENTITY, str(transaction))
    return [sampled["value"] for row in rows for value in row.values for sampled in value["sampledValue"]]


async def statuses(lab):
    """Status of the station and of each connector."""
    rows = await lab.records.connectors.of(IDENTITY)
    return {row.evse: row.status for row in rows}


async def configured(lab):
    """The configuration keys and their values."""
    return {row.variable: row.value for row in await lab.records.variables.of(IDENTITY)}
