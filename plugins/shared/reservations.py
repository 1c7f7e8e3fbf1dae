"""The life of a reservation (1.6 5.2, 5.13; 2.x H01 to H04), as pure functions over its row.

requested -> reserved | refused; reserved -> used | cancelled | expired | removed. Where the station's answer was never
seen the reservation may be there all the same, so a requested one ends as a reserved one does.
"""

from collections.abc import Collection, Iterable
from typing import NamedTuple

from msgspec.structs import replace

from broker.api import Reservation
from plugins.shared.ci_string import folded

#: What may still be there at the station.
LIVE = frozenset({"requested", "reserved"})
#: Seconds after its end in which a reservation may still turn out to have been used: a station reports a transaction
#: late when it was offline.
LATE = 86_400.0
#: Seconds by which a station's clock may be behind.
CLOCK = 60.0
_LARGEST = 2**31 - 1


class Start(NamedTuple):
    """The begin of a transaction, as its message tells it."""

    transaction_id: str | None
    reservation_id: int | None
    evse: int | None
    token: str
    at: float | None


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


def asked(before: Reservation | None, wanted: Reservation | None) -> Reservation | None:
    """The row once ReserveNow is on its way; None: as it was. Only an answer replaces a reservation that is there.

    `wanted` is what ReserveNow says; None: it has no number, so that nobody can name it.
    """
    return None if before is not None and before.status == "reserved" else wanted


def answered(before: Reservation | None, wanted: Reservation | None, answer: str, now: float) -> Reservation | None:
    """The row once ReserveNow is answered; the same number again replaces what was there (1.6 5.13, H01.FR.02)."""
    if before is not None and before.status == "reserved" and answer != "Accepted":
        return replace(before, answer=answer, updated_at=now)
    if wanted is None:
        return None
    since = before.created_at if before is not None and before.status == "requested" else now
    status = "reserved" if answer == "Accepted" else "refused"
    return replace(wanted, status=status, answer=answer, created_at=since)


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


def used(row: Reservation, transaction_id: str | None, now: float) -> Reservation | None:
    """The row once a transaction has used it; None: that is known already."""
    if row.status == "used" and (row.transaction_id is not None or transaction_id is None):
        return None
    return replace(row, status="used", transaction_id=transaction_id, updated_at=now)


def meant(rows: Iterable[Reservation], start: Start, parents: Collection[str]) -> Reservation | None:
    """The reservation that a transaction uses which names none: same EVSE, same token or group.

    The EVSE's own before one for any, the token's own before one of its group, the oldest first.
    """
    token = folded(start.token)
    groups = {folded(parent) for parent in parents}
    found: list[tuple[bool, bool, float, Reservation]] = []
    for row in rows:
        by_token = token != "" and folded(row.token) == token
        by_group = row.parent is not None and folded(row.parent) in groups
        if row.evse in (0, start.evse) and (by_token or by_group) and _within(row, start.at):
            found.append((row.evse == 0, not by_token, row.created_at, row))
    return min(found, key=lambda one: one[:3])[3] if found else None


def _within(row: Reservation, started: float | None) -> bool:
    """Whether a transaction that began then can have used it."""
    if started is None:
        return awaited(row) and row.status != "expired"
    return awaited(row) and row.created_at - CLOCK <= started < ends(row)
