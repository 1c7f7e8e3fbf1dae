"""What becomes of a reservation, whoever asked for it."""

import asyncio

import pytest
from reservation_kit import (
    ID,
    NAMED,
    NOW,
    START,
    TO,
    V,
    cancel,
    life,
    passes,
    reservations,
    reserve,
    row,
    started,
    status,
)

from broker.api import StoreFailed, Token, Transaction, Version
from broker.testing import harness
from plugins.ocpp16.reservation import ReservationProfile
from plugins.shared import reservation_desk


def test_the_profile_owns_its_actions():
    actions = harness(ReservationProfile).plugins.actions()
    assert {(a.version, a.name, a.direction) for a in actions} == {
        (Version.V16, "ReserveNow", TO),
        (Version.V16, "CancelReservation", TO),
    }


async def test_it_is_noted_before_it_goes_out_and_unchanged():
    async with reservations() as h:
        call = await h.forward(V, "ReserveNow", NAMED, direction=TO, origin="api")
        assert call.payload == NAMED
        assert await life(h, 5) == ("requested", "", None)
        h.clock.advance(1)
        await passes(h, "ReserveNow", NAMED, {"status": "Accepted"})
        assert await life(h, 5) == ("reserved", "Accepted", None)
        assert ((await row(h, 5)).created_at, (await row(h, 5)).updated_at) == (NOW, NOW + 1)


async def test_a_reservation_of_an_upstream_is_kept():
    async with reservations() as h:
        await passes(h, "ReserveNow", {**NAMED, "parentIdTag": "G"}, {"status": "Accepted"})
        found = await row(h, 5)
        assert (found.evse, found.connector, found.token, found.parent) == (2, 1, "CARD", "G")
        assert found.expires == NOW + 600
        await passes(h, "CancelReservation", {"reservationId": 5}, {"status": "Rejected"})
        assert await life(h, 5) == ("removed", "Rejected", None)


async def test_one_whose_answer_never_came_ends_all_the_same():
    async with reservations() as h:
        await h.forward(V, "ReserveNow", NAMED, direction=TO, origin="api")
        h.clock.advance(600)
        await status(h, connectorId=2)
        assert await life(h, 5) == ("expired", "", None)


async def test_a_transaction_that_names_it_uses_it():
    async with reservations() as h:
        await reserve(h, connectorId=2)
        await started(h, 77, connectorId=1, idTag="ANOTHER", reservationId=1)
        assert await life(h) == ("used", "Accepted", "77")
        await started(h, 77, connectorId=1, idTag="ANOTHER", reservationId=1)
        await started(h, 78, reservationId=1)
        assert await life(h) == ("used", "Accepted", "77")


async def test_a_reservation_that_nobody_knows_does_no_harm():
    async with reservations() as h:
        await started(h, reservationId=9)
        await started(h, reservationId="x")
        await passes(h, "CancelReservation", {"reservationId": 9}, {"status": "Accepted"})
        assert await h.records.reservations.of(ID) == []


@pytest.mark.parametrize("connector", [0, 1])
async def test_a_transaction_of_its_tag_on_its_connector_uses_it(connector):
    async with reservations() as h:
        await reserve(h, connectorId=connector)
        await started(h, idTag="card")
        assert await life(h) == ("used", "Accepted", "77")


@pytest.mark.parametrize("more", [{"connectorId": 2}, {"idTag": "OTHER"}])
async def test_another_transaction_does_not(more):
    async with reservations() as h:
        await reserve(h, connectorId=1)
        await started(h, **more)
        assert await life(h) == ("reserved", "Accepted", None)


async def test_a_transaction_of_its_group_uses_it():
    async with reservations() as h:
        await h.records.tokens.put(Token(id="SPOUSE", parent="FAMILY"))
        for number in (1, 2):
            await reserve(h, connectorId=number, parentIdTag="Family")
        await started(h, 77, idTag="SPOUSE", connectorId=1)
        await started(h, 78, idTag="UNKNOWN", parent="FAMILY", connectorId=2)
        assert [await life(h, number) for number in (1, 2)] == [
            ("used", "Accepted", "77"),
            ("used", "Accepted", "78"),
        ]


async def test_a_repeated_start_uses_no_second_one():
    async with reservations() as h:
        await reserve(h, connectorId=1)
        await reserve(h, connectorId=0)
        await started(h, 77)
        await started(h, 77)
        assert await life(h, 1) == ("used", "Accepted", "77")
        assert await life(h, 2) == ("reserved", "Accepted", None)


@pytest.mark.parametrize("more", [{}, {"reservationId": 1}])
async def test_a_repeated_start_does_not_use_what_was_reserved_after_it(more):
    async with reservations() as h:
        tx = Transaction(identity=ID, transaction_id="77", version=V, received_at=NOW - 5, start_key="k")
        await h.records.commit(h.records.transactions.started(tx))
        await reserve(h, connectorId=1)
        await started(h, 77, **more)
        assert await life(h) == ("reserved", "Accepted", None)
        await started(h, 78, **more)
        assert await life(h) == ("used", "Accepted", "78")


