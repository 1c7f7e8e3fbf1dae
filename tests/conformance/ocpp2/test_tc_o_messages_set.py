"""O, display messages: set, replaced, refused, for a time and for a transaction."""

import pytest
from cases201 import case201
from later_kit import comes
from story2_kit import Charge, ahead, booted

TEXT = "Welcome at this charging station"


async def message_set(lab, station, *, answer="Accepted", **params):
    """SetDisplayMessage as the operator asks for it; the message that was sent. Left out: format UTF8, NormalCycle."""
    asked = station.expect("SetDisplayMessage", {"status": answer})
    told = await lab.do("set-display-message", content=TEXT, **params)
    payload = await asked
    assert set(payload) == {"message"}
    sent = payload["message"]
    assert isinstance(sent["id"], int)
    assert sent["id"] > 0
    assert told == {"status": answer, "id": sent["id"]}
    content = {"format": params.pop("format", "UTF8"), "content": TEXT}
    assert sent == {"id": sent["id"], "priority": "NormalCycle", **params, "message": content}
    return sent


async def shown(lab):
    """The messages that the broker knows the station to show."""
    return [one["messageInfo"] for one in (await lab.do("display-messages"))["messages"]]


async def accepted(lab, **params):
    async with lab.station() as station:
        await booted(station)
        sent = await message_set(lab, station, **params)
        await comes(lambda: shown(lab), [sent])


@pytest.mark.parametrize("state", ["Charging", "Faulted", "Idle", "Unavailable"])
@pytest.mark.parametrize(
    ("priority", "format_"),
    [("AlwaysFront", "ASCII"), ("InFront", "HTML"), ("NormalCycle", "URI"), ("InFront", "UTF8")],
)
@case201("O_01", "A generated id, priority, format and state as configured; Accepted told, and the message known")
async def test_tc_o_01_set_message(lab, priority, format_, state):
    await accepted(lab, priority=priority, format=format_, state=state)


async def refused(lab, answer, **params):
    async with lab.station() as station:
        await booted(station)
        await message_set(lab, station, answer=answer, **params)
        assert await shown(lab) == []


@case201("O_26", "A generated id, priority as configured; Rejected is told to the operator; the message is not known")
async def test_tc_o_26_set_message_rejected(lab):
    await refused(lab, "Rejected", priority="AlwaysFront")


@case201("O_13", "startDateTime as configured, no endDateTime; the message known")
async def test_tc_o_13_set_message_from(lab):
    await accepted(lab, priority="InFront", startDateTime=ahead(1))


@case201("O_14", "endDateTime as configured, no startDateTime; the message known")
async def test_tc_o_14_set_message_until(lab):
    await accepted(lab, priority="InFront", endDateTime=ahead(1))


@case201("O_17", "priority as configured; NotSupportedPriority is told to the operator; the message is not known")
async def test_tc_o_17_not_supported_priority(lab):
    await refused(lab, "NotSupportedPriority", priority="AlwaysFront")


@case201("O_18", "state as configured; NotSupportedState is told to the operator; the message is not known")
async def test_tc_o_18_not_supported_state(lab):
    await refused(lab, "NotSupportedState", state="Faulted")


@case201("O_19", "format as configured; NotSupportedMessageFormat is told to the operator; the message is not known")
async def test_tc_o_19_not_supported_format(lab):
    await refused(lab, "NotSupportedMessageFormat", format="HTML")


@case201("O_12", "The same id with another priority: the one message takes the place of the other")
async def test_tc_o_12_replace_message(lab):
    async with lab.station() as station:
        await booted(station)
        first = await message_set(lab, station, priority="AlwaysFront")
        second = await message_set(lab, station, priority="NormalCycle", id=first["id"])
        assert second["id"] == first["id"]
        await comes(lambda: shown(lab), [second])


async def of_transaction(lab, **params):
    """A message for the transaction that runs; it goes with it."""
    async with lab.station() as station:
        await booted(station)
        charge = await Charge(lab, station).charging()
        sent = await message_set(lab, station, transactionId=charge.id, **params)
        await comes(lambda: shown(lab), [sent])
        await charge.ev_disconnected()
        await charge.is_over("EVDisconnected")
        await comes(lambda: shown(lab), [])


@case201("O_06", "transactionId of the transaction that runs, priority as configured; known until its end")
async def test_tc_o_06_message_of_transaction(lab):
    await of_transaction(lab, priority="InFront")


@case201("O_10", "transactionId and priority as configured; UnknownTransaction is told; the message is not known")
async def test_tc_o_10_unknown_transaction(lab):
    await refused(lab, "UnknownTransaction", priority="InFront", transactionId="no-such-transaction")


@case201("O_27", "transactionId of the transaction that runs, startDateTime; neither state nor endDateTime")
async def test_tc_o_27_message_of_transaction_from(lab):
    await of_transaction(lab, startDateTime=ahead(1))


@case201("O_28", "transactionId of the transaction that runs, endDateTime; neither state nor startDateTime")
async def test_tc_o_28_message_of_transaction_until(lab):
    await of_transaction(lab, endDateTime=ahead(1))
