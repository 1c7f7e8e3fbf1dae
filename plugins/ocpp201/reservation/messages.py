"""Reservations as OCPP 2.x tells of them (H01 to H04)."""

from typing import Any

from msgspec.structs import replace

from broker.api import Reservation
from plugins.shared.reservations import LIVE, Start
from plugins.shared.values import moment, text, whole

#: ReservationUpdateStatusEnumType, and what has become of the reservation then.
_ENDS = {"Expired": "expired", "Removed": "removed", "NoTransaction": "removed"}  # the last one in 2.1


def row_of(identity: str, payload: dict[str, Any], now: float) -> Reservation | None:
    """A ReserveNow as a row; None for one without a number, which nobody can name."""
    number = whole(payload.get("id"))
    if number is None:
        return None
    expires = moment(payload.get("expiryDateTime"))
    return Reservation(
        identity=identity,
        reservation_id=number,
        evse=whole(payload.get("evseId")) or 0,
        token=_id_of(payload.get("idToken")) or "",
        parent=_id_of(payload.get("groupIdToken")),
        expires=now if expires is None else expires,
        status="requested",
        created_at=now,
        updated_at=now,
    )


def start_of(payload: dict[str, Any]) -> Start | None:
    """What a TransactionEvent says of a reservation; None where it cannot be the one that has used it.

    It names the reservation (H03); a station that forgets to uses that of the idToken that it has authorized.
    """
    number = whole(payload.get("reservationId"))
    stops = payload.get("eventType") == "Ended" or payload.get("triggerReason") == "StopAuthorized"
    if number is None and (stops or "idToken" not in payload):
        return None
    info, evse = payload.get("transactionInfo"), payload.get("evse")
    return Start(
        transaction_id=text(info.get("transactionId")) if isinstance(info, dict) else None,
        reservation_id=number,
        evse=whole(evse.get("id")) if isinstance(evse, dict) else None,
        token=_id_of(payload.get("idToken")) or "",
        at=moment(payload.get("timestamp")),
    )


def group_of(answer: dict[str, Any]) -> str | None:
    """The group that the answer to a TransactionEvent names."""
    info = answer.get("idTokenInfo")
    return _id_of(info.get("groupIdToken")) if isinstance(info, dict) else None


def updated(row: Reservation, status: str | None, now: float) -> Reservation | None:
    """The row once the station has told its end (H04); None: that is known already, or it is no end."""
    after = _ENDS.get(status or "")
    pending = row.status == "used" and row.transaction_id is None
    if after is None or not (row.status in LIVE or (pending and status == "NoTransaction")):
        return None
    return replace(row, status=after, answer=status or "", updated_at=now)


def _id_of(id_token: Any) -> str | None:
    """An idToken as it is kept; a PIN is not (C04.FR.04)."""
    if not isinstance(id_token, dict) or id_token.get("type") == "KeyCode":
        return None
    return text(id_token.get("idToken"))
