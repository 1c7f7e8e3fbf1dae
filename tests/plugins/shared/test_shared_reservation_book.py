import asyncio

import pytest
from msgspec.structs import replace

from broker.api import BasePlugin, Context, Reservation
from broker.testing import harness
from plugins.shared.reservation_book import ReservationBook
from plugins.shared.reservations import LATE

ID = "CP001"
NOW = 1_767_225_600.0
DAY = 86_400


class Keeper(BasePlugin):
    """Whose documents the book's are."""

    name = "keeper"


@pytest.fixture
async def h():
    made = await harness(Keeper).ready()
    yield made
    await made.stop()


def book(h):
    """A book that has read nothing yet: as after a restart."""
    return ReservationBook(Context(Keeper.name, h.contexts, h.contexts.registry, {}))


def becomes(status="reserved", number=1, identity=ID, **more):
    row = Reservation(identity=identity, reservation_id=number, status=status, token="CARD", expires=NOW + 900, **more)
    return lambda before: row


async def keep(books, status="reserved", number=1, identity=ID, **more):
    await books.change(identity, number, becomes(status, number, identity, **more))


async def status_of(h, number=1, identity=ID):
    found = await h.records.reservations.get(identity, number)
    return found and found.status


async def documents(h):
    return await h.records.documents.all(Keeper.name)


async def test_a_step_sees_the_row_as_it_is(h):
    seen = []
    books = book(h)
    await keep(books)
    await books.change(ID, 1, lambda row: seen.append(row))
    await books.change(ID, 2, lambda row: seen.append(row))
    assert seen == [await h.records.reservations.get(ID, 1), None]
    assert [row.reservation_id for row in await h.records.reservations.of(ID)] == [1]


async def test_a_station_without_reservations_costs_no_read(h, monkeypatch):
    books = book(h)
    assert await books.rows("CP002") == []

    async def of(identity):
        raise AssertionError("read")

    monkeypatch.setattr(h.records.reservations, "of", of)
    assert await books.rows("CP002") == []
    await keep(books)
    with pytest.raises(AssertionError, match="read"):
        await books.rows(ID)


@pytest.mark.parametrize("status", ["cancelled", "refused", "removed"])
async def test_a_station_whose_reservations_have_ended_has_none_to_look_at(h, status):
    books = book(h)
    await keep(books)
    assert len(await books.rows(ID)) == 1
    await keep(books, status)
    assert await books.rows(ID) == []
    assert await documents(h) == []
    assert await status_of(h) == status


async def test_the_ended_ones_are_seen_beside_others(h):
    books = book(h)
    await keep(books)
    await keep(books, "cancelled", number=2)
    assert [row.reservation_id for row in await books.rows(ID)] == [1, 2]


async def test_what_is_awaited_outlives_the_process_and_names_nobody(h):
    await keep(book(h))
    assert await documents(h) == [(ID, "1", NOW + 900)]
    assert [row.status for row in await book(h).rows(ID)] == ["reserved"]


async def test_a_reservation_ends_when_its_time_is_over_also_after_a_restart(h):
    await keep(book(h))
    h.clock.advance(899)
    await book(h).sweep()
    assert await status_of(h) == "reserved"
    h.clock.advance(1)
    await book(h).sweep()
    assert await status_of(h) == "expired"


async def test_the_reservations_of_all_stations_end(h):
    books = book(h)
    for number, identity in enumerate(("CP001", "CP002", "CP003"), 1):
        await keep(books, "requested" if number == 1 else "reserved", number, identity)
    h.clock.advance(1000)
    await books.sweep()
    found = [await status_of(h, number, identity) for number, identity in enumerate(("CP001", "CP002", "CP003"), 1)]
    assert found == ["expired"] * 3


async def test_an_expired_one_is_looked_at_for_a_day_and_read_no_more_often(h, monkeypatch):
    books, reads = book(h), []
    await keep(books)
    h.clock.advance(900)
    get = h.records.reservations.get

    def counted(*key):
        reads.append(key)
        return get(*key)

    monkeypatch.setattr(h.records.reservations, "get", counted)
    for _ in range(3):
        await books.sweep()
    assert len(reads) == 1
    assert len(await books.rows(ID)) == 1
    h.clock.advance(LATE)
    await books.sweep()
    assert await books.rows(ID) == []
    assert await documents(h) == []
    assert await status_of(h) == "expired"


async def test_one_that_expired_long_before_a_restart_is_ended_and_done_with(h):
    await keep(book(h))
    h.clock.advance(900 + LATE)
    await book(h).sweep()
    assert await status_of(h) == "expired"
    assert await documents(h) == []


async def test_what_an_operator_has_deleted_is_not_written_again(h):
    books = book(h)
    await keep(books)
    await h.records.commit(h.records.reservations.drop(ID, 1))
    h.clock.advance(900)
    await books.sweep()
    assert await status_of(h) is None
    assert await documents(h) == []


async def test_a_tag_that_was_forgotten_stays_forgotten(h):
    books = book(h)
    await keep(books)
    await h.records.forget_token("CARD")
    h.clock.advance(900)
    await books.sweep()
    row = await h.records.reservations.get(ID, 1)
    assert (row.status, row.token) == ("expired", "")


async def test_an_end_that_was_moved_counts(h):
    books = book(h)
    await keep(books)
    row = await h.records.reservations.get(ID, 1)
    await h.records.commit(h.records.reservations.put(replace(row, expires=NOW + 2000)))
    h.clock.advance(900)
    await books.sweep()
    assert await status_of(h) == "reserved"
    assert await documents(h) == [(ID, "1", NOW + 2000)]
    h.clock.advance(1100)
    await books.sweep()
    assert await status_of(h) == "expired"


async def test_changes_at_the_same_time_see_each_other(h):
    books = book(h)
    await keep(books)
    seen = []

    def step(row):
        seen.append(row.answer)
        return replace(row, answer=row.answer + "x")

    await asyncio.gather(*(books.change(ID, 1, step) for _ in range(5)))
    assert seen == ["", "x", "xx", "xxx", "xxxx"]
