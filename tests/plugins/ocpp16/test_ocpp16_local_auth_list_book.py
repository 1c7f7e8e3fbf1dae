"""What is kept of a station's list, whoever sends it one."""

import asyncio

import pytest
from local_list_kit import ID, V, entry, local_list, send

from broker.api import Direction, Reply, Token, Version

TO = Direction.TO_STATION


async def passes(h, action, payload, answer):
    """A call of an upstream or of the API, and the station's answer."""
    reply = Reply.result(answer) if isinstance(answer, dict) else Reply.error(answer)
    assert await h.reply(V, action, payload, reply, direction=TO) is reply


async def sent(h, version, *entries, kind="Full", status="Accepted"):
    payload = {"listVersion": version, "updateType": kind, "localAuthorizationList": list(entries)}
    await passes(h, "SendLocalList", payload, {"status": status})


async def book(h):
    return await h.records.local_lists.get(ID)


async def test_the_profile_owns_its_actions():
    async with local_list() as (h, _):
        assert {(a.version, a.name, a.direction) for a in h.plugins.actions()} == {
            (Version.V16, "GetLocalListVersion", TO),
            (Version.V16, "SendLocalList", TO),
        }


async def test_the_list_of_an_upstream_is_kept():
    async with local_list() as (h, _):
        await sent(h, 3, entry("A"), entry("B"))
        await sent(h, 4, entry("C"), {"idTag": "A"}, kind="Differential")
        row = await book(h)
        assert (row.version, row.status, row.updated_at) == (4, "Accepted", h.clock.now())
        assert row.entries == {"B": {"status": "Accepted"}, "C": {"status": "Accepted"}}


async def test_what_it_refused_is_noted_and_no_more():
    async with local_list() as (h, _):
        await sent(h, 3, entry("A"))
        await sent(h, 4, entry("B"), status="Failed")
        row = await book(h)
        assert (row.version, row.status, set(row.entries)) == (3, "Failed", {"A"})


async def test_a_refusal_of_the_first_list_leaves_it_unknown():
    async with local_list() as (h, _):
        await sent(h, 3, entry("A"), status="NotSupported")
        row = await book(h)
        assert (row.version, row.status, row.entries) == (-1, "NotSupported", {})


async def test_an_error_is_noted_by_its_code():
    async with local_list() as (h, _):
        await passes(h, "SendLocalList", {"listVersion": 1, "updateType": "Full"}, "InternalError")
        assert (await book(h)).status == "InternalError"


async def test_what_an_upstream_has_sent_counts_for_the_next_one_of_ours():
    async with local_list(Token(id="A"), Token(id="B")) as (h, station):
        await sent(h, 7, entry("A"))
        station.version = 7
        await send(h)
        assert station.sends == [
            {"listVersion": 8, "updateType": "Differential", "localAuthorizationList": [entry("B")]}
        ]


async def test_the_version_that_an_upstream_hears_is_kept():
    async with local_list() as (h, _):
        await sent(h, 3, entry("A"))
        await passes(h, "GetLocalListVersion", {}, {"listVersion": 3})
        assert set((await book(h)).entries) == {"A"}
        await passes(h, "GetLocalListVersion", {}, {"listVersion": 4})
        assert ((await book(h)).version, (await book(h)).entries) == (4, {})


@pytest.mark.parametrize("answer", ["NotSupported", {}, {"listVersion": None}, {"listVersion": "x"}])
async def test_an_answer_without_a_version_is_not_kept(answer):
    async with local_list() as (h, _):
        await passes(h, "GetLocalListVersion", {}, answer)
        assert await book(h) is None


@pytest.mark.parametrize(
    ("payload", "answer"),
    [
        ({}, {"status": "Accepted"}),
        ({"listVersion": "x", "updateType": 5, "localAuthorizationList": "no"}, {"status": "Accepted"}),
        ({"listVersion": 1, "updateType": "Full"}, {"status": 5}),
        ({"listVersion": 1, "updateType": "Full"}, {}),
    ],
)
async def test_what_no_schema_allows_does_no_harm(payload, answer):
    """An operator may send anything, and a station may answer anything."""
    async with local_list() as (h, _):
        await sent(h, 3, entry("A"))
        await passes(h, "SendLocalList", payload, answer)
        assert ((await book(h)).version, set((await book(h)).entries)) == (3, {"A"})


async def test_answers_that_come_together_are_all_kept():
    async with local_list() as (h, _):
        await sent(h, 1, entry("T0"))
        await asyncio.gather(*(sent(h, n + 1, entry(f"T{n}"), kind="Differential") for n in range(1, 9)))
        assert set((await book(h)).entries) == {f"T{n}" for n in range(9)}


async def test_the_book_outlives_the_session():
    async with local_list(Token(id="A")) as (h, station):
        await send(h)
        station.session.state.clear()
        assert (await send(h))["messages"] == 0
