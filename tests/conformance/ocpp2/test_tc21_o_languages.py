"""O, display messages of 2.1 in the languages of drivers."""

from cases21 import case21
from story2_kit import Charge, booted
from tariff_kit import known

ENGLISH, DUTCH, GERMAN = "Welcome", "Welkom", "Willkommen"


def text(language, content):
    return {"format": "UTF8", "language": language, "content": content}


async def message_set(lab, station, answer, wanted, **params):
    """SetDisplayMessage as the operator asks for it; its id."""
    asked = station.expect("SetDisplayMessage", answer)
    told = await lab.do("set-display-message", **params)
    message = (await asked)["message"]
    number = message.pop("id")
    assert number > 0
    assert message == wanted
    assert told == {**answer, "id": number}
    return number


async def messages(lab):
    """In the book, by id."""
    return {one["messageInfo"]["id"]: one["messageInfo"] for one in (await lab.do("display-messages"))["messages"]}


@case21(
    "O_100", "SetDisplayMessage in a language as configured; LanguageNotSupported told; the message is not in the book"
)
async def test_tc21_o_100_language_not_supported(lab):
    async with lab.station() as station:
        await booted(station)
        wanted = {"priority": "NormalCycle", "message": text("xx", ENGLISH)}
        answer = {"status": "LanguageNotSupported", "statusInfo": {"reasonCode": "Unsupported"}}
        await message_set(lab, station, answer, wanted, content=ENGLISH, language="xx")
        assert await messages(lab) == {}


@case21("O_101", "AuthorizeResponse has language1 and language2; the message in these first, messageExtra the others")
async def test_tc21_o_101_language_of_the_driver(lab):
    async with known(lab, language="nl", language2="de") as token, lab.station() as station:
        await booted(station)
        info = await station.authorizes(token)
        assert info == {"status": "Accepted", "language1": "nl", "language2": "de"}
        charge = await Charge(lab, station, token=token).charging()
        wanted = {
            "priority": "InFront",
            "state": "Charging",
            "transactionId": charge.id,
            "message": text("nl", DUTCH),
            "messageExtra": [text("de", GERMAN), text("en", ENGLISH)],
        }
        given = {"priority": "InFront", "state": "Charging", "transactionId": charge.id}
        content = {"en": ENGLISH, "de": GERMAN, "nl": DUTCH}
        number = await message_set(lab, station, {"status": "Accepted"}, wanted, content=content, **given)
        kept = (await messages(lab))[number]
        assert (kept["message"], kept["messageExtra"]) == (wanted["message"], wanted["messageExtra"])
