"""E, transactions: GetTransactionStatus, asked by the operator and by the CSMS itself where events are missing."""

from cases201 import case201
from story2_kit import METER_STOP, Charge, booted, sampled


async def told_of(lab, station, answer, *, transaction=None):
    """GetTransactionStatus with this transactionId, or without one; the answer is the operator's."""
    wanted = {} if transaction is None else {"transactionId": transaction}
    asked = station.expect("GetTransactionStatus", answer)
    told = await lab.do("get-transaction-status", **wanted)
    assert await asked == wanted
    assert {name: told[name] for name in answer} == answer


@case201("E_29", "GetTransactionStatus(transactionId): ongoing, messages in queue; the late events answered")
async def test_tc_e_29_with_id_ongoing_with_message_in_queue(lab):
    async with lab.station() as station:
        await booted(station)
        charge = await Charge(lab, station).charging()
        await told_of(lab, station, {"ongoingIndicator": True, "messagesInQueue": True}, transaction=charge.id)
        values = [sampled(1500)]
        assert await charge.event("Updated", "MeterValuePeriodic", offline=True, meterValue=values) == {}
        await charge.runs()
        assert await charge.values() == [1000, 1500]


@case201("E_30", "GetTransactionStatus(transactionId): ongoing, nothing in queue")
async def test_tc_e_30_with_id_ongoing_without_message_in_queue(lab):
    async with lab.station() as station:
        await booted(station)
        charge = await Charge(lab, station).charging()
        await told_of(lab, station, {"ongoingIndicator": True, "messagesInQueue": False}, transaction=charge.id)
        await charge.runs()


@case201(
    "E_31",
    "Ended with two seqNo missing: GetTransactionStatus(transactionId) by itself; the two older events answered, and "
    "the row is whole",
)
async def test_tc_e_31_with_id_ended_with_message_in_queue(lab):
    async with lab.station() as station:
        await booted(station)
        charge = await Charge(lab, station).charging()
        missing = charge.seq
        charge.seq += 2
        asked = station.expect("GetTransactionStatus", {"ongoingIndicator": False, "messagesInQueue": True})
        await charge.ends("EVCommunicationLost", "EVDisconnected", state="Idle", offline=True)
        assert await asked == {"transactionId": charge.id}
        for late, value in ((missing, 1500), (missing + 1, 2000)):
            values = [sampled(value)]
            told = await charge.event("Updated", "MeterValuePeriodic", seq=late, offline=True, meterValue=values)
            assert told == {}
        await charge.is_over("EVDisconnected")
        assert sorted(await charge.values()) == [1000, 1500, 2000, METER_STOP]


@case201("E_33", "GetTransactionStatus without transactionId: messages in queue; the late events answered")
async def test_tc_e_33_without_id_with_message_in_queue(lab):
    async with lab.station() as station:
        await booted(station)
        charge = await Charge(lab, station).charging()
        await told_of(lab, station, {"messagesInQueue": True})
        assert await charge.event("Updated", "MeterValuePeriodic", offline=True, meterValue=[sampled(1500)]) == {}
        await charge.ev_disconnected()
        await charge.is_over("EVDisconnected")


@case201("E_34", "GetTransactionStatus without transactionId: nothing in queue")
async def test_tc_e_34_without_id_without_message_in_queue(lab):
    async with lab.station() as station:
        await booted(station)
        await told_of(lab, station, {"messagesInQueue": False})
