"""Which charging profiles a station holds after what it was sent and has accepted: the rules, without any I/O."""

from collections.abc import Iterable, Mapping
from typing import Any

from broker.api import ChargingProfile
from plugins.shared import values

Rows = Mapping[int, ChargingProfile]
"""The profiles of one station by chargingProfileId."""


def row_of(
    identity: str, connector: Any, profile: Any, *, at: float, transaction: str | None = None
) -> ChargingProfile | None:
    """The row for a profile that the station has accepted; None for one without a number, which nobody could clear.

    `transaction`: the one it belongs to where the profile names none.
    """
    if not isinstance(profile, dict):
        return None
    number, place = values.whole(profile.get("chargingProfileId")), values.whole(connector)
    if number is None or place is None:
        return None
    named = values.whole(profile.get("transactionId"))
    return ChargingProfile(
        identity=identity,
        profile_id=number,
        evse=place,
        purpose=values.text(profile.get("chargingProfilePurpose")) or "",
        kind=values.text(profile.get("chargingProfileKind")) or "",
        stack_level=values.whole(profile.get("stackLevel")) or 0,
        transaction_id=transaction if named is None else str(named),
        valid_from=values.moment(profile.get("validFrom")),
        valid_to=values.moment(profile.get("validTo")),
        at=at,
        profile=profile,
    )


def replaced_by(rows: Rows, new: ChargingProfile) -> list[int]:
    """The profiles that go where `new` comes: its own number, and its purpose and stackLevel on that connector.

    3.13.2 and 5.16.3. A TxDefaultProfile of one connector leaves that of the whole station alone, which holds for the
    other connectors (3.13.1).
    """
    place = _place(new)
    return [number for number, row in rows.items() if number == new.profile_id or _place(row) == place]


def cleared_by(rows: Rows, wanted: Mapping[str, Any]) -> list[int]:
    """The profiles that a ClearChargingProfile with these members removes.

    6.13: `id` is one profile, whatever else is given; otherwise those that meet all criteria. connectorId 0 means those
    of the whole station alone, and no connectorId those of every connector.
    """
    if "id" in wanted:
        number = values.whole(wanted["id"])
        return [] if number is None or number not in rows else [number]
    return [number for number, row in rows.items() if _meets(row, wanted)]


def of_ended(rows: Iterable[ChargingProfile], transaction: str) -> list[int]:
    """The TxProfiles that went with this transaction (7.10)."""
    return [row.profile_id for row in rows if row.purpose == "TxProfile" and row.transaction_id == transaction]


def of_others(rows: Iterable[ChargingProfile], connector: int, transaction: str) -> list[int]:
    """The TxProfiles of a connector that cannot be there any more, as another transaction runs on it now."""
    return [
        row.profile_id
        for row in rows
        if row.purpose == "TxProfile" and row.evse == connector and row.transaction_id != transaction
    ]


def described(row: ChargingProfile) -> dict[str, Any]:
    """As operators see it; the transaction is known by its connector too, not from the profile alone."""
    shown: dict[str, Any] = {"connectorId": row.evse}
    if row.at is not None:
        shown["since"] = values.timestamp(row.at)
    if row.transaction_id is not None:
        shown["transactionId"] = values.number(row.transaction_id)
    return shown | {"csChargingProfiles": row.profile}


def _place(row: ChargingProfile) -> tuple[str, int, int]:
    return (row.purpose, row.stack_level, row.evse)


def _meets(row: ChargingProfile, wanted: Mapping[str, Any]) -> bool:
    has = {"connectorId": row.evse, "chargingProfilePurpose": row.purpose, "stackLevel": row.stack_level}
    return all(wanted[name] == value for name, value in has.items() if name in wanted)
