"""One transaction out of its TransactionEvents: in any order, as often as they come, after its end too.

Each member of the row follows a rule that asks neither when an event came nor whether it came before: the first or the
last that said it, by seqNo (E01, E04, E08, E12: what was queued comes late). So all orders lead to the same row.
`details["order"]` keeps where in the sequence the winners stood, since the row is all that is left after a restart.
"""

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from broker.api import Transaction
from plugins.ocpp201.transactions import sequence, states
from plugins.ocpp201.transactions.event import ENDED, STARTED, Event, Place, limits
from plugins.ocpp201.transactions.readings import BEGIN, END, Reading
from plugins.shared.values import text

#: Of an idTokenInfo; its groupIdToken has a column of its own, where forgetting a token reaches it.
_INFO = ("status", "cacheExpiryDateTime", "chargingPriority", "evseId", "language1", "language2", "personalMessage")
_ANSWERS = ("totalCost", "chargingPriority")


def blank(identity: str, transaction_id: str, version: str, now: float) -> Transaction:
    """A transaction of which nothing is known yet."""
    return Transaction(
        identity=identity, transaction_id=transaction_id, version=version, received_at=now, updated_at=now
    )


def merged(tx: Transaction, event: Event, now: float) -> Transaction:
    """What is known of it with this event; `tx` stays as it is."""
    details = dict(tx.details)
    order = details["order"] = dict(_object(details.get("order")))
    row = msgspec.structs.replace(tx, details=details, updated_at=max(tx.updated_at, now))
    details["seq"] = sequence.with_number(sequence.ranges_in(details.get("seq")), event.seq)
    if event.offline:
        details["offline"] = True
    _place(row, event, order)
    _tokens(row, event, order)
    _begin_and_end(row, event, order)
    _meter(row, event)
    for name, value in event.latest.items():
        if _is_last(order, name, event.place, value, details.get(name)):
            details[name] = value
    states.note(details, order, event)
    return row


def answered(tx: Transaction, event: Event, reply: Mapping[str, Any]) -> Transaction:
    """What is known of it with the answer that this event got; the same row where that says nothing new."""
    details = dict(tx.details)
    order = details["order"] = dict(_object(details.get("order")))
    row = msgspec.structs.replace(tx, details=details)
    info = reply.get("idTokenInfo")
    if isinstance(info, dict) and event.token == tx.token and _place_of(order, "token") == event.place:
        row.status = text(info.get("status")) or ""
        row.parent = text(_object(info.get("groupIdToken")).get("idToken"))
        details["idTokenInfo"] = {name: info[name] for name in _INFO if name in info}
    found: dict[str, Any] = {name: reply[name] for name in _ANSWERS if isinstance(reply.get(name), int | float)}
    if limit := limits(reply.get("transactionLimit")):
        found["limits"] = limit
    for name, value in found.items():
        known = _place_of(order, name)
        if known is None or known <= event.place:
            details[name], order[name] = value, list(event.place)
    return tx if row == tx else row


def gap(tx: Transaction) -> sequence.Ranges | None:
    """The seqNos up to Ended that have not come; None while Ended itself has not.

    A station that does not number from 0 (TC_E_53: it should) still numbers from its Started on.
    """
    order = _object(tx.details.get("order"))
    first, last = _place_of(order, "started"), _place_of(order, "ended")
    if last is None or last[0] < 0:
        return None
    return sequence.missing(
        sequence.ranges_in(tx.details.get("seq")), 0 if first is None else max(first[0], 0), last[0]
    )


def _place(row: Transaction, event: Event, order: dict[str, Any]) -> None:
    """Where: an EVSE, later its connector too. Two events that contradict each other: the first."""
    if event.evse is not None and _is_first(order, "evse", event.place, event.evse, row.evse):
        row.evse = event.evse
    if event.connector is not None and _is_first(order, "connector", event.place, event.connector, row.connector):
        row.connector = event.connector
    details = row.details
    row.reservation_id = _agreed(row.reservation_id, event.reservation_id)
    if event.remote_start_id is not None:
        details["remoteStartId"] = _agreed(details.get("remoteStartId"), event.remote_start_id)


