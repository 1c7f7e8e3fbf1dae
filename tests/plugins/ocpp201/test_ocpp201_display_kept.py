"""OCPP 2.x display messages: which are known, whoever has set them."""

import asyncio

import pytest
from ocpp201_display_kit import ACCEPTED, V, ask, message, numbers, show, started, tell

from broker.api import Reply
from broker.hooks import PluginSpec
from broker.hooks.manager import Plugins
from plugins.ocpp201.display.plugin import Display
from plugins.ocpp201.versions import V2

UNKNOWN = Reply.result({"status": "Unknown"})


@pytest.fixture
async def h():
    async with started() as one:
        yield one


async def _ended(h, transaction="T1", event="Ended", **more):
    payload = {"eventType": event, "transactionInfo": {"transactionId": transaction}, **more}
    await h.reply(V, "TransactionEvent", payload, Reply.result({}))


@pytest.mark.parametrize("version", V2)
async def test_what_is_set_is_known(h, version):
    await show(h, message(7), message(8), message(7, priority="InFront"), version=version)
    known = (await h.operate(version, "display-messages"))["messages"]
    assert known == [
        {"messageInfo": message(7, priority="InFront"), "since": "2026-01-01T00:00:00Z"},
        {"messageInfo": message(8), "since": "2026-01-01T00:00:00Z"},
    ]


@pytest.mark.parametrize(
    "status",
    ["Rejected", "NotSupportedPriority", "NotSupportedState", "NotSupportedMessageFormat", "UnknownTransaction", 5],
)
async def test_what_a_station_does_not_show_is_not_known(h, status):
    await ask(h, "SetDisplayMessage", {"message": message(7)}, Reply.result({"status": status}))
    await ask(h, "SetDisplayMessage", {"message": message(7)}, Reply.error("NotSupported", ""))
    assert await numbers(h) == []


@pytest.mark.parametrize(("status", "left"), [("Accepted", [8]), ("Unknown", [8]), ("Rejected", [7, 8])])
async def test_what_is_cleared_is_gone(h, status, left):
    """O_04, O_05."""
    await show(h, message(7), message(8))
    await ask(h, "ClearDisplayMessage", {"id": 7}, Reply.result({"status": status}))
    assert await numbers(h) == left


async def test_a_report_of_all_replaces_what_was_known(h):
    await show(h, message(1), message(2))
    await ask(h, "GetDisplayMessages", {"requestId": 5})
    await tell(h, 5, message(2), tbc=True)
    assert await numbers(h) == [1, 2]
    await tell(h, 5, message(3))
    assert await numbers(h) == [2, 3]


async def test_a_report_by_criteria_replaces_what_meets_them(h):
    await show(h, message(1, state="Idle"), message(2))
    await ask(h, "GetDisplayMessages", {"requestId": 5, "state": "Idle"})
    await tell(h, 5, message(3, state="Idle"))
    assert await numbers(h) == [2, 3]


async def test_a_report_that_nobody_asked_for_here_adds_to_what_was_known(h):
    await show(h, message(1))
    await tell(h, 77, message(3))
    assert await numbers(h) == [1, 3]


async def test_the_same_number_later_is_another_report(h):
    await ask(h, "GetDisplayMessages", {"requestId": 5})
    await tell(h, 5, message(2))
    await tell(h, 5, message(3))
    assert await numbers(h) == [2, 3]


async def test_a_first_part_may_overtake_the_answer(h):
    await show(h, message(1))
    await h.forward(V, "GetDisplayMessages", {"requestId": 5}, direction="to_station")
    await tell(h, 5, message(3))
    assert await numbers(h) == [3]


async def test_a_station_that_has_no_such_message(h):
    """O_03."""
    await show(h, message(1), message(2))
    await ask(h, "GetDisplayMessages", {"requestId": 5, "id": [1]}, UNKNOWN)
    assert await numbers(h) == [2]
    await ask(h, "GetDisplayMessages", {"requestId": 6}, UNKNOWN)
    assert await numbers(h) == []


async def test_the_messages_of_a_transaction_end_with_it(h):
    """O_06."""
    await show(h, message(1), message(2, transactionId="T1"), message(3, transactionId="T2"))
    await _ended(h, "T1", "Updated")
    assert await numbers(h) == [1, 2, 3]
    await _ended(h, "T1")
    assert await numbers(h) == [1, 3]
    await _ended(h, "T2")
    assert await numbers(h) == [1]


async def test_the_end_of_a_transaction_without_messages_costs_no_look_at_the_store(h, monkeypatch):
    await show(h, message(1))
    looks = []
    monkeypatch.setattr(h.records.documents, "get", looks.append)
    await _ended(h)
    assert looks == []


@pytest.mark.parametrize("info", [None, 5, {}, {"transactionId": 5}])
async def test_an_end_of_an_odd_shape_is_none(h, info):
    await show(h, message(2, transactionId="T1"))
    await _ended(h, transactionInfo=info)
    assert await numbers(h) == [2]


async def test_a_message_of_a_transaction_is_recalled_after_a_restart(h):
    await show(h, message(2, transactionId="T1"))
    again = Plugins.load([PluginSpec(Display.name, {}, Display)], context=h.contexts)
    await h.plugins.stop()
    await again.start(None)
    h.plugins = again
    await _ended(h)
    assert await numbers(h) == []


async def test_a_message_is_over_with_its_end(h):
    """O_14."""
    await show(h, message(1, endDateTime="2026-01-01T00:01:00Z"))
    assert await numbers(h) == [1]
    h.clock.advance(61)
    assert await numbers(h) == []
    await show(h, message(2))
    assert [*(await h.records.documents.get("ocpp201.display", "CP001", "messages"))] == ["2"]


@pytest.mark.parametrize(
    "payload", [{}, {"requestId": "x"}, {"requestId": 1, "messageInfo": 5}, {"requestId": 1, "messageInfo": [5]}]
)
async def test_a_report_of_an_odd_shape_is_answered(h, payload):
    assert (await h.call(V, "NotifyDisplayMessages", payload)).payload == {}
    assert await numbers(h) == []


@pytest.mark.parametrize("action", ["SetDisplayMessage", "ClearDisplayMessage", "GetDisplayMessages"])
@pytest.mark.parametrize("reply", [ACCEPTED, UNKNOWN, Reply.error("InternalError", "")])
async def test_a_call_of_an_odd_shape_is_no_failure(h, action, reply):
    await ask(h, action, {"message": 5, "id": "x", "requestId": []}, reply)
    assert await numbers(h) == []


async def test_changes_of_one_station_follow_each_other(h):
    await asyncio.gather(*(show(h, message(number)) for number in range(8)))
    assert await numbers(h) == [*range(8)]


async def test_the_criteria_that_are_remembered_are_bounded(h):
    await show(h, message(1))
    for number in range(1_001):
        await h.forward(V, "GetDisplayMessages", {"requestId": number}, direction="to_station")
    await tell(h, 0, message(3))
    assert await numbers(h) == [1, 3]
    await tell(h, 1, message(4))
    assert await numbers(h) == [4]
