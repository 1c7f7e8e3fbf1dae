"""OCPP 2.x display messages: what an operator asks."""

import pytest
from ocpp201_display_kit import ACCEPTED, AT, ID, V21, V, message, reports, started, tell

from broker.api import BasePlugin, Reply, StationRefused, Token, Transaction
from plugins.ocpp201.display.plugin import Display
from plugins.ocpp201.versions import V2


@pytest.fixture
async def h():
    async with started() as one:
        for version in V2:
            replies = one.session(version).replies
            replies["SetDisplayMessage"] = replies["ClearDisplayMessage"] = ACCEPTED
        yield one


@pytest.mark.parametrize("version", V2)
def test_the_plugin_owns_its_actions(version):
    owned = {(one.name, one.direction.value) for one in Display.register_actions(None) if one.version == version}
    assert owned == {
        ("NotifyDisplayMessages", "from_station"),
        ("ClearDisplayMessage", "to_station"),
        ("GetDisplayMessages", "to_station"),
        ("SetDisplayMessage", "to_station"),
    }


@pytest.mark.parametrize("version", V2)
async def test_a_message_with_everything(h, version):
    """O_01, O_12, O_13, O_14."""
    given = {
        "id": 5,
        "content": "hi",
        "format": "HTML",
        "language": "en",
        "priority": "AlwaysFront",
        "state": "Charging",
        "startDateTime": "2026-01-02T01:00:00+01:00",
        "endDateTime": "2026-01-03T00:00:00Z",
        "display": "Display@1",
    }
    assert await h.operate(version, "set-display-message", given) == {"status": "Accepted", "id": 5}
    sent = {
        "id": 5,
        "priority": "AlwaysFront",
        "state": "Charging",
        "startDateTime": "2026-01-02T00:00:00Z",
        "endDateTime": "2026-01-03T00:00:00Z",
        "display": {"name": "Display", "evse": {"id": 1}},
        "message": {"format": "HTML", "language": "en", "content": "hi"},
    }
    assert h.session(version).sent == [("SetDisplayMessage", {"message": sent})]


async def test_what_is_left_out_is_not_sent(h):
    told = await h.operate(V, "set-display-message", {"content": "hi"})
    assert h.session(V).sent == [("SetDisplayMessage", {"message": message(told["id"])})]
    assert 0 < told["id"] < 2**31


async def test_a_fresh_number_is_one_that_the_station_does_not_have(h, monkeypatch):
    drawn = iter([6, 6, 7])
    monkeypatch.setattr("plugins.ocpp201.display.plugin.secrets.randbelow", lambda most: next(drawn))
    assert (await h.operate(V, "set-display-message", {"content": "hi"}))["id"] == 7
    assert (await h.operate(V, "set-display-message", {"content": "hi"}))["id"] == 8


@pytest.mark.parametrize(
    "status",
    ["Rejected", "NotSupportedPriority", "NotSupportedState", "NotSupportedMessageFormat", "UnknownTransaction"],
)
async def test_a_message_that_a_station_does_not_show(h, status):
    """O_10, O_17, O_18, O_19, O_26."""
    info = {"reasonCode": "x"}
    h.session(V).replies["SetDisplayMessage"] = Reply.result({"status": status, "statusInfo": info})
    told = await h.operate(V, "set-display-message", {"content": "hi", "id": 5, "transactionId": "T1"})
    assert told == {"status": status, "statusInfo": info, "id": 5}
    assert h.session(V).sent[0][1]["message"]["transactionId"] == "T1"


async def test_a_language_that_a_station_does_not_have(h):
    """O_100."""
    h.session(V21).replies["SetDisplayMessage"] = Reply.result({"status": "LanguageNotSupported"})
    told = await h.operate(V21, "set-display-message", {"content": "hi", "language": "xx", "id": 5})
    assert told == {"status": "LanguageNotSupported", "id": 5}


async def test_an_error_is_the_stations(h):
    h.session(V).replies["SetDisplayMessage"] = Reply.error("NotSupported", "")
    with pytest.raises(StationRefused):
        await h.operate(V, "set-display-message", {"content": "hi"})


TEXTS = {"content": {"en": "hi", "de": "hallo", "nl": "hoi"}, "transactionId": "T1"}


async def _languages(h):
    await h.operate(V21, "set-display-message", TEXTS)
    sent = h.session(V21).sent[-1][1]["message"]
    return [sent["message"]["language"], *(one["language"] for one in sent["messageExtra"])]


async def _runs(h, info=None, token="TAG1"):
    details = {} if info is None else {"idTokenInfo": info}
    tx = Transaction(identity=ID, transaction_id="T1", version=V21, token=token, details=details)
    h.records.later(h.records.transactions.put(tx))


