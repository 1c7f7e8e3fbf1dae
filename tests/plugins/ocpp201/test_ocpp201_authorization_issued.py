import pytest

from broker.api import BasePlugin, Context
from broker.testing import harness
from plugins.ocpp201.authorization.issued import TOKENS, IssuedTokens

ID = "CP001"
PAID = {"idToken": "PSP-1", "type": "DirectPayment"}


class Keeper(BasePlugin):
    """Whose documents they are."""

    name = "keeper"


@pytest.fixture
async def h():
    made = await harness(Keeper).ready()
    yield made
    await made.stop()


def issued(h, seconds=60.0):
    """One that has read nothing yet: as after a restart."""
    return IssuedTokens(Context(Keeper.name, h.contexts, h.contexts.registry, {}), seconds)


async def test_a_remote_start_gets_a_central_token_of_its_own(h):
    book = issued(h)
    one, other = await book.issue(ID, 1), await book.issue(ID, 2)
    assert one["type"] == other["type"] == "Central"
    assert one["idToken"] != other["idToken"]
    assert len(one["idToken"]) == 36
    assert await book.is_allowed(ID, one)
    assert await book.is_allowed(ID, other)


async def test_the_same_remote_start_has_the_same_token_as_long_as_it_lasts(h):
    book = issued(h)
    one = await book.issue(ID, 1)
    assert await book.issue(ID, 1) == one
    h.clock.advance(60)
    assert await book.issue(ID, 1) != one


async def test_a_token_is_good_at_its_station_as_its_type_and_for_its_time(h):
    book = issued(h)
    one = await book.issue(ID, 1)
    assert not await book.is_allowed("CP002", one)
    assert not await book.is_allowed(ID, {**one, "type": "ISO14443"})
    assert not await book.is_allowed(ID, {"idToken": one["idToken"]})
    assert await book.is_allowed(ID, {"idToken": one["idToken"].upper(), "type": "CENTRAL"})
    h.clock.advance(59)
    assert await book.is_allowed(ID, one)
    h.clock.advance(1)
    assert not await book.is_allowed(ID, one)


async def test_tokens_that_others_have_made_can_be_let_in_too(h):
    book = issued(h)
    assert not await book.is_allowed(ID, PAID)
    await book.allow(ID, PAID)
    assert await book.is_allowed(ID, PAID)
    assert await book.issue(ID, 1) != PAID


async def test_letting_one_in_again_makes_it_last(h):
    book = issued(h)
    await book.allow(ID, PAID)
    h.clock.advance(50)
    await book.allow(ID, PAID)
    h.clock.advance(50)
    assert await book.is_allowed(ID, PAID)
    [(_, _, kept)] = await h.records.documents.all(Keeper.name)
    assert len(kept) == 1


async def test_a_restart_forgets_none(h):
    one = await issued(h).issue(ID, 1)
    again = issued(h)
    assert await again.is_allowed(ID, one)
    assert await again.issue(ID, 1) == one


async def test_only_so_many_are_remembered_and_none_that_is_over(h):
    book = issued(h)
    first = await book.issue(ID, 0)
    for number in range(1, TOKENS + 1):
        last = await book.issue(ID, number)
    assert not await book.is_allowed(ID, first)
    assert await book.is_allowed(ID, last)
    [(_, _, kept)] = await h.records.documents.all(Keeper.name)
    assert len(kept) == TOKENS
    h.clock.advance(60)
    await book.issue(ID, 1)
    [(_, _, kept)] = await h.records.documents.all(Keeper.name)
    assert len(kept) == 1


async def test_stations_in_memory_are_bounded_and_those_that_left_it_are_read(h, monkeypatch):
    monkeypatch.setattr("plugins.ocpp201.authorization.issued._STATIONS", 2)
    book = issued(h)
    tokens = [await book.issue(f"CP{number}", 1) for number in range(4)]
    assert [await book.is_allowed(f"CP{number}", one) for number, one in enumerate(tokens)] == [True] * 4
    assert len(book._known) == 2


@pytest.mark.parametrize("odd", [{}, {"idToken": 5, "type": []}, {"idToken": None, "type": "Central"}])
async def test_what_is_no_id_token_was_never_issued(h, odd):
    book = issued(h)
    await book.issue(ID, 1)
    assert not await book.is_allowed(ID, odd)
