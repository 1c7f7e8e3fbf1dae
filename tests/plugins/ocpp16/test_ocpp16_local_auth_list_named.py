"""What an operator names of a list: its type, its version, its tokens, its entries."""

import asyncio

import pytest
from local_list_kit import entry, local_list, send
from pydantic import ValidationError

from broker.api import OperationFailed, Token

A, B, C = Token(id="A"), Token(id="B"), Token(id="C")


async def test_a_full_list_by_name_asks_for_nothing_before():
    async with local_list(A, version=5) as (h, station):
        assert await send(h, updateType="Full") == {
            "status": "Accepted",
            "updateType": "Full",
            "listVersion": 1,
            "entries": 1,
            "messages": 1,
        }
        assert station.asked == 0
        assert (await send(h, updateType="Full"))["listVersion"] == 2


async def test_a_differential_by_name_stays_one_also_where_the_list_is_not_known():
    async with local_list(A, B, version=5) as (h, station):
        result = await send(h, updateType="Differential")
        assert (result["updateType"], result["listVersion"]) == ("Differential", 6)
        assert station.sends[0]["localAuthorizationList"] == [entry("A"), entry("B")]
        assert (await send(h))["updateType"] == "Full"  # for what else may be in it


async def test_in_a_differential_by_name_every_entry_has_its_info():
    async with local_list(A, B, C) as (h, station):
        await send(h)
        await h.records.tokens.drop("B")
        await h.records.tokens.put(Token(id="C", status="Blocked"))
        await send(h, updateType="Differential")
        update = station.sends[1]
        assert (update["updateType"], update["listVersion"]) == ("Differential", 2)
        assert update["localAuthorizationList"] == [entry("C", "Blocked"), entry("B", "Invalid")]
        assert (await send(h, updateType="Differential"))["messages"] == 0


async def test_a_token_left_out_by_the_configuration_is_told_as_it_is_in_a_differential():
    async with local_list(A, include=["Accepted"]) as (h, station):
        await send(h)
        await h.records.tokens.put(Token(id="A", status="Blocked"))
        await send(h, updateType="Differential")
        assert station.sends[1]["localAuthorizationList"] == [entry("A", "Blocked")]


async def test_a_list_of_named_tags():
    async with local_list(A, B, Token(id="C", status="Blocked"), include=["Accepted"]) as (h, station):
        await send(h, tags=["a", "C", "A"])
        assert station.sends[0]["localAuthorizationList"] == [entry("A"), entry("C", "Blocked")]


async def test_a_differential_of_named_tags_tells_of_no_others():
    async with local_list(A, B) as (h, station):
        await send(h, tags=["A"])
        await send(h, updateType="Differential", tags=["B", "unknown"])
        assert station.sends[1]["localAuthorizationList"] == [entry("B"), entry("unknown", "Invalid")]
        assert set(station.entries) == {"A", "B", "unknown"}


@pytest.mark.parametrize("params", [{}, {"updateType": "Full"}])
async def test_named_tags_that_are_not_known_are_counted_and_not_told(params):
    async with local_list(A) as (h, station):
        with pytest.raises(OperationFailed) as caught:
            await send(h, tags=["A", "secret", "SECRET", "other"], **params)
        assert str(caught.value) == "2 of the tags are not known"
        assert station.sends == []


async def test_given_entries_go_out_as_they_are():
    entries = [entry("X", expiryDate="2027-01-01T00:00:00+01:00"), {"idTag": "Y"}]
    async with local_list(A) as (h, station):
        result = await send(h, updateType="Differential", listVersion=9, localAuthorizationList=entries)
        assert result["status"] == "Accepted"
        assert station.sends == [{"listVersion": 9, "updateType": "Differential", "localAuthorizationList": entries}]
        assert station.asked == 0


async def test_given_entries_are_a_full_list():
    async with local_list(A) as (h, station):
        await send(h, localAuthorizationList=[entry("X")])
        assert station.sends == [{"listVersion": 1, "updateType": "Full", "localAuthorizationList": [entry("X")]}]


async def test_a_list_can_be_emptied():
    async with local_list(A) as (h, station):
        await send(h)
        await send(h, localAuthorizationList=[])
        assert station.sends[1] == {"listVersion": 2, "updateType": "Full"}


async def test_a_differential_without_entries_is_sent_where_it_is_forced():
    async with local_list() as (h, station):
        nothing = {"updateType": "Differential", "localAuthorizationList": []}
        assert (await send(h, **nothing))["messages"] == 0
        assert (await send(h, **nothing, force=True))["messages"] == 1
        assert station.sends == [{"listVersion": 1, "updateType": "Differential"}]


@pytest.mark.parametrize("version", [0, -1, 2**31 - 1])
async def test_any_version_can_be_sent(version):
    async with local_list(A) as (h, station):
        await send(h, updateType="Full", listVersion=version)
        assert station.sends[0]["listVersion"] == version


async def test_wrong_parameters_reach_no_station():
    async with local_list(A) as (h, station):
        with pytest.raises(ValidationError):
            await send(h, updateType="Partial")
        assert station.session.sent == []


async def test_two_operators_do_not_get_into_each_others_way():
    async with local_list(A) as (h, _):
        results = await asyncio.gather(*(send(h, force=True) for _ in range(3)))
        assert [result["listVersion"] for result in results] == [1, 2, 3]
        assert [result["status"] for result in results] == ["Accepted"] * 3