def _tokens(row: Transaction, event: Event, order: dict[str, Any]) -> None:
    """Who started it: the first idToken; who stopped it: the last one that was to stop it."""
    if event.token is None:
        return
    if event.stops:
        if _is_last(order, "stopToken", event.place, event.token, row.stop_token):
            row.stop_token = event.token
    elif _is_first(order, "token", event.place, [event.token, event.token_type], [row.token, row.token_type]):
        row.token, row.token_type = event.token, event.token_type


def _begin_and_end(row: Transaction, event: Event, order: dict[str, Any]) -> None:
    if event.kind == STARTED and _is_first(order, "started", event.place, event.at, row.started_at):
        row.started_at = event.at
    if event.kind != ENDED:
        return
    reason = event.reason or "Local"  # part 2, TransactionType: left out, it is Local
    if _is_first(order, "ended", event.place, [reason, event.at], [row.stop_reason, row.stopped_at]):
        row.ended, row.stopped_at, row.stop_reason = True, event.at, reason


def _meter(row: Transaction, event: Event) -> None:
    """Its readings at the begin and at the end. A station that does not say which they are: the first and the last."""
    meter: dict[str, Any] = dict(_object(row.details.get("meter")))
    for reading in event.readings:
        said = [reading.at, reading.wh]
        for name in _names(reading, event, ("first", STARTED, BEGIN)):
            meter[name] = min(meter.get(name, said), said)
        for name in _names(reading, event, ("last", ENDED, END)):
            meter[name] = max(meter.get(name, said), said)
    if meter:
        row.details["meter"] = meter
        row.meter_start, row.meter_stop = _start_and_stop(meter, ended=row.ended)


def _names(reading: Reading, event: Event, names: tuple[str, str, str]) -> Iterator[str]:
    """Under which of these names a reading counts: any, that of an event of this kind, one with this context."""
    always, kind, context = names
    yield always
    if event.kind == kind:
        yield kind
    if reading.context == context:
        yield context


def _start_and_stop(meter: Mapping[str, Any], *, ended: bool) -> tuple[int | None, int | None]:
    """A single reading says nothing of the other side: it is not its energy that would be 0."""
    begin, end = _reading(meter, (BEGIN, STARTED)), _reading(meter, (END, ENDED))
    first, last = meter["first"], meter["last"]
    if not ended:
        start = begin or (first if first != end else None)
        return start and start[1], None
    start = begin or (first if first != (end or last) else None)
    stop = end or (last if last != (begin or first) else None)
    return start and start[1], stop and stop[1]


def _reading(meter: Mapping[str, Any], names: tuple[str, ...]) -> list[Any] | None:
    return next((meter[name] for name in names if name in meter), None)


def _is_first(order: dict[str, Any], name: str, place: Place, value: Any, held: Any) -> bool:
    """Whether this was said before what is held; then it is noted. Of two in one place the smaller one counts."""
    known = _place_of(order, name)
    if known is None or place < known or (place == known and repr(value) < repr(held)):
        order[name] = list(place)
        return True
    return False


def _is_last(order: dict[str, Any], name: str, place: Place, value: Any, held: Any) -> bool:
    """Whether this was said after what is held; then it is noted."""
    known = _place_of(order, name)
    if known is None or place > known or (place == known and repr(value) > repr(held)):
        order[name] = list(place)
        return True
    return False


def _place_of(order: Mapping[str, Any], name: str) -> Place | None:
    found = order.get(name)
    return (found[0], found[1]) if isinstance(found, list) and len(found) == 2 else None


def _agreed(held: int | None, said: int | None) -> int | None:
    """What both say; the smaller one of two that do not agree."""
    if held is None or said is None:
        return said if held is None else held
    return min(held, said)


def _object(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}
