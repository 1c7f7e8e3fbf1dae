import asyncio

import pytest
from pydantic import ValidationError
from reservation_kit import ID, NOW, START, TO, V, cancel, life, passes, reservations, reserve, row, started, status

from broker.api import OperationFailed, Reply, StationRefused, StoreFailed, Token, Transaction, Version
from broker.hooks import PluginError
from broker.testing import harness
from plugins.ocpp16 import reservation
from plugins.ocpp16.reservation import ReservationProfile

NAMED = {"connectorId": 2, "expiryDate": "2026-01-01T00:10:00Z", "idTag": "CARD", "reservationId": 5}


# --- reserve ----------------------------------------------------------------------------------------------------------


async def test_what_is_left_out_the_plugin_chooses():
    async with reservations() as h:
        result = await reserve(h)
        assert result == {"status": "Accepted", "reservationId": 1, "expiryDate": "2026-01-01T00:15:00Z"}
        payload = {"connectorId": 0, "idTag": "CARD", "reservationId": 1, "expiryDate": "2026-01-01T00:15:00Z"}
        assert h.session(V).sent == [("ReserveNow", payload)]


async def test_what_is_given_is_sent():
    given = {
        "connectorId": 3,
        "idTag": "CARD",
        "parentIdTag": "GROUP",
        "expiryDate": "2020-01-01T01:00:00+01:00",
        "reservationId": -4,
    }
    async with reservations() as h:
        result = await reserve(h, **given)
        assert h.session(V).sent == [("ReserveNow", given)]
        assert result == {"status": "Accepted", "reservationId": -4, "expiryDate": given["expiryDate"]}


@pytest.mark.parametrize(
    ("params", "config", "expiry"),
    [
        ({"expiresIn": 20}, {}, "2026-01-01T00:00:20Z"),
        ({"expiresIn": -60}, {}, "2025-12-31T23:59:00Z"),
        ({"expiresIn": 0}, {}, "2026-01-01T00:00:00Z"),
        ({}, {"expires_in": 60}, "2026-01-01T00:01:00Z"),
        ({"expiryDate": "2026-02-01T00:00:00Z", "expiresIn": 20}, {}, "2026-02-01T00:00:00Z"),
    ],
)
async def test_it_ends_when_somebody_says(params, config, expiry):
    async with reservations(**config) as h:
        assert (await reserve(h, **params))["expiryDate"] == expiry


@pytest.mark.parametrize("seconds", [1e15, -1e15, 1e300])
async def test_an_end_beyond_the_calendar_is_refused(seconds):
    async with reservations() as h:
        with pytest.raises(OperationFailed, match="calendar"):
            await reserve(h, expiresIn=seconds)
        assert h.session(V).sent == []


def test_the_configured_time_is_not_nothing():
    with pytest.raises(PluginError, match=r"reservation\.expires_in"):
        harness(ReservationProfile, expires_in=0)


async def test_the_group_is_the_one_that_authorize_tells():
    async with reservations() as h:
        await h.records.tokens.put_many([Token(id="card", parent="FAMILY"), Token(id="LONG", parent="G" * 21)])
        await reserve(h)
        assert h.session(V).sent[0][1]["parentIdTag"] == "FAMILY"
        await reserve(h, parentIdTag="OTHER")
        assert h.session(V).sent[1][1]["parentIdTag"] == "OTHER"
        await reserve(h, idTag="LONG")
        assert "parentIdTag" not in h.session(V).sent[2][1]


async def test_each_reservation_has_a_number_of_its_own():
    async with reservations() as h:
        await passes(h, "ReserveNow", {**NAMED, "reservationId": 41}, {"status": "Accepted"})
        assert [(await reserve(h))["reservationId"] for _ in range(2)] == [42, 43]
        together = await asyncio.gather(*(reserve(h) for _ in range(5)))
        assert sorted(result["reservationId"] for result in together) == [44, 45, 46, 47, 48]