@pytest.mark.parametrize("more", [{}, {"reservationId": 1}])
async def test_a_start_that_was_not_answered_gets_its_number_later(more):
    async with reservations() as h:
        await reserve(h, connectorId=1)
        await reserve(h, connectorId=0)
        await started(h, None, **more)
        assert await life(h) == ("used", "Accepted", None)
        await started(h, 77, **more)
        assert await life(h) == ("used", "Accepted", "77")
        assert await life(h, 2) == ("reserved", "Accepted", None)


async def test_a_start_that_was_reported_late_has_used_it_all_the_same():
    async with reservations() as h:
        await reserve(h, connectorId=1)
        h.clock.advance(3600)
        await status(h)
        assert await life(h) == ("expired", "Accepted", None)
        await started(h, 77)
        assert await life(h) == ("used", "Accepted", "77")


async def test_a_store_that_cannot_be_read_keeps_no_transaction_from_its_answer(monkeypatch, caplog):
    async with reservations() as h:
        await reserve(h)

        async def broken(*_):
            raise StoreFailed("disk")

        monkeypatch.setattr(h.records.reservations, "get", broken)
        await started(h, reservationId=1)
        assert caplog.messages == [f"{ID}: which reservation a transaction has used is not known: disk"]


@pytest.mark.parametrize("seconds", [899, 900])
async def test_available_again_ends_what_is_over(seconds):
    async with reservations() as h:
        await reserve(h, connectorId=1)
        h.clock.advance(seconds)
        await status(h, connectorId=2)
        assert (await life(h))[0] == ("reserved" if seconds < 900 else "expired")


@pytest.mark.parametrize("state", ["Faulted", "Unavailable"])
async def test_a_connector_that_cannot_be_used_ends_its_reservation(state):
    async with reservations() as h:
        await reserve(h, connectorId=1)
        await reserve(h, connectorId=2)
        await reserve(h, connectorId=0)
        await status(h, status=state)
        assert [(await life(h, number))[0] for number in (1, 2, 3)] == ["removed", "reserved", "reserved"]
        await status(h, connectorId=0, status=state)
        assert [await life(h, number) for number in (2, 3)] == [("removed", state, None)] * 2


@pytest.mark.parametrize("state", ["Reserved", "Preparing", "Charging"])
async def test_no_other_status_costs_a_read(state, monkeypatch):
    async with reservations() as h:
        await reserve(h, connectorId=1)

        async def broken(*_):
            raise AssertionError("read")

        monkeypatch.setattr(h.records.reservations, "of", broken)
        await status(h, status=state)
        assert await life(h) == ("reserved", "Accepted", None)


async def test_a_start_that_names_its_reservation_reads_no_others(monkeypatch):
    async with reservations() as h:
        await reserve(h, connectorId=1)

        async def broken(*_):
            raise AssertionError("read")

        monkeypatch.setattr(h.records.reservations, "of", broken)
        await started(h, reservationId=1)
        assert await life(h) == ("used", "Accepted", "77")


async def test_nothing_stays_reserved_for_ever_when_nobody_says_anything(monkeypatch):
    """The station is away, and there is no message; what the API lists is right all the same."""
    monkeypatch.setattr(reservation_desk, "_LOOK", 0.001)
    async with reservations() as h:
        await reserve(h)
        await h.plugins.start(None)
        await asyncio.sleep(0.01)
        assert (await life(h))[0] == "reserved"
        h.clock.advance(900)
        async with asyncio.timeout(10):
            while (await life(h))[0] != "expired":
                await asyncio.sleep(0.001)


async def test_looking_goes_on_after_a_failure(monkeypatch, caplog):
    monkeypatch.setattr(reservation_desk, "_LOOK", 0.001)
    async with reservations() as h:
        await reserve(h)
        h.clock.advance(900)
        get, failures = h.records.reservations.get, ["disk"]

        async def once(*key):
            if failures:
                raise StoreFailed(failures.pop())
            return await get(*key)

        monkeypatch.setattr(h.records.reservations, "get", once)
        await h.plugins.start(None)
        async with asyncio.timeout(10):
            while [found.status for found in await h.records.reservations.of(ID)] != ["expired"]:
                await asyncio.sleep(0.001)
        assert caplog.messages == ["reservations whose time is over are not noted: disk"]


async def test_no_id_tag_is_logged(caplog):
    caplog.set_level("DEBUG")
    async with reservations() as h:
        await reserve(h, idTag="SECRETTAG")
        await started(h, idTag="SECRETTAG")
        await cancel(h, reservationId=1)
    assert "SECRETTAG" not in caplog.text
    assert START["idTag"] not in caplog.text


async def test_a_status_costs_nothing_for_each_reservation_that_has_ended_before(monkeypatch):
    async with reservations() as h:
        for number in (3, 4, 5):
            await passes(h, "ReserveNow", {**NAMED, "reservationId": number}, {"status": "Accepted"})
        for number in (3, 4):
            await passes(h, "CancelReservation", {"reservationId": number}, {"status": "Accepted"})
        looked_at, get = [], h.records.reservations.get

        async def watched(identity, number):
            looked_at.append(number)
            return await get(identity, number)

        monkeypatch.setattr(h.records.reservations, "get", watched)
        await status(h, status="Faulted", connectorId=2)
        assert looked_at == [5]
        assert await life(h, 5) == ("removed", "Faulted", None)
