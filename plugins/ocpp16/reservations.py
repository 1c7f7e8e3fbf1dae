"""Reservations as OCPP 1.6 tells of them (1.6 5.13, 6.35)."""

from typing import Any

from msgspec.structs import replace

from broker.api import Reservation
from plugins.shared.reservations import CLOCK, Start
from plugins.shared.values import connector, moment, number, text, whole

#: A station's status that ends the reservations of its connector (1.6 5.13).
ENDING = frozenset({"Faulted", "Unavailable"})


def row_of(identity: str, payload: dict[str, Any], now: float) -> Reservation | None:
    """A ReserveNow as a row; None for one without a number, which nobody can name."""
    number = whole(payload.get("reservationId"))
    if number is None:
        return None
    evse, side = connector(payload.get("connectorId"))
    expires = moment(payload.get("expiryDate"))
    return Reservation(
        identity=identity,
        reservation_id=number,
        evse=evse,
        connector=side if evse else None,
        token=text(payload.get("idTag")) or "",
        parent=text(payload.get("parentIdTag")),
        expires=now if expires is None else expires,
        status="requested",
        answer="",
        transaction_id=None,
        created_at=now,
        updated_at=now,
    )


def start_of(payload: dict[str, Any], answered: dict[str, Any]) -> Start:
    """What StartTransaction and its answer say of a reservation."""
    given = number(answered.get("transactionId"))
    return Start(
        transaction_id=None if given is None else str(given),
        reservation_id=whole(payload.get("reservationId")),
        evse=whole(payload.get("connectorId")),
        token=text(payload.get("idTag")) or "",
        at=moment(payload.get("timestamp")),
    )


def ended_by_status(row: Reservation, payload: dict[str, Any], now: float) -> Reservation | None:
    """The row once its connector, or the station, is Faulted or Unavailable; a status from before it says nothing."""
    number, status = whole(payload.get("connectorId")), text(payload.get("status"))
    at = moment(payload.get("timestamp"))
    if row.status != "reserved" or status not in ENDING or number not in (0, row.evse):
        return None
    if at is not None and at < row.created_at - CLOCK:
        return None
    return replace(row, status="removed", answer=status, updated_at=now)
