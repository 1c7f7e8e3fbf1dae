"""Which charging profiles a station of 2.x holds after what it was sent and has told: the rules, without any I/O."""

import secrets
from collections.abc import Container, Iterable, Mapping
from typing import Any

from broker.api import ChargingProfile
from plugins.shared import values

Rows = Mapping[int, ChargingProfile]
"""The profiles of one station by their id."""
_LARGEST = 2**31 - 1


def row_of(
    identity: str, evse: Any, profile: Any, *, at: float, transaction: str | None = None
) -> ChargingProfile | None:
    """The row for a profile that the station holds; None for one without a number, which nobody could clear.

    `transaction`: the one it belongs to where the profile names none.
    """
    if not isinstance(profile, dict):
        return None
    number, place = values.whole(profile.get("id")), values.whole(evse)
    if number is None or place is None:
        return None
    return ChargingProfile(
        identity=identity,
        profile_id=number,
        evse=place,
        purpose=values.text(profile.get("chargingProfilePurpose")) or "",
        kind=values.text(profile.get("chargingProfileKind")) or "",
        stack_level=values.whole(profile.get("stackLevel")) or 0,
        transaction_id=values.text(profile.get("transactionId")) or transaction,
        valid_from=values.moment(profile.get("validFrom")),
        valid_to=values.moment(profile.get("validTo")),
        at=at,
        profile=profile,
    )


def cleared_by(rows: Rows, wanted: Mapping[str, Any]) -> list[int]:
    """The profiles that a ClearChargingProfile with these members removes (K10.FR.01 to K10.FR.04).

    A chargingProfileId is one profile, whatever else is given. What was set from outside, a CSMS cannot clear.
    """
    if "chargingProfileId" in wanted:
        number = values.whole(wanted["chargingProfileId"])
        return [] if number is None or number not in rows else [number]
    criteria = wanted.get("chargingProfileCriteria")
    met = meeting(rows, criteria if isinstance(criteria, dict) else {})
    return [number for number in met if rows[number].purpose != "ChargingStationExternalConstraints"]


def meeting(rows: Rows, wanted: Mapping[str, Any]) -> list[int]:
    """The profiles that meet all of evseId, chargingProfilePurpose, stackLevel and chargingProfileId (K09, K10).

    An evseId of 0 means those of the whole station alone, and none those of every EVSE.
    """
    return [number for number, row in rows.items() if _meets(row, wanted)]


def of_transaction(rows: Iterable[ChargingProfile], transaction: str) -> list[int]:
    """Its TxProfiles, which end with it."""
    return [row.profile_id for row in rows if row.purpose == "TxProfile" and row.transaction_id == transaction]


def fresh_number(taken: Container[int], *, above: int = 0) -> int:
    """An id that no profile of the station has, as far as is known, and that is greater than `above`."""
    least = above if 0 <= above < _LARGEST // 2 else 0
    while True:
        number = least + secrets.randbelow(_LARGEST - least) + 1
        if number not in taken:
            return number


def described(row: ChargingProfile) -> dict[str, Any]:
    """As operators see it; the transaction is known by its EVSE too, not from the profile alone."""
    shown: dict[str, Any] = {"evseId": row.evse}
    if row.at is not None:
        shown["since"] = values.timestamp(row.at)
    if row.transaction_id is not None:
        shown["transactionId"] = row.transaction_id
    return shown | {"chargingProfile": row.profile}


def _meets(row: ChargingProfile, wanted: Mapping[str, Any]) -> bool:
    has = {"evseId": row.evse, "chargingProfilePurpose": row.purpose, "stackLevel": row.stack_level}
    if any(wanted[name] != value for name, value in has.items() if name in wanted):
        return False
    numbers = wanted.get("chargingProfileId")
    return not isinstance(numbers, list) or row.profile_id in numbers
