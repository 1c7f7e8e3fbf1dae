"""What an operator asks for."""

import asyncio

import pytest
from pydantic import ValidationError
from reservation_kit import NAMED, V, cancel, life, passes, reservations, reserve, status

from broker.api import OperationFailed, Reply, StationRefused, Token
from broker.hooks import PluginError
from broker.testing import harness
from plugins.ocpp16.reservation import ReservationProfile

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
        await reserve(h, parentIdTag=None)
        assert "parentIdTag" not in h.session(V).sent[3][1]


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
