"""Tokens: those of the table above those of the file, and what is known of both without reading."""

import asyncio

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from records_kit import opened

from broker.records import StoreFailed, Token
from broker.records.tokens import Tokens, key_of

FULL = Token(
    id="Card",
    type="ISO14443",
    status="Blocked",
    expires=5.0,
    parent="Family",
    parent_type="Central",
    note="n",
    language="de",
    updated_at=9.0,
)


def of_file(*ids, **changes):
    return {id_: Token(id=id_, source="file", **changes) for id_ in ids}


def finished(coroutine):
    """What a coroutine returns that never suspends."""
    with pytest.raises(StopIteration) as stop:
        coroutine.send(None)
    return stop.value.value


def ids(tokens):
    return [token.id for token in tokens]


def waiting(records):
    """Have the next read wait; gives the event that lets it go on."""
    go_on, select = asyncio.Event(), records._store.select

    async def slow(*args, **kwargs):
        found = await select(*args, **kwargs)
        await go_on.wait()
        return found

    records._store.select = slow
    return go_on


async def test_a_token_comes_back_from_the_disk_as_it_was_put(url):
    async with opened(url) as records:
        await records.tokens.put(FULL)
    async with opened(url) as records:
        assert await records.tokens.find("Card") == FULL
        assert await records.tokens.all() == [FULL]


async def test_case_does_not_matter(records):
    await records.tokens.put(Token(id="aBc", status="Blocked"))
    await records.tokens.put(Token(id="ABC", note="renamed"))
    assert await records.tokens.find("abc") == Token(id="ABC", note="renamed")
    assert ids(await records.tokens.all()) == ["ABC"]
    assert await records.tokens.drop("abC")
    assert await records.tokens.find("ABC") is None


@given(st.text())
def test_case_is_that_of_ascii(value):
    assert key_of(value) == key_of(key_of(value))
    assert (key_of("ÄB"), key_of("äB")) == ("Äb", "äb")
    if value.isascii():
        assert key_of(value.upper()) == key_of(value.lower()) == value.lower()[:1000]


async def test_what_was_read_once_is_known_without_waiting(records):
    with pytest.raises(KeyError):
        records.tokens.peek("Card")
    assert await records.tokens.find("Card") is None
    assert finished(records.tokens.find("CARD")) is None
    assert records.tokens.peek("card") is None


async def test_what_was_put_is_known_without_waiting(records):
    await records.tokens.put(FULL)
    assert finished(records.tokens.find("card")) == FULL
    assert await records.tokens.drop("Card")
    assert finished(records.tokens.find("card")) is None


async def test_the_table_counts_before_the_file(records):
    records.tokens.configure(of_file("Card", "Other"))
    assert (await records.tokens.find("CARD")).source == "file"
    await records.tokens.put(Token(id="card", status="Blocked"))
    assert (await records.tokens.find("CARD")).status == "Blocked"
    await records.tokens.drop("card")
    assert (await records.tokens.find("CARD")).source == "file"


async def test_what_the_file_says_anew_counts_at_once(records):
    assert await records.tokens.find("card") is None
    records.tokens.configure(of_file("Card"))
    assert finished(records.tokens.find("card")).source == "file"
    records.tokens.configure({})
    assert finished(records.tokens.find("card")) is None


async def test_those_of_the_file_may_be_given_from_the_start():
    async with opened("sqlite://", tokens=of_file("Card")) as records:
        assert (await records.tokens.find("card")).id == "Card"


async def test_what_is_dropped_must_be_in_the_table(records):
    records.tokens.configure(of_file("Card"))
    assert not await records.tokens.drop("Card")
    assert not await records.tokens.drop("Nobody")


async def test_a_put_while_it_is_read_wins(records):
    go_on = waiting(records)
    reading = asyncio.ensure_future(records.tokens.find("Card"))
    await asyncio.sleep(0.01)
    await records.tokens.put(FULL)
    go_on.set()
    assert await reading == FULL
    assert records.tokens.peek("Card") == FULL


async def test_an_import_while_it_is_read_wins(records):
    go_on = waiting(records)
    reading = asyncio.ensure_future(records.tokens.find("Card"))
    await asyncio.sleep(0.01)
    await records.tokens.put_many([FULL])
    go_on.set()
    assert await reading == FULL


