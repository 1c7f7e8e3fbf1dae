"""H, reservation: from ReserveNow to each of its ends."""

from datetime import UTC, datetime

import pytest
from cases201 import case201
from lab2_kit import GROUP, ISO15693, VALID, VALID_2
from later_kit import comes
from story2_kit import Charge, ahead, booted, nothing_runs, statuses


async def reserved(lab, station, *, answer="Accepted", token=ISO15693, evse=1, group=None, **params):
    """ReserveNow as the operator asks for it; its number. `group` is what the CSMS adds."""
    place = {} if evse is None else {"evseId": evse}
    asked = station.expect("ReserveNow", {"status": answer})
    told = await lab.do("reserve", idToken=token, **place, **params)
    payload = await asked
    number, expiry = payload.pop("id"), payload.pop("expiryDateTime")
    assert told == {"status": answer, "reservationId": number, "expiryDateTime": expiry}
    assert number > 0
    assert datetime.fromisoformat(expiry) > datetime.now(UTC)
    wanted = {name: value for name, value in params.items() if value and name in ("connectorType", "groupIdToken")}
    assert payload == {"idToken": token, **place, **({"groupIdToken": group} if group else {}), **wanted}
    kept = await row(lab, number)
    assert (kept.token, kept.evse, kept.answer) == (token["idToken"], evse or 0, answer)
    assert abs(kept.expires - datetime.fromisoformat(expiry).timestamp()) < 1
    assert kept.status == ("reserved" if answer == "Accepted" else "refused")
    return number


async def row(lab, number):
    return await lab.records.reservations.get(lab.identity, number)


async def state(lab, number):
    kept = await row(lab, number)
    return kept.status, kept.transaction_id


async def used(lab, station, number, *, token=ISO15693, evse=1, **info):
    """A transaction that names the reservation."""
    charge = Charge(lab, station, evse=evse, token=token)
    assert (await station.authorizes(token))["status"] == "Accepted"
    told = await charge.event("Started", "Authorized", token=token, reservationId=number)
    assert told["idTokenInfo"]["status"] == "Accepted"
    await station.connector("Occupied", evse=evse)
    await charge.goes_on("CablePluggedIn", state="EVConnected")
    await charge.energy_started()
    await charge.runs()
    await comes(lambda: state(lab, number), ("used", charge.id))
    return told


async def shown(lab, station, status, *evses):
    for evse in evses:
        await station.connector(status, evse=evse)
        assert (await statuses(lab))[evse] == status


@case201("H_01", "ReserveNow with evseId and idToken, without connectorType; the transaction that uses it in the book")
async def test_tc_h_01_reserve_specific_evse(lab):
    async with lab.station() as station:
        await booted(station)
        number = await reserved(lab, station)
        await shown(lab, station, "Reserved", 1)
        await used(lab, station, number)
        expiry = ahead(5)
        number = await reserved(lab, station, evse=2, expiryDateTime=expiry, id=4711)
        assert number == 4711
        assert (await row(lab, number)).expires == datetime.fromisoformat(expiry).timestamp()


@case201("H_07", "ReserveNow with evseId, expiryDateTime as configured; ReservationStatusUpdate Expired: in the book")
async def test_tc_h_07_reservation_ended_and_not_used(lab):
    async with lab.station() as station:
        await booted(station)
        number = await reserved(lab, station, expiresIn=20)
        lasts = (await row(lab, number)).expires - datetime.now(UTC).timestamp()
        assert 17 <= lasts <= 20
        await shown(lab, station, "Reserved", 1)
        await station.tells("ReservationStatusUpdate", reservationId=number, reservationUpdateStatus="Expired")
        await shown(lab, station, "Available", 1)
        await comes(lambda: state(lab, number), ("expired", None))
        await nothing_runs(lab)


