"""O, display messages: listed and cleared."""

from cases201 import case201
from later_kit import comes
from story2_kit import booted

ACCEPTED = {"status": "Accepted"}


def message(number, **more):
    """MessageInfoType."""
    return {"id": number, "priority": "NormalCycle", "message": {"format": "UTF8", "content": f"text {number}"}, **more}


ONE, TWO = message(1, state="Charging"), message(2, priority="InFront")


async def shown(lab):
    """The messages that the broker knows the station to show."""
    return [one["messageInfo"] for one in (await lab.do("display-messages"))["messages"]]


async def listed(lab, wanted, *parts, **params):
    """GetDisplayMessages with `wanted`; what the station tells in parts is told to the operator, and known."""

    async def tells(payload):
        for number, part in enumerate(parts):
            more = {"tbc": True} if number < len(parts) - 1 else {}
            await station.tells("NotifyDisplayMessages", requestId=payload["requestId"], messageInfo=part, **more)

    async with lab.station() as station:
        await booted(station)
        asked = station.answers("GetDisplayMessages", ACCEPTED, tells)
        told = await lab.do("get-display-messages", **params)
        payload = await asked
        number = payload.pop("requestId")
        assert isinstance(number, int)
        assert payload == wanted
        every = [one for part in parts for one in part]
        assert told == {"status": "Accepted", "requestId": number, "complete": True, "messageInfo": every}
        await comes(lambda: shown(lab), every)


@case201("O_02", "requestId; neither id, priority nor state; both parts of the report told, and known")
async def test_tc_o_02_get_all(lab):
    await listed(lab, {}, [ONE], [TWO])


@case201("O_03", "requestId alone: Unknown is told to the operator, and the messages that were known are not any more")
async def test_tc_o_03_get_all_none_configured(lab):
    async with lab.station() as station:
        await booted(station)
        asked = station.expect("SetDisplayMessage", ACCEPTED)
        await lab.do("set-display-message", content="gone soon")
        await comes(lambda: shown(lab), [(await asked)["message"]])
        asked = station.expect("GetDisplayMessages", {"status": "Unknown"})
        told = await lab.do("get-display-messages")
        payload = await asked
        assert set(payload) == {"requestId"}
        assert told == {
            "status": "Unknown",
            "requestId": payload["requestId"],
            "complete": True,
            "messageInfo": [],
        }
        await comes(lambda: shown(lab), [])


@case201("O_07", "id as configured, requestId; neither priority nor state; the report told, and known")
async def test_tc_o_07_get_by_id(lab):
    await listed(lab, {"id": [1]}, [ONE], id=1)


@case201("O_08", "priority as configured, requestId; neither id nor state; the report told, and known")
async def test_tc_o_08_get_by_priority(lab):
    await listed(lab, {"priority": "InFront"}, [TWO], priority="InFront")


@case201("O_09", "state as configured, requestId; neither id nor priority; the report told, and known")
async def test_tc_o_09_get_by_state(lab):
    await listed(lab, {"state": "Charging"}, [ONE], state="Charging")


async def cleared(lab, answer):
    """A message that was set is cleared by its id."""
    async with lab.station() as station:
        await booted(station)
        asked = station.expect("SetDisplayMessage", ACCEPTED)
        number = (await lab.do("set-display-message", content="to be cleared"))["id"]
        await comes(lambda: shown(lab), [(await asked)["message"]])
        asked = station.expect("ClearDisplayMessage", {"status": answer})
        assert await lab.do("clear-display-message", id=number) == {"status": answer}
        assert await asked == {"id": number}
        await comes(lambda: shown(lab), [])


@case201("O_04", "ClearDisplayMessage with the id that was set; Accepted told, the message no longer known")
async def test_tc_o_04_clear_message(lab):
    await cleared(lab, "Accepted")


@case201("O_05", "ClearDisplayMessage with an id; Unknown is told to the operator, and the message no longer known")
async def test_tc_o_05_clear_unknown(lab):
    await cleared(lab, "Unknown")
