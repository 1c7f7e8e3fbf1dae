"""Where in a payload stand the numbers that a CSMS chooses, and what a call does with them.

Two CSMSs behind one station both begin to count at 1, so each of these is mapped per upstream. Not mapped is what the
station chooses: it is the only one, so its numbers mean the same to everybody. Those are the transactionId of 2.x,
the ids of variable monitors (2.0.1 part 2 N04: an id in SetVariableMonitoring only names a monitor that the station
has numbered before), those of periodic event streams (2.1 OpenPeriodicEventStream), and the requestId with which a
2.1 station has its SignCertificate and CertificateSigned find each other. The transactionId of 1.6 in calls *of* the
station is no business of this table either: transactions have an owner and a life, see
`broker.session.books.transactions`.
"""

from collections.abc import Callable
from enum import StrEnum
from typing import Any, NamedTuple

from broker.ocpp.versions import Version


class Space(StrEnum):
    """What a number counts; the same number in two spaces is two things."""

    TRANSACTION = "transaction"
    RESERVATION = "reservation"
    PROFILE = "profile"
    REQUEST = "request"
    REMOTE_START = "remote_start"
    DISPLAY = "display"


class Use(StrEnum):
    """What a call does with a number."""

    GIVEN = "given"
    """To the station: the CSMS chooses it here, for something new or for its own thing of that number."""
    NAMED = "named"
    """To the station: it names what should be there already, so nothing is to be remembered for it."""
    OWNED = "owned"
    """From the station: the whole call belongs to the one who gave the number."""
    MENTIONED = "mentioned"
    """From the station: everybody gets the call; the number is left out for whom it is foreign."""
    LISTED = "listed"
    """From the station: everybody gets the call, and needs a number of its own for what another one has given."""


class Field(NamedTuple):
    """One place of a payload."""

    path: tuple[str, ...]
    """Member names; `[]` is each element of an array."""
    space: Space
    optional: bool
    """True where the call is valid without it."""
    use: Use
    key: bytes
    """Its name as JSON text: a payload without this text (and without escapes) does not hold the field."""


def _field(text: str, space: Space, use: Use) -> Field:
    """`a.[].b?` is the member b of each element of a, and the question mark says that it is optional."""
    path = tuple(text.removesuffix("?").split("."))
    name = next(part for part in reversed(path) if part != "[]")
    return Field(path, space, text.endswith("?"), use, b'"%b"' % name.encode())


_ASKED = (_field("requestId", Space.REQUEST, Use.GIVEN),)
_REPORT = (_field("requestId", Space.REQUEST, Use.OWNED),)
_STATUS = (_field("requestId?", Space.REQUEST, Use.OWNED),)
_CANCEL = (_field("reservationId", Space.RESERVATION, Use.NAMED),)
_RESERVED = _field("reservationId?", Space.RESERVATION, Use.MENTIONED)


def _profile_16(member: str) -> tuple[Field, ...]:
    # The transaction first: a call that names a foreign one is refused before its profile's number is remembered.
    return (
        _field(f"{member}.transactionId?", Space.TRANSACTION, Use.NAMED),
        _field(f"{member}.chargingProfileId", Space.PROFILE, Use.GIVEN),
    )


_FIELDS_16: dict[str, tuple[Field, ...]] = {
    "CancelReservation": _CANCEL,
    "ClearChargingProfile": (_field("id?", Space.PROFILE, Use.NAMED),),
    "GetLog": _ASKED,
    "LogStatusNotification": _STATUS,
    "RemoteStartTransaction": _profile_16("chargingProfile"),
    "RemoteStopTransaction": (_field("transactionId", Space.TRANSACTION, Use.NAMED),),
    "ReserveNow": (_field("reservationId", Space.RESERVATION, Use.GIVEN),),
    "SetChargingProfile": _profile_16("csChargingProfiles"),
    "SignedFirmwareStatusNotification": _STATUS,
    "SignedUpdateFirmware": _ASKED,
    "StartTransaction": (_RESERVED,),
}
_FIELDS_201: dict[str, tuple[Field, ...]] = {
    "CancelReservation": _CANCEL,
    "ClearChargingProfile": (_field("chargingProfileId?", Space.PROFILE, Use.NAMED),),
    "ClearDisplayMessage": (_field("id", Space.DISPLAY, Use.NAMED),),
    "CustomerInformation": _ASKED,
    "FirmwareStatusNotification": _STATUS,
    "GetBaseReport": _ASKED,
    "GetChargingProfiles": (*_ASKED, _field("chargingProfile.chargingProfileId.[]?", Space.PROFILE, Use.NAMED)),
    "GetDisplayMessages": (*_ASKED, _field("id.[]?", Space.DISPLAY, Use.NAMED)),
    "GetLog": _ASKED,
    "GetMonitoringReport": _ASKED,
    "GetReport": _ASKED,
    "LogStatusNotification": _STATUS,
    "NotifyCustomerInformation": _REPORT,
    "NotifyDisplayMessages": (*_REPORT, _field("messageInfo.[].id", Space.DISPLAY, Use.LISTED)),
    "NotifyMonitoringReport": _REPORT,
    "NotifyReport": _REPORT,
    "PublishFirmware": _ASKED,
    "PublishFirmwareStatusNotification": _STATUS,
    "ReportChargingProfiles": (*_REPORT, _field("chargingProfile.[].id", Space.PROFILE, Use.LISTED)),
    "RequestStartTransaction": (
        _field("remoteStartId", Space.REMOTE_START, Use.GIVEN),
        _field("chargingProfile.id", Space.PROFILE, Use.GIVEN),
    ),
    "ReservationStatusUpdate": (_field("reservationId", Space.RESERVATION, Use.OWNED),),
    "ReserveNow": (_field("id", Space.RESERVATION, Use.GIVEN),),
    "SetChargingProfile": (_field("chargingProfile.id", Space.PROFILE, Use.GIVEN),),
    "SetDisplayMessage": (_field("message.id", Space.DISPLAY, Use.GIVEN),),
    "TransactionEvent": (
        _RESERVED,
        _field("transactionInfo.remoteStartId?", Space.REMOTE_START, Use.MENTIONED),
    ),
    "UpdateFirmware": _ASKED,
}
_FIELDS_21: dict[str, tuple[Field, ...]] = {
    **_FIELDS_201,
    # The station sends one of its own accord too, with a number of its own (2.1 part 2 S01); everybody may see it.
    "BatterySwap": (_field("requestId", Space.REQUEST, Use.LISTED),),
    "GetDERControl": _ASKED,
    "PullDynamicScheduleUpdate": (_field("chargingProfileId", Space.PROFILE, Use.OWNED),),
    "ReportDERControl": _REPORT,
    "RequestBatterySwap": _ASKED,
    "UpdateDynamicSchedule": (_field("chargingProfileId", Space.PROFILE, Use.NAMED),),
}
_FIELDS = {
    (version, action): fields
    for version, table in ((Version.V16, _FIELDS_16), (Version.V201, _FIELDS_201), (Version.V21, _FIELDS_21))
    for action, fields in table.items()
}
_OWNERS = {key: field for key, fields in _FIELDS.items() for field in fields if field.use is Use.OWNED}

