import asyncio

import pytest

from broker.api import BasePlugin, OperationFailed, Reply, Reservation, StoreFailed, Token, Transaction
from broker.testing import harness
from plugins.shared import reservation_desk
from plugins.shared.reservation_desk import ReservationDesk
from plugins.shared.reservations import Start

V = "ocpp2.1"
ID = "CP001"
NOW = 1_767_225_600.0
ACCEPTED = Reply.result({"status": "Accepted"})


class Keeper(BasePlugin):
    """Whose desk it is."""

    name = "keeper"

    def __init__(self, config, context):
        super().__init__(config, context)
        self.desk = ReservationDesk(context)


def wanted(number=5, **more):
    row = {"evse": 2, "token": "CARD", "expires": NOW + 900, "created_at": NOW, "updated_at": NOW, **more}
    return Reservation(identity=ID, reservation_id=number, status="requested", **row)


def start(**more):
    return Start(**{"transaction_id": "TX", "reservation_id": None, "evse": 2, "token": "card", "at": NOW + 5, **more})


class Rig:
    def __init__(self, h):
        self.h = h
        self.desk = h.plugins._loaded["keeper"].instance.desk
        self.session = h.session(V)

    async def reserve(self, number=5, **more):
        await self.desk.was_answered(wanted(number, **more), ACCEPTED)

    async def life(self, number=5):
        found = await self.h.records.reservations.get(ID, number)
        return found and (found.status, found.answer, found.transaction_id)


@pytest.fixture
async def rig():
    h = await harness(Keeper).ready()
    yield Rig(h)
    await h.stop()


async def test_a_reservation_is_asked_for_answered_and_cancelled(rig):
    await rig.desk.was_asked(wanted())
    assert await rig.life() == ("requested", "", None)
    await rig.desk.was_answered(wanted(), ACCEPTED)
    assert await rig.life() == ("reserved", "Accepted", None)
    await rig.desk.was_cancelled(rig.session, 5, ACCEPTED)
    assert await rig.life() == ("cancelled", "Accepted", None)


async def test_the_code_of_an_error_is_the_stations_word(rig):
    await rig.desk.was_answered(wanted(), Reply.error("NotSupported"))
    assert await rig.life() == ("refused", "NotSupported", None)
    await rig.desk.was_answered(wanted(6), Reply.result({"status": 5}))
    assert await rig.life(6) == ("refused", "", None)


async def test_what_has_no_number_is_not_kept(rig):
    await rig.desk.was_asked(None)
    await rig.desk.was_answered(None, ACCEPTED)
    await rig.desk.was_cancelled(rig.session, None, ACCEPTED)
    assert await rig.h.records.reservations.of(ID) == []


async def test_a_fresh_number_is_neither_kept_nor_on_its_way(rig):
    await rig.reserve(7)
    assert [await rig.desk.fresh(ID) for _ in range(3)] == [8, 9, 10]
    assert await rig.desk.fresh("CP002") == 1


async def test_the_only_one_is_found_by_evse_or_token(rig):
    await rig.reserve(1, evse=1)
    await rig.reserve(2, evse=2, token="OTHER")
    assert await rig.desk.only(ID, 1, None) == 1
    assert await rig.desk.only(ID, None, "other") == 2
    with pytest.raises(OperationFailed, match="one of 1, 2"):
        await rig.desk.only(ID, None, None)
    with pytest.raises(OperationFailed, match="no such"):
        await rig.desk.only(ID, 1, "other")
    rig.h.clock.advance(900)
    with pytest.raises(OperationFailed, match="no such"):
        await rig.desk.only(ID, 1, None)


async def test_the_live_ones_are_those_that_may_be_there(rig):
    await rig.reserve(1)
    await rig.reserve(2)
    await rig.desk.was_cancelled(rig.session, 1, ACCEPTED)
    assert await rig.desk.live(ID) == [2]
    assert await rig.desk.live("CP002") == []


async def test_a_start_uses_what_it_names_or_what_is_meant(rig):
    await rig.reserve(5)
    await rig.reserve(6)
    await rig.desk.was_started(rig.session, start(reservation_id=6), None)
    assert await rig.life(6) == ("used", "Accepted", "TX")
    await rig.desk.was_started(rig.session, start(transaction_id="TX2"), None)
    assert await rig.life(5) == ("used", "Accepted", "TX2")


async def test_a_start_that_comes_again_uses_no_second_one(rig):
    await rig.reserve(5)
    await rig.reserve(6)
    for _ in range(2):
        await rig.desk.was_started(rig.session, start(), None)
    assert [(await rig.life(number))[0] for number in (5, 6)] == ["used", "reserved"]


async def test_a_start_from_before_uses_nothing_that_was_reserved_after_it(rig):
    begun = Transaction(identity=ID, transaction_id="TX", version=V, received_at=NOW - 1)
    await rig.h.records.commit(rig.h.records.transactions.put(begun))
    await rig.reserve(5)
    await rig.desk.was_started(rig.session, start(reservation_id=5), None)
    assert (await rig.life())[0] == "reserved"


@pytest.mark.parametrize(("said", "status"), [(None, "reserved"), ("G", "used"), ("H", "reserved")])
async def test_a_group_is_the_one_that_was_answered(rig, said, status):
    await rig.reserve(5, parent="G")
    await rig.desk.was_started(rig.session, start(token="SON"), said)
    assert (await rig.life())[0] == status


async def test_a_group_is_also_the_one_of_the_token(rig):
    await rig.h.records.tokens.put(Token(id="SON", parent="G"))
    await rig.reserve(5, parent="G")
    await rig.desk.was_started(rig.session, start(token="SON"), None)
    assert (await rig.life())[0] == "used"


async def test_a_failing_store_is_told_and_fails_nothing(rig, monkeypatch, caplog):
    async def broken(*_):
        raise StoreFailed("disk")

    await rig.reserve(5)
    monkeypatch.setattr(rig.h.records.reservations, "of", broken)
    await rig.desk.was_started(rig.session, start(), None)
    assert caplog.messages == ["CP001: which reservation a transaction has used is not known: disk"]


async def test_watching_ends_what_is_over_and_goes_on_after_a_failure(rig, monkeypatch, caplog):
    monkeypatch.setattr(reservation_desk, "_LOOK", 0.001)
    get, failures = rig.h.records.reservations.get, ["disk"]

    async def once(*key):
        if failures:
            raise StoreFailed(failures.pop())
        return await get(*key)

    await rig.reserve(5)
    rig.h.clock.advance(900)
    monkeypatch.setattr(rig.h.records.reservations, "get", once)
    watching = asyncio.create_task(rig.desk.watch())
    async with asyncio.timeout(10):
        while [row.status for row in await rig.h.records.reservations.of(ID)] != ["expired"]:
            await asyncio.sleep(0.001)
    watching.cancel()
    assert caplog.messages == ["reservations whose time is over are not noted: disk"]
