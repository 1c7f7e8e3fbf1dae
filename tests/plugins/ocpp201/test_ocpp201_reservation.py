import asyncio

import pytest
from ocpp201_reservation_kit import ASK, CARD, ID, NOW, TO, reservations
from pydantic import ValidationError

from broker.api import Direction, OperationFailed, Reply, StationRefused, StoreFailed, Token, Transaction, Version
from broker.hooks import PluginError
from broker.testing import harness
from plugins.ocpp201.reservation.plugin import Reservations
from plugins.ocpp201.versions import V2
from plugins.shared import reservation_desk

pytestmark = pytest.mark.parametrize("version", V2)
GROUP = {"idToken": "FAMILY", "type": "Central"}


def test_the_block_owns_its_actions(version):
    found = {(a.name, a.direction) for a in harness(Reservations).plugins.actions() if a.version == Version(version)}
    assert found == {
        ("ReserveNow", TO),
        ("CancelReservation", TO),
        ("ReservationStatusUpdate", Direction.FROM_STATION),
    }


def test_the_time_is_above_0(version):
    with pytest.raises(PluginError, match="expires_in"):
        harness(Reservations, expires_in=0)


# --- reserve ----------------------------------------------------------------------------------------------------------


async def test_any_evse_is_reserved_where_none_is_named(version):
    async with reservations(version) as desk:
        assert await desk.reserve() == {
            "status": "Accepted", "reservationId": 1, "expiryDateTime": "2026-01-01T00:15:00Z",
        }  # fmt: skip
        assert desk.sent == [("ReserveNow", {"id": 1, "expiryDateTime": "2026-01-01T00:15:00Z", "idToken": CARD})]
        assert ((await desk.row(1)).evse, (await desk.row(1)).token) == (0, "CARD")


async def test_all_that_is_given_is_sent(version):
    given = {**ASK, "connectorType": "cCCS2", "groupIdToken": GROUP, "idToken": {"idToken": "X", "type": "eMAID"}}
    async with reservations(version) as desk:
        await desk.reserve(**given)
        assert desk.sent == [("ReserveNow", given)]
        row = await desk.row()
        assert (row.evse, row.token, row.parent, row.expires) == (2, "X", "FAMILY", NOW + 600)
        assert await desk.life() == ("reserved", "Accepted", None)


async def test_a_known_token_comes_with_its_type_and_its_group(version):
    async with reservations(version, expires_in=60) as desk:
        await desk.h.records.tokens.put(Token(id="CARD", type="ISO14443", parent="FAMILY"))
        await desk.reserve(evseId=1, reservationId=9)
        assert desk.sent[0][1] == {
            "id": 9,
            "expiryDateTime": "2026-01-01T00:01:00Z",
            "evseId": 1,
            "idToken": {"idToken": "CARD", "type": "ISO14443"},
            "groupIdToken": GROUP,
        }
        await desk.reserve(groupIdToken=None)
        assert "groupIdToken" not in desk.sent[1][1]


async def test_each_reservation_has_a_number_of_its_own(version):
    async with reservations(version) as desk:
        await desk.passes("ReserveNow", {**ASK, "id": 7}, "Accepted")
        assert [(await desk.reserve())["reservationId"] for _ in range(2)] == [8, 9]


@pytest.mark.parametrize("word", ["Faulted", "Occupied", "Rejected", "Unavailable"])
async def test_a_station_may_refuse(version, word):
    async with reservations(version) as desk:
        desk.station.replies["ReserveNow"] = Reply.result({"status": word})
        assert (await desk.reserve(id=5))["status"] == word
        assert await desk.life() == ("refused", word, None)


async def test_a_station_without_reservations_says_so(version):
    async with reservations(version) as desk:
        desk.station.replies["ReserveNow"] = Reply.error("NotSupported")
        with pytest.raises(StationRefused):
            await desk.reserve(id=5)
        assert await desk.life() == ("refused", "NotSupported", None)


async def test_a_time_beyond_the_calendar_is_an_error(version):
    async with reservations(version) as desk:
        with pytest.raises(OperationFailed, match="calendar"):
            await desk.reserve(expiresIn=1e15)
        assert desk.sent == []


async def test_it_is_noted_before_it_goes_out(version):
    async with reservations(version) as desk:
        call = await desk.h.forward(version, "ReserveNow", ASK, direction=TO, origin="api")
        assert call.payload == ASK
        assert await desk.life() == ("requested", "", None)


async def test_a_pin_is_not_kept(version):
    async with reservations(version) as desk:
        await desk.reserve(id=5, idToken={"idToken": "1234", "type": "KeyCode"})
        assert desk.sent[0][1]["idToken"]["idToken"] == "1234"
        assert (await desk.row()).token == ""


# --- cancel -----------------------------------------------------------------------------------------------------------


async def test_a_reservation_is_cancelled_by_its_number(version):
    async with reservations(version) as desk:
        await desk.reserve(id=5)
        assert await desk.cancel(reservationId=5) == {"status": "Accepted", "reservationId": 5}
        assert desk.sent[1] == ("CancelReservation", {"reservationId": 5})
        assert await desk.life() == ("cancelled", "Accepted", None)


async def test_a_number_that_nobody_knows_is_sent_all_the_same(version):
    async with reservations(version) as desk:
        desk.station.replies["CancelReservation"] = Reply.result({"status": "Rejected"})
        assert await desk.cancel(id=99) == {"status": "Rejected", "reservationId": 99}


async def test_a_reservation_is_known_by_its_evse_or_token(version):
    async with reservations(version) as desk:
        await desk.reserve(evseId=1)
        await desk.reserve(evseId=2, idToken="OTHER")
        assert (await desk.cancel(evseId=2))["reservationId"] == 2
        assert (await desk.cancel(idToken="card"))["reservationId"] == 1
        with pytest.raises(OperationFailed, match="no such"):
            await desk.cancel()