OWNED: dict[Version, frozenset[str]] = {
    version: frozenset(action for of, action in _OWNERS if of is version) for version in Version
}
"""The calls of a station that belong to one peer: the one who gave the number in `owner_field`."""


def id_fields(version: Version, action: str) -> tuple[Field, ...]:
    """Return the places of the numbers in a CALL of `action`, to and from the station; () for most."""
    return _FIELDS.get((version, action), ())


def owner_field(version: Version, action: str) -> Field | None:
    """Return the place of the number that says whose this call of the station is; None where it is nobody's."""
    return _OWNERS.get((version, action))


def may_hold(raw: bytes, fields: tuple[Field, ...]) -> bool:
    """False where the payload cannot hold one of `fields`; spares decoding most TransactionEvents."""
    for field in fields:
        if field.key in raw:
            return True
    return b"\\" in raw  # a name may be written with escapes (RFC 8259 section 7)


def rewrite(
    payload: dict[str, Any], fields: tuple[Field, ...], translate: Callable[[Field, int], int | None]
) -> dict[str, Any] | None:
    """Return a copy of `payload` with every number of `fields` translated, or None when nothing has changed.

    What is not touched is shared with the original. Where `translate` returns None the number is left out, and
    KeyError(field) is raised if the call is not valid without it. A value that is no integer of 64 bits is no id and
    stays as it is, as does a payload of another shape than the schema's.
    """
    changed: Any = payload
    for field in fields:
        changed = _at(changed, field.path, field, translate)
    return None if changed is payload else changed


_GONE = object()
_LARGEST = 2**63 - 1


def is_id(value: Any) -> bool:
    """True for an integer that fits a store; a bool is none."""
    return type(value) is int and -_LARGEST <= value <= _LARGEST


def value_at(payload: dict[str, Any], field: Field) -> int | None:
    """Return the number at a field whose path has no `[]`; None where there is none."""
    node: Any = payload
    for name in field.path:
        node = node.get(name) if isinstance(node, dict) else None
    return node if is_id(node) else None


def _at(node: Any, path: tuple[str, ...], field: Field, translate: Callable[[Field, int], int | None]) -> Any:
    if not path:
        return _translated(node, field, translate)
    if path[0] == "[]":
        return _each(node, path[1:], field, translate) if isinstance(node, list) else node
    if not isinstance(node, dict) or path[0] not in node:
        return node
    child = node[path[0]]
    changed = _at(child, path[1:], field, translate)
    if changed is child:
        return node
    copy = dict(node)
    if changed is _GONE:
        del copy[path[0]]
    else:
        copy[path[0]] = changed
    return copy


def _each(
    items: list[Any], path: tuple[str, ...], field: Field, translate: Callable[[Field, int], int | None]
) -> list[Any]:
    changed = [_at(item, path, field, translate) for item in items]
    if all(new is old for new, old in zip(changed, items, strict=True)):
        return items
    return [item for item in changed if item is not _GONE]


def _translated(value: Any, field: Field, translate: Callable[[Field, int], int | None]) -> Any:
    if not is_id(value):
        return value
    number = translate(field, value)
    if number is None:
        if not field.optional:
            raise KeyError(field)
        return _GONE
    return value if number == value else number
