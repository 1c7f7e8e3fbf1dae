"""Core: tokens that may not charge, and what a station did while it was offline."""

from cases16 import case
from lab_kit import BLOCKED, EXPIRED, IDENTITY, UNKNOWN, VALID
from story_kit import (
    METER_STOP,
    ago,
    an_id,
    booted,
    ended,
    nothing_runs,
    runs,
    started,
    stopped,
    transaction_in,
    values_of,
)


async def refused(lab, tag):
    async with lab.station() as station:
        await booted(station)
        info = await station.authorizes(tag)
        await nothing_runs(lab)
    return info


@case("023_1", "An idTag that nobody knows is Invalid, with nothing more said of it")
async def test_tc_023_1_authorize_invalid(lab):
    assert await refused(lab, UNKNOWN) == {"status": "Invalid"}
    assert await lab.records.tokens.find(UNKNOWN) is None, "asking for it does not make it known"


@case("023_2", "An idTag whose expiryDate has passed is Expired")
async def test_tc_023_2_authorize_expired(lab):
    assert (await refused(lab, EXPIRED))["status"] == "Expired"


@case("023_3", "A blocked idTag is Blocked")
async def test_tc_023_3_authorize_blocked(lab):
    assert (await refused(lab, BLOCKED))["status"] == "Blocked"


async def offline(lab):
    """The station was there, and has lost its connection."""
    async with lab.station() as station:
        await booted(station)
        await station.loses_its_connection()


@case("037_1", "StartTransaction of half an hour ago, after a reconnect without a boot: Accepted, its time in the book")
async def test_tc_037_1_offline_start_with_a_valid_idtag(lab):
    await offline(lab)
    sent, kept = ago(minutes=30)
    async with lab.station() as station:
        transaction = await started(station, VALID, at=sent)
        await station.status("Charging")
        assert (await runs(lab, transaction)).started_at == kept


@case(
    "037_3", "StartTransaction Invalid and still with a transactionId; the StopTransaction accepted; both in the book"
)
async def test_tc_037_3_offline_start_with_an_invalid_idtag(lab):
    await offline(lab)
    sent, kept = ago(minutes=30)
    async with lab.station() as station:
        told = await station.starts(UNKNOWN, at=sent)
        assert told["idTagInfo"] == {"status": "Invalid"}
        transaction = an_id(told)
        await station.status("Charging")
        begun = await runs(lab, transaction, UNKNOWN)
        assert (begun.status, begun.started_at) == ("Invalid", kept)
        await stopped(station, transaction, "DeAuthorized")
        await station.status("Finishing")
        assert (await ended(lab, transaction, "DeAuthorized")).token == UNKNOWN
        again = an_id(await station.starts(UNKNOWN))
        assert again != transaction, "an id that is not the one of every refused transaction"
        told = await station.stops(again, "DeAuthorized", meter=METER_STOP, idTag=UNKNOWN)
        assert told["idTagInfo"]["status"] == "Invalid"
        assert (await ended(lab, again, "DeAuthorized")).stop_token == UNKNOWN


@case(
    "039", "StartTransaction Accepted, StopTransaction(Local) answered; times, energy and transactionData in the book"
)
async def test_tc_039_offline_transaction(lab):
    await offline(lab)
    (begun, begun_at), (over, over_at) = ago(minutes=90), ago(minutes=30)
    data = [{"timestamp": over, "sampledValue": [{"value": "2500", "context": "Transaction.End", "unit": "Wh"}]}]
    async with lab.station() as station:
        transaction = await started(station, VALID, at=begun)
        await stopped(station, transaction, "Local", at=over, idTag=VALID, transactionData=data)
        kept = await ended(lab, transaction, "Local")
        assert (kept.started_at, kept.stopped_at, kept.stop_token) == (begun_at, over_at, VALID)
        assert await values_of(lab, transaction) == [2500]
    await lab.restart()
    assert (await transaction_in(lab, transaction)).ended, "what was acknowledged is on the disk"
    assert await lab.records.transactions.open_of(IDENTITY) == []