@pytest.mark.parametrize("answer", ["Faulted", "Occupied", "Unavailable", "Rejected"])
async def test_a_refusal_is_reported_and_kept(answer):
    async with reservations() as h:
        h.session(V).replies["ReserveNow"] = Reply.result({"status": answer})
        assert (await reserve(h))["status"] == answer
        assert await life(h) == ("refused", answer, None)


async def test_an_error_of_the_station_is_quoted_and_kept():
    async with reservations() as h:
        h.session(V).replies["ReserveNow"] = Reply.error("NotSupported", "no reservations")
        with pytest.raises(StationRefused, match="NotSupported: no reservations"):
            await reserve(h)
        assert await life(h) == ("refused", "NotSupported", None)


async def test_a_busy_connector_a_blocked_tag_and_a_reserved_connector_are_the_stations_to_judge():
    async with reservations() as h:
        await h.records.tokens.put(Token(id="CARD", status="Blocked"))
        await status(h, status="Preparing")
        await reserve(h, connectorId=1)
        await reserve(h, connectorId=1)
        assert len(h.session(V).sent) == 2


async def test_wrong_parameters_reach_no_station():
    async with reservations() as h:
        with pytest.raises(ValidationError):
            await reserve(h, connectorId="one")
        assert h.session(V).sent == []


# --- cancel-reservation -----------------------------------------------------------------------------------------------


async def test_any_number_can_be_cancelled():
    async with reservations() as h:
        await reserve(h)
        h.session(V).replies["CancelReservation"] = Reply.result({"status": "Rejected"})
        assert await cancel(h, reservationId=999) == {"status": "Rejected", "reservationId": 999}
        assert h.session(V).sent[1] == ("CancelReservation", {"reservationId": 999})
        assert await life(h) == ("reserved", "Accepted", None)


@pytest.mark.parametrize("params", [{}, {"connectorId": 2}, {"idTag": "other"}, {"connectorId": 2, "idTag": "OTHER"}])
async def test_a_reservation_is_found_by_what_it_is_for(params):
    async with reservations() as h:
        await reserve(h, reservationId=3, connectorId=1)
        await reserve(h, reservationId=4, connectorId=2, idTag="OTHER")
        if not params:
            await cancel(h, reservationId=3)
        assert await cancel(h, **params) == {"status": "Accepted", "reservationId": 4}
        assert await life(h, 4) == ("cancelled", "Accepted", None)


@pytest.mark.parametrize("params", [{}, {"connectorId": 0}, {"idTag": "CARD"}])
async def test_what_may_be_several_is_not_guessed(params):
    async with reservations() as h:
        await reserve(h)
        await reserve(h)
        with pytest.raises(OperationFailed) as caught:
            await cancel(h, **params)
        assert str(caught.value) == "that may be several: give the reservationId, one of 1, 2"
        assert len(h.session(V).sent) == 2


async def test_what_is_not_there_is_not_found():
    async with reservations() as h:
        await reserve(h)
        h.session(V).replies["ReserveNow"] = Reply.result({"status": "Occupied"})
        await reserve(h, connectorId=2)
        for params in ({"connectorId": 2}, {"idTag": "SECRET"}, {"connectorId": 1}):
            with pytest.raises(OperationFailed) as caught:
                await cancel(h, **params)
            assert "SECRET" not in str(caught.value)
        h.clock.advance(900)
        with pytest.raises(OperationFailed, match="no such reservation is known"):
            await cancel(h)


async def test_an_error_cancels_nothing():
    async with reservations() as h:
        await reserve(h)
        h.session(V).replies["CancelReservation"] = Reply.error("InternalError")
        with pytest.raises(StationRefused):
            await cancel(h)
        assert await life(h) == ("reserved", "Accepted", None)


# --- what happens, whoever asked --------------------------------------------------------------------------------------


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


async def test_nothing_stays_reserved_for_ever_when_nobody_says_anything(monkeypatch):
    """The station is away, and there is no message; what the API lists is right all the same."""
    monkeypatch.setattr(reservation, "_LOOK", 0.001)
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
    monkeypatch.setattr(reservation, "_LOOK", 0.001)
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
            while (await life(h))[0] != "expired":
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