async def test_the_language_of_the_driver_as_the_transaction_was_answered(h):
    """O_101."""
    await _runs(h, {"status": "Accepted", "language1": "nl", "language2": "de"})
    assert await _languages(h) == ["nl", "de", "en"]


async def test_the_language_of_the_drivers_token(h):
    await _runs(h)
    await h.records.tokens.put(Token(id="TAG1", language="de-AT", language2="nl"))
    assert await _languages(h) == ["de", "nl", "en"]


@pytest.mark.parametrize(("info", "token"), [(None, None), (5, "TAG9"), ({"language1": 5}, None)])
async def test_a_driver_of_whom_nothing_is_known(h, info, token):
    await _runs(h, info, token)
    assert await _languages(h) == ["en", "de", "nl"]


async def test_a_transaction_that_nobody_knows(h):
    assert await _languages(h) == ["en", "de", "nl"]


class Running(BasePlugin):
    """Knows a transaction before it is on disk."""

    name = "running"

    def __init__(self, config, context):
        super().__init__(config, context)
        self.shared["ocpp201.transactions"] = self

    async def get(self, identity, transaction_id):
        if transaction_id != "T1":
            return None
        details = {"idTokenInfo": {"language1": "nl"}}
        return Transaction(identity=identity, transaction_id="T1", version=V21, details=details)


async def test_a_transaction_that_is_not_on_disk_yet():
    async with started(Running) as h:
        assert await _languages(h) == ["nl", "en", "de"]


@pytest.mark.parametrize("status", ["Accepted", "Unknown"])
async def test_a_message_is_cleared(h, status):
    """O_04, O_05."""
    h.session(V).replies["ClearDisplayMessage"] = Reply.result({"status": status})
    assert await h.operate(V, "clear-display-message", {"id": 5}) == {"status": status}
    assert h.session(V).sent == [("ClearDisplayMessage", {"id": 5})]


@pytest.mark.parametrize("version", V2)
async def test_all_messages_are_reported_in_several_parts(h, version):
    """O_02."""
    parts = [{"messageInfo": [message(1)], "tbc": True}, {"messageInfo": [message(2)]}]
    h.session(version).replies["GetDisplayMessages"] = reports(h, *parts, version=version)
    told = await h.operate(version, "get-display-messages", {"requestId": 9})
    assert told == {"status": "Accepted", "requestId": 9, "complete": True, "messageInfo": [message(1), message(2)]}
    assert h.session(version).sent == [("GetDisplayMessages", {"requestId": 9})]
    known = (await h.operate(version, "display-messages"))["messages"]
    assert [one["messageInfo"] for one in known] == [message(1), message(2)], "known as soon as it is told"


@pytest.mark.parametrize(
    ("given", "sent"),
    [
        ({"id": [1, 2]}, {"id": [1, 2]}),  # O_07
        ({"priority": "InFront"}, {"priority": "InFront"}),  # O_08
        ({"state": "Charging"}, {"state": "Charging"}),  # O_09
    ],
)
@pytest.mark.parametrize("wait", [True, False])
async def test_messages_by_criteria_of_which_there_are_none(h, given, sent, wait):
    """O_03."""
    h.session(V).replies["GetDisplayMessages"] = Reply.result({"status": "Unknown"})
    told = await h.operate(V, "get-display-messages", {**given, "requestId": 9, "wait": wait})
    assert told == {"status": "Unknown", "requestId": 9, "complete": True, "messageInfo": []}
    assert h.session(V).sent == [("GetDisplayMessages", {"requestId": 9, **sent})]


async def test_nobody_has_to_wait(h):
    h.session(V).replies["GetDisplayMessages"] = ACCEPTED
    told = await h.operate(V, "get-display-messages", {"wait": False})
    assert told == {"status": "Accepted", "requestId": told["requestId"], "complete": False, "messageInfo": []}
    await tell(h, told["requestId"], message(1))
    assert (await h.operate(V, "display-messages"))["messages"] == [{"messageInfo": message(1), "since": AT}]


async def test_what_has_come_until_then_is_told(h):
    h.session(V).replies["GetDisplayMessages"] = reports(h, {"messageInfo": [message(1)], "tbc": True})
    told = await h.operate(V, "get-display-messages", {"timeout": 0.05})
    assert (told["complete"], told["messageInfo"]) == (False, [message(1)])


async def test_the_known_messages_are_shown_without_a_call(h):
    assert await h.operate(V, "display-messages") == {"messages": []}
    assert h.session(V).sent == []
