"""A TransactionEvent as far as it can be read: nothing in it raises, whatever the station has written.

A transaction message is never refused for its shape, so any member may be missing or of another type.
"""

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from plugins.ocpp201.transactions.readings import Reading, readings
from plugins.shared.values import moment, text, whole

Place = tuple[int, float]
"""Where in a transaction an event belongs: its seqNo, then its time; -1 and 0 where it does not say."""

STARTED, ENDED = "Started", "Ended"

#: Of the transaction's id, and of a word: 36 and 20 in the specification.
_LONGEST_ID = 255
_LONGEST_WORD = 50
_LIMITS = ("maxCost", "maxEnergy", "maxTime", "maxSoC")


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """What one TransactionEvent says."""

    transaction_id: str
    kind: str = ""
    seq: int | None = None
    at: float | None = None
    trigger: str = ""
    offline: bool = False
    evse: int | None = None
    connector: int | None = None
    token: str | None = None
    token_type: str | None = None
    reason: str | None = None
    remote_start_id: int | None = None
    reservation_id: int | None = None
    latest: dict[str, Any] = {}
    """Members of which only the last one said counts, chargingState among them."""
    readings: list[Reading] = []

    @property
    def place(self) -> Place:
        return (-1 if self.seq is None else self.seq, self.at or 0.0)

    @property
    def stops(self) -> bool:
        """Whether its idToken is one that has stopped the transaction."""
        return self.kind == ENDED or self.trigger == "StopAuthorized"


def transaction_id_of(payload: Mapping[str, Any]) -> str | None:
    """The transactionId that an event names; None for none."""
    info = payload.get("transactionInfo")
    given = info.get("transactionId") if isinstance(info, dict) else None
    if type(given) is int:
        given = str(given)
    return (text(given) or "")[:_LONGEST_ID] or None


def read(payload: Mapping[str, Any]) -> Event | None:
    """The event; None where it names no transaction."""
    transaction_id = transaction_id_of(payload)
    if transaction_id is None:
        return None
    info, evse, token = _object(payload, "transactionInfo"), _object(payload, "evse"), _object(payload, "idToken")
    seq, at = whole(payload.get("seqNo")), moment(payload.get("timestamp"))
    return Event(
        transaction_id=transaction_id,
        kind=_word(payload.get("eventType")) or "",
        seq=seq if seq is not None and seq >= 0 else None,
        at=at,
        trigger=_word(payload.get("triggerReason")) or "",
        offline=payload.get("offline") is True,
        evse=_natural(evse.get("id")),
        connector=_natural(evse.get("connectorId")),
        token=text(token.get("idToken")),
        token_type=_word(token.get("type")),
        reason=_word(info.get("stoppedReason")),
        remote_start_id=whole(info.get("remoteStartId")),
        reservation_id=whole(payload.get("reservationId")),
        latest=_latest(payload, info),
        readings=readings(payload["meterValue"], at) if "meterValue" in payload else [],
    )


def limits(value: Any) -> dict[str, Any]:
    """The members of a transactionLimit of 2.1 that are numbers."""
    if not isinstance(value, dict):
        return {}
    return {name: one for name in _LIMITS if isinstance(one := value.get(name), int | float)}


def _latest(payload: Mapping[str, Any], info: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for given, readers in ((info, _OF_INFO), (payload, _OF_EVENT)):
        for name, value in given.items():
            reader = readers.get(name)
            if reader is not None and (said := reader(value)) is not None:
                found[name] = said
    return found


def _object(payload: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = payload.get(name)
    return value if isinstance(value, dict) else {}


def _word(value: Any) -> str | None:
    found = text(value)
    return found[:_LONGEST_WORD] if found else None


def _natural(value: Any) -> int | None:
    found = whole(value)
    return found if found is not None and found >= 0 else None


def _flag(value: Any) -> bool | None:
    return value if type(value) is bool else None


_OF_INFO: Mapping[str, Callable[[Any], Any]] = {
    "chargingState": _word,
    "operationMode": _word,
    "tariffId": _word,
    "timeSpentCharging": whole,
    "transactionLimit": lambda value: limits(value) or None,
}
_OF_EVENT: Mapping[str, Callable[[Any], Any]] = {
    "preconditioningStatus": _word,
    "numberOfPhasesUsed": whole,
    "cableMaxCurrent": whole,
    "evseSleep": _flag,
}
