"""The life of a reservation (1.6 5.2, 5.13), as pure functions over its row.

requested -> reserved | refused; reserved -> used | cancelled | expired | removed. Where the station's answer was never
seen the reservation may be there all the same, so a requested one ends as a reserved one does.
"""

from collections.abc import Collection, Iterable
from typing import Any

from msgspec.structs import replace

from broker.api import Reservation
from plugins.shared.ci_string import folded
from plugins.shared.values import connector, moment, text, whole

#: What may still be there at the station.
LIVE = frozenset({"requested", "reserved"})
#: A station's status that ends the reservations of its connector (1.6 5.13).
ENDING = frozenset({"Faulted", "Unavailable"})
#: Seconds after its end in which a reservation may still turn out to have been used: a station reports a transaction
#: late when it was offline.
LATE = 86_400.0
#: Seconds by which a station's clock may be behind.
_CLOCK = 60.0
_LARGEST = 2**31 - 1


def fresh_id(taken: Collection[int]) -> int:
    """A positive reservationId of 32 bits that is not taken: the next one, as long as there is a next one."""
    following = max((number for number in taken if number > 0), default=0) + 1
    return following if following <= _LARGEST else next(number for number in range(1, _LARGEST) if number not in taken)


def awaited(row: Reservation) -> bool:
    """Whether something is still to come: its end, the transaction that it was used for, or the number of that."""
    return row.status in LIVE or row.status == "expired" or (row.status == "used" and row.transaction_id is None)


def ends(row: Reservation) -> float:
    """When its time is over."""
    return row.created_at if row.expires is None else row.expires


def next_look(row: Reservation) -> float:
    """When something has to be done about an awaited reservation, if nothing happens before."""
    return ends(row) if row.status in LIVE else ends(row) + LATE


def asked(before: Reservation | None, identity: str, payload: dict[str, Any], now: float) -> Reservation | None:
    """The row once ReserveNow is on its way; None: as it was. Only an answer replaces a reservation that is there."""
    if before is not None and before.status == "reserved":
        return None
    return _row(identity, payload, now)


def answered(
    before: Reservation | None, identity: str, payload: dict[str, Any], answer: str, now: float
) -> Reservation | None:
    """The row once ReserveNow is answered; the same reservationId again replaces what was there (1.6 5.13)."""
    if before is not None and before.status == "reserved" and answer != "Accepted":
        return replace(before, answer=answer, updated_at=now)
    row = _row(identity, payload, now)
    if row is None:
        return None
    since = before.created_at if before is not None and before.status == "requested" else now
    return replace(row, status="reserved" if answer == "Accepted" else "refused", answer=answer, created_at=since)


def cancelled(row: Reservation, answer: str, now: float) -> Reservation | None:
    """The row once CancelReservation is answered: Rejected says that the station has none of this number (1.6 5.2)."""
    if answer == "Accepted" and row.status not in ("used", "cancelled"):
        return replace(row, status="cancelled", answer=answer, updated_at=now)
    if answer == "Rejected" and row.status in LIVE:
        return replace(row, status="removed", answer=answer, updated_at=now)
    return None


def expired(row: Reservation, now: float) -> Reservation | None:
    """The row once its time is over; None: it is not, or the reservation has ended otherwise."""
    if row.status not in LIVE or ends(row) > now:
        return None
    return replace(row, status="expired", updated_at=now)


def ended_by_status(row: Reservation, payload: dict[str, Any], now: float) -> Reservation | None:
    """The row once its connector, or the station, is Faulted or Unavailable; a status from before it says nothing."""
    number, status = whole(payload.get("connectorId")), text(payload.get("status"))
    at = moment(payload.get("timestamp"))
    if row.status != "reserved" or status not in ENDING or number not in (0, row.evse):
        return None
    if at is not None and at < row.created_at - _CLOCK:
        return None
    return replace(row, status="removed", answer=status, updated_at=now)


def used(row: Reservation, transaction_id: str | None, now: float) -> Reservation | None:
    """The row once a transaction has used it; None: that is known already."""
    if row.status == "used" and (row.transaction_id is not None or transaction_id is None):
        return None
    return replace(row, status="used", transaction_id=transaction_id, updated_at=now)


def meant(rows: Iterable[Reservation], payload: dict[str, Any], parents: Collection[str]) -> Reservation | None:
    """The reservation that a StartTransaction without a reservationId uses: same connector, same idTag or group.

    The connector's own before one for any, the idTag's own before one of its group, the oldest first.
    """
    tag, number = folded(text(payload.get("idTag")) or ""), whole(payload.get("connectorId"))
    groups = {folded(parent) for parent in parents}
    found: list[tuple[bool, bool, float, Reservation]] = []
    for row in rows:
        by_tag = tag != "" and folded(row.token) == tag
        by_group = row.parent is not None and folded(row.parent) in groups
        if row.evse in (0, number) and (by_tag or by_group) and _within(row, moment(payload.get("timestamp"))):
            found.append((row.evse == 0, not by_tag, row.created_at, row))
    return min(found, key=lambda one: one[:3])[3] if found else None


def _within(row: Reservation, started: float | None) -> bool:
    """Whether a transaction that began then can have used it."""
    if started is None:
        return awaited(row) and row.status != "expired"
    return awaited(row) and row.created_at - _CLOCK <= started < ends(row)


def _row(identity: str, payload: dict[str, Any], now: float) -> Reservation | None:
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