async def test_many_who_ask_for_the_same_at_once_all_hear_it(records):
    await records.tokens.put(FULL)
    records.tokens.forget()
    assert await asyncio.gather(*(records.tokens.find("CARD") for _ in range(50))) == [FULL] * 50


async def test_a_read_that_failed_is_not_taken_for_a_miss(records):
    select = records._store.select

    async def fails(*args, **kwargs):
        raise StoreFailed("disk")

    records._store.select = fails
    with pytest.raises(StoreFailed):
        await records.tokens.find("Card")
    records._store.select = select
    await records.tokens.put(FULL)
    assert await records.tokens.find("Card") == FULL


async def test_a_put_that_was_given_up_is_known_all_the_same(records):
    assert await records.tokens.find("Card") is None
    putting = asyncio.ensure_future(records.tokens.put(FULL))
    await asyncio.sleep(0)
    putting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await putting
    await records.commit()
    assert await records.tokens.find("Card") == FULL


async def test_a_put_that_failed_leaves_nothing_known(url):
    async with opened(url) as records:
        assert await records.tokens.find("Card") is None
        tokens = records.tokens
    with pytest.raises(StoreFailed):
        await tokens.put(FULL)
    with pytest.raises(StoreFailed):
        await tokens.find("Card")


async def test_an_import_is_made_in_commits_of_a_thousand(records):
    await records.tokens.find("t5")
    before = records._store.commits
    assert await records.tokens.put_many(Token(id=f"T{number}") for number in range(2500)) == 2500
    assert records._store.commits - before == 3
    assert (await records.tokens.find("t5")).id == "T5"
    assert len(await records.tokens.all()) == 2500
    assert await records.tokens.put_many([]) == 0


async def test_others_have_their_turn_while_many_are_imported(records):
    importing = asyncio.ensure_future(records.tokens.put_many(Token(id=f"T{number}") for number in range(1000)))
    turns = 0
    while not importing.done():
        await asyncio.sleep(0)
        turns += 1
    assert turns > 10


async def test_only_so_many_are_known_without_reading(records):
    tokens = Tokens(records._store, cached=10)
    for number in range(25):
        await tokens.find(f"T{number}")
    assert len(tokens._cache) == 10
    assert tokens.peek("T24") is None
    with pytest.raises(KeyError):
        tokens.peek("T1")


async def test_pages_have_those_of_the_file_between_those_of_the_table(records):
    records.tokens.configure(of_file("b", "C", "f", "z"))
    await records.tokens.put_many(Token(id=id_, status="Blocked") for id_ in ("A", "c", "d", "E"))
    page = records.tokens.page
    assert ids(await page()) == ["A", "b", "c", "d", "E", "f", "z"]
    assert ids(await page(limit=3)) == ["A", "b", "c"]
    assert ids(await page(after="C", limit=3)) == ["d", "E", "f"]
    assert ids(await page(status="Accepted")) == ["b", "f", "z"], "of c the table's counts"
    assert ids(await page(status="Blocked", after="a", limit=2)) == ["c", "d"]
    assert await page(after="z") == []


async def test_pages_end_even_where_hardly_any_token_is_asked_for(records):
    await records.tokens.put_many(
        Token(id=f"T{number:04}", status="Blocked" if number % 700 == 0 else "Accepted") for number in range(2000)
    )
    records.tokens.configure(of_file("t0350x", "zz", status="Blocked"))
    assert ids(await records.tokens.page(status="Blocked")) == ["T0000", "t0350x", "T0700", "T1400", "zz"]
    assert ids(await records.tokens.all())[-2:] == ["T1999", "zz"]
    assert len(await records.tokens.all()) == 2002


IDS = st.sets(st.text(st.characters(codec="ascii"), min_size=1, max_size=3).map(str.lower), max_size=12)


@settings(max_examples=20, deadline=None)
@given(table=IDS, file=IDS, limit=st.integers(1, 5))
async def test_the_pages_together_are_all_of_them(table, file, limit):
    async with opened("sqlite://", tokens=of_file(*file)) as records:
        await records.tokens.put_many(Token(id=id_) for id_ in table)
        found, after = [], ""
        while page := await records.tokens.page(after=after, limit=limit):
            found += page
            after = page[-1].id
        assert ids(found) == sorted(table | file) == ids(await records.tokens.all())
        assert {token.id for token in found if token.source == "api"} == table