@pytest.mark.parametrize("answer", ["Rejected", "Faulted", "Occupied", "Unavailable"])
@case201("H_22", "ReserveNow; Rejected, and each other refusal, is told to the operator; refused in the book")
async def test_tc_h_22_reservation_rejected(lab, answer):
    async with lab.station() as station:
        await booted(station)
        await reserved(lab, station, answer=answer)


@pytest.mark.parametrize("given", [{}, {"groupIdToken": GROUP}])
@case201("H_19", "ReserveNow with evseId, idToken and groupIdToken; another idToken of the group uses it: in the book")
async def test_tc_h_19_use_with_group_id(lab, given):
    async with lab.station() as station:
        await booted(station)
        number = await reserved(lab, station, token=VALID, group=GROUP, **given)
        assert (await row(lab, number)).parent == GROUP["idToken"]
        await shown(lab, station, "Reserved", 1)
        told = await used(lab, station, number, token=VALID_2)
        assert told["idTokenInfo"]["groupIdToken"] == GROUP


@case201("H_08", "ReserveNow with idToken, without evseId and connectorType; it is used at any EVSE")
async def test_tc_h_08_reserve_unspecified_evse(lab):
    async with lab.station() as station:
        await booted(station)
        number = await reserved(lab, station, evse=None)
        await used(lab, station, number, evse=2)


@case201("H_14", "As many ReserveNow without evseId as EVSEs, all Reserved then; Occupied for one more is told")
async def test_tc_h_14_as_many_reservations_as_evses(lab):
    async with lab.station() as station:
        await booted(station)
        first = await reserved(lab, station, evse=None)
        second = await reserved(lab, station, evse=None, token=VALID, group=GROUP)
        assert first != second
        await shown(lab, station, "Reserved", 1, 2)
        third = await reserved(lab, station, evse=None, token=VALID_2, group=GROUP, answer="Occupied")
        assert [(await row(lab, one)).status for one in (first, second, third)] == ["reserved", "reserved", "refused"]
        await used(lab, station, first)
        assert await state(lab, second) == ("reserved", None)


@case201("H_15", "ReserveNow with connectorType and idToken, without evseId; the transaction that uses it in the book")
async def test_tc_h_15_reserve_connector_type(lab):
    async with lab.station() as station:
        await booted(station)
        number = await reserved(lab, station, evse=None, connectorType="cType2")
        await shown(lab, station, "Reserved", 1, 2)
        await used(lab, station, number)


@pytest.mark.parametrize("by", ["reservationId", "evseId", "idToken"])
@case201("H_17", "ReserveNow with evseId; CancelReservation with its id; Accepted told, cancelled in the book")
async def test_tc_h_17_cancel_reservation(lab, by):
    async with lab.station() as station:
        await booted(station)
        other = await reserved(lab, station, evse=2, token=VALID, groupIdToken=None)
        number = await reserved(lab, station)
        await shown(lab, station, "Reserved", 1)
        asked = station.expect("CancelReservation", {"status": "Accepted"})
        named = {"reservationId": number, "evseId": 1, "idToken": ISO15693["idToken"]}
        told = await lab.do("cancel-reservation", **{by: named[by]})
        assert told == {"status": "Accepted", "reservationId": number}
        assert await asked == {"reservationId": number}
        await shown(lab, station, "Available", 1)
        assert (await row(lab, number)).status == "cancelled"
        assert (await row(lab, other)).status == "reserved"


@case201("H_20", "ReserveNow with evseId; the connector Faulted, ReservationStatusUpdate Removed: removed in the book")
async def test_tc_h_20_removed_when_faulted(lab):
    async with lab.station() as station:
        await booted(station)
        number = await reserved(lab, station)
        await shown(lab, station, "Reserved", 1)
        await shown(lab, station, "Faulted", 1)
        await station.tells("ReservationStatusUpdate", reservationId=number, reservationUpdateStatus="Removed")
        await comes(lambda: state(lab, number), ("removed", None))
