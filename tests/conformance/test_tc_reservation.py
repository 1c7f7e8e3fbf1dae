"""Reservation: from ReserveNow to each of its ends."""

import time
from datetime import UTC, datetime

import pytest
from cases16 import case
from lab_kit import IDENTITY, PARENT, VALID, VALID_2
from story_kit import an_id, booted, charging, ended, nothing_runs, started, statuses, stopped

ACCEPTED = {"status": "Accepted"}


async def reserved(lab, station, answer="Accepted", *, connector=1, **params):
    """ReserveNow as the operator asks for it; its payload, and the row in the book."""
    asked = station.expect("ReserveNow", {"status": answer})
    told = await lab.do("reserve", connectorId=connector, idTag=VALID, **params)
    payload = await asked
    assert told["status"] == answer
    assert (payload["connectorId"], payload["idTag"]) == (connector, "TAG-VALID")
    assert payload["reservationId"] == told["reservationId"]
    assert datetime.fromisoformat(payload["expiryDate"]) > datetime.now(UTC)
    return payload, await row_of(lab, payload)


async def row_of(lab, payload):
    row = await lab.records.reservations.get(IDENTITY, payload["reservationId"])
    assert (row.token, row.evse) == (VALID, payload["connectorId"])
    return row


@case(
    "046", "ReserveNow with connectorId and idTag; StartTransaction with the reservationId Accepted; used in the book"
)
async def test_tc_046_reservation_of_a_connector_transaction(lab):
    async with lab.station() as station:
        await booted(station)
        payload, row = await reserved(lab, station)
        assert row.status == "reserved"
        await station.status("Reserved")
        transaction = await charging(station, reservationId=payload["reservationId"])
        row = await row_of(lab, payload)
        assert (row.status, row.transaction_id) == ("used", str(transaction))


@case(
    "047",
    "expiryDate is now and the configured 20 s; the connector Available again, the reservation expired in the book",
)
async def test_tc_047_reservation_expires(lab, monkeypatch):
    async with lab.station() as station:
        await booted(station)
        payload, row = await reserved(lab, station, expiresIn=20)
        apart = datetime.fromisoformat(payload["expiryDate"]) - datetime.now(UTC)
        assert 17 <= apart.total_seconds() <= 21
        await station.status("Reserved")
        assert row.status == "reserved"
        monkeypatch.setattr("broker.hooks.context.Clock.now", lambda _: time.time() + 21)
        await station.status("Available")
        assert (await row_of(lab, payload)).status == "expired"
        assert (await statuses(lab))[1] == "Available"
        await nothing_runs(lab)


async def refused(lab, station, answer):
    _, row = await reserved(lab, station, answer)
    assert (row.status, row.answer) == ("refused", answer)


@case("048_1", "ReserveNow with connectorId and idTag; the operator is told Faulted; refused in the book")
async def test_tc_048_1_reservation_of_a_faulted_connector(lab):
    async with lab.station() as station:
        await booted(station)
        await refused(lab, station, "Faulted")


@case("048_2", "ReserveNow is sent though the connector is known to be in use; the operator is told Occupied")
async def test_tc_048_2_reservation_of_an_occupied_connector(lab):
    async with lab.station() as station:
        await booted(station)
        await station.status("Preparing")
        await refused(lab, station, "Occupied")


@case("048_3", "ChangeAvailability Inoperative with connectorId; ReserveNow is sent, the operator is told Unavailable")
async def test_tc_048_3_reservation_of_an_unavailable_connector(lab):
    async with lab.station() as station:
        await booted(station)
        asked = station.expect("ChangeAvailability", ACCEPTED)
        assert (await lab.do("change-availability", connectorId=1, type="Inoperative"))["status"] == "Accepted"
        assert await asked == {"connectorId": 1, "type": "Inoperative"}
        await station.status("Unavailable")
        assert (await statuses(lab))[1] == "Unavailable"
        await refused(lab, station, "Unavailable")


@case("048_4", "ReserveNow with connectorId and idTag; the operator is told Rejected; refused in the book")
async def test_tc_048_4_reservation_rejected(lab):
    async with lab.station() as station:
        await booted(station)
        await refused(lab, station, "Rejected")


@case("049", "ReserveNow of connectorId 0; in the book")
async def test_tc_049_reservation_of_the_charge_point(lab):
    async with lab.station() as station:
        await booted(station)
        payload, row = await reserved(lab, station, connector=0)
        assert payload["connectorId"] == 0
        assert row.status == "reserved"
        await station.status("Reserved")
        assert (await statuses(lab))[1] == "Reserved"


@case("051", "CancelReservation of the one that is reserved, whose number the CSMS knows; cancelled in the book")
async def test_tc_051_cancel_reservation(lab):
    async with lab.station() as station:
        await booted(station)
        payload, _ = await reserved(lab, station)
        assert payload["connectorId"] != 0
        await station.status("Reserved")
        asked = station.expect("CancelReservation", ACCEPTED)
        assert (await lab.do("cancel-reservation", connectorId=1))["status"] == "Accepted"
        assert await asked == {"reservationId": payload["reservationId"]}
        await station.status("Available")
        assert (await row_of(lab, payload)).status == "cancelled"


@pytest.mark.parametrize("by", ["call", "operation"])
@case("052", "A reservationId that nobody has can be sent; the operator is told Rejected, the reservation stays")
async def test_tc_052_cancel_reservation_rejected(lab, by):
    async with lab.station() as station:
        await booted(station)
        payload, _ = await reserved(lab, station)
        await station.status("Reserved")
        other = {"reservationId": payload["reservationId"] + 1}
        asked = station.expect("CancelReservation", {"status": "Rejected"})
        told = await (lab.call("CancelReservation", other) if by == "call" else lab.do("cancel-reservation", **other))
        assert told["status"] == "Rejected"
        assert (await asked)["reservationId"] != payload["reservationId"]
        assert (await row_of(lab, payload)).status == "reserved"


@case("053", "ReserveNow with the idTag's parentIdTag; the other idTag's Authorize Accepted with the same parentIdTag")
async def test_tc_053_use_with_parent_id_tag(lab):
    async with lab.station() as station:
        await booted(station)
        payload, _ = await reserved(lab, station)
        assert payload["connectorId"] != 0
        assert payload["parentIdTag"] == PARENT, "of the token: the operator has named the idTag alone"
        await station.status("Reserved")
        transaction = await charging(station, reservationId=payload["reservationId"])
        info = await station.authorizes(VALID_2)
        assert (info["status"], info["parentIdTag"]) == ("Accepted", payload["parentIdTag"])
        told = await station.stops(transaction, "Local", idTag=VALID_2)
        assert told["idTagInfo"]["status"] == "Accepted"
        assert told["idTagInfo"]["parentIdTag"] == payload["parentIdTag"]
        await station.status("Finishing")
        kept = await ended(lab, transaction, "Local")
        assert (kept.token, kept.stop_token) == (VALID, VALID_2)
        assert (await row_of(lab, payload)).status == "used"
        # The reserved connector may be used by the other tag from the beginning too: no number, the same group.
        payload, _ = await reserved(lab, station)
        await station.status("Reserved")
        second = await started(station, VALID_2)
        row = await row_of(lab, payload)
        assert (row.status, row.transaction_id) == ("used", str(second))
        await stopped(station, second, "Local", idTag=VALID)
        assert an_id({"transactionId": second}) != transaction