async def test_where_it_may_be_several_their_numbers_are_told(version):
    async with reservations(version) as desk:
        await desk.reserve(evseId=1)
        await desk.reserve(evseId=2)
        with pytest.raises(OperationFailed, match="one of 1, 2"):
            await desk.cancel()


# --- the end ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("word", "status"), [("Expired", "expired"), ("Removed", "removed")])
async def test_the_station_tells_how_it_ended(version, word, status):
    async with reservations(version) as desk:
        await desk.reserve(id=5)
        await desk.update(status=word)
        assert await desk.life() == (status, word, None)


@pytest.mark.parametrize("number", [None, "x", 99, [], 2**70])
async def test_an_end_of_no_reservation_changes_nothing(version, number):
    async with reservations(version) as desk:
        await desk.reserve(id=5)
        await desk.update(number, "Removed")
        assert await desk.life() == ("reserved", "Accepted", None)


async def test_a_reservation_ends_with_its_time_while_nobody_says_anything(version, monkeypatch):
    monkeypatch.setattr(reservation_desk, "_LOOK", 0.001)
    async with reservations(version) as desk:
        await desk.reserve(id=5)
        await desk.h.plugins.start(None)
        desk.h.clock.advance(900)
        async with asyncio.timeout(10):
            while (await desk.life())[0] != "expired":
                await asyncio.sleep(0.001)


async def test_a_transaction_that_names_it_uses_it(version):
    async with reservations(version) as desk:
        await desk.reserve(id=5, evseId=2)
        await desk.event(reservationId=5, idToken=None)
        assert await desk.life() == ("used", "Accepted", "TX1")


@pytest.mark.parametrize("token", [CARD, {"idToken": "card", "type": "ISO14443"}])
async def test_a_transaction_that_names_none_uses_that_of_its_token(version, token):
    async with reservations(version) as desk:
        await desk.reserve(id=5, evseId=2)
        await desk.event(evse={"id": 1}, idToken=token)
        assert (await desk.life())[0] == "reserved"
        await desk.event(idToken=token)
        assert await desk.life() == ("used", "Accepted", "TX1")


async def test_a_transaction_uses_the_reservation_of_its_group(version):
    async with reservations(version) as desk:
        await desk.reserve(id=5, groupIdToken="FAMILY")
        info = {"status": "Accepted", "groupIdToken": GROUP}
        await desk.event({"idTokenInfo": info}, idToken={"idToken": "SON", "type": "Central"})
        assert await desk.life() == ("used", "Accepted", "TX1")


async def test_an_event_that_comes_again_uses_no_second_one(version):
    async with reservations(version) as desk:
        await desk.reserve(id=5)
        await desk.reserve(id=6)
        await desk.event()
        await desk.event()
        assert [(await desk.life(number))[0] for number in (5, 6)] == ["used", "reserved"]


async def test_a_transaction_from_before_the_reservation_does_not_use_it(version):
    async with reservations(version) as desk:
        begun = Transaction(identity=ID, transaction_id="TX1", version=version, received_at=NOW - 10)
        await desk.h.records.commit(desk.h.records.transactions.put(begun))
        await desk.reserve(id=5)
        await desk.event(reservationId=5)
        assert (await desk.life())[0] == "reserved"


@pytest.mark.parametrize("more", [{"eventType": "Ended"}, {"triggerReason": "StopAuthorized"}, {"idToken": None}])
async def test_what_stops_or_measures_uses_no_reservation_that_it_does_not_name(version, more):
    async with reservations(version) as desk:
        await desk.reserve(id=5)
        await desk.event(**more)
        assert (await desk.life())[0] == "reserved"


async def test_a_store_that_cannot_be_read_keeps_no_event_from_its_answer(version, monkeypatch, caplog):
    async with reservations(version) as desk:
        await desk.reserve(id=5)

        async def broken(*_):
            raise StoreFailed("disk")

        monkeypatch.setattr(desk.h.records.reservations, "get", broken)
        await desk.event(reservationId=5)
        assert "disk" in caplog.text


@pytest.mark.parametrize("odd", [None, 4, "x", [], {"idToken": 4}])
async def test_what_cannot_be_read_harms_nothing(version, odd):
    async with reservations(version) as desk:
        await desk.reserve(id=5)
        await desk.event({"idTokenInfo": odd}, idToken=odd or {}, evse=odd or {}, transactionInfo=odd or {})
        await desk.passes("ReserveNow", {"id": odd, "idToken": odd}, "Accepted")
        await desk.passes("CancelReservation", {"reservationId": odd}, "Accepted")
        assert (await desk.life())[0] == "reserved"


async def test_what_others_do_is_known_too(version):
    async with reservations(version) as desk:
        desk.station.answers = "csms"
        await desk.passes("ReserveNow", {**ASK, "groupIdToken": GROUP}, "Accepted")
        assert ((await desk.row()).evse, (await desk.row()).parent) == (2, "FAMILY")
        await desk.passes("CancelReservation", {"reservationId": 5}, "Rejected")
        assert await desk.life() == ("removed", "Rejected", None)


async def test_no_id_token_is_logged(version, caplog):
    caplog.set_level("DEBUG")
    async with reservations(version) as desk:
        await desk.reserve(idToken="SECRETTAG")
        await desk.event(idToken={"idToken": "SECRETTAG", "type": "Central"})
        await desk.cancel(id=1)
        with pytest.raises(ValidationError):
            await desk.reserve(idToken={"idToken": "SECRETTAG", "x": 1})
    assert "SECRETTAG" not in caplog.text
