"""What a transaction's row tells of its course, and what this plugin keeps in the row's details."""

import json
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from pydantic import ValidationError

from broker.api import Transaction
from plugins.ocpp201.tariff_cost.cost import Cost, Phase
from plugins.ocpp201.tariff_cost.course import Course, milliseconds
from plugins.ocpp201.tariff_cost.tariff import Tariff
from plugins.shared.values import moment, text

#: In `details`: the tariff that the transaction has, those that it was changed to, what it costs, what the station
#: says that it costs, and how it is paid.
TARIFF = "tariff"
CHANGES = "tariffChanges"
COST = "cost"
STATION_COST = "costDetails"
PAYMENT = "payment"
_CHARGING = "Charging"
_CHANGES = 100
_LONGEST = 100_000
"""Characters of a CostDetailsType that are kept."""


def course_of(tx: Transaction) -> Course:
    """The course as the row has it, without what was measured in between."""
    course = Course(0)
    refresh(course, tx)
    return course


def refresh(course: Course, tx: Transaction) -> None:
    """What the row says now: events may come in any order, the first one last."""
    course.start = milliseconds(tx.started_at if tx.started_at is not None else _earliest(tx))
    course.set_states(_states(tx.details.get("states")))
    payment = tx.details.get(PAYMENT)
    if isinstance(payment, Mapping):
        course.brand, course.recognition = text(payment.get("PaymentBrand")), text(payment.get("PaymentRecognition"))


def add_meter(course: Course, tx: Transaction) -> None:
    """The readings of the row, where the station has sent no others."""
    if course.energy.times:
        return
    if tx.meter_start is not None:
        course.energy.add(course.start, Decimal(tx.meter_start))
    if tx.meter_stop is not None and tx.stopped_at is not None:
        course.energy.add(milliseconds(tx.stopped_at), Decimal(tx.meter_stop))


def phases_of(tx: Transaction, chosen: Tariff | None) -> list[Phase]:
    """The tariffs of the transaction one after the other; the row's own before the `chosen` one. None: no cost."""
    first = _tariff(tx.details.get(TARIFF)) or chosen
    found = [] if first is None else [Phase(0, first)]
    changes = tx.details.get(CHANGES)
    for change in changes if isinstance(changes, list) else ():
        at, tariff = change if isinstance(change, list) and len(change) == 2 else (None, None)
        if isinstance(at, int | float) and (known := _tariff(tariff)) is not None:
            found.append(Phase(milliseconds(at), known))
    return found


def with_change(details: dict[str, Any], at: float, tariff: dict[str, Any]) -> list[Any]:
    """The changes of the tariff with one more, in order."""
    known = details.get(CHANGES)
    found = [one for one in known if isinstance(one, list)] if isinstance(known, list) else []
    return sorted([*found, [at, tariff]], key=lambda one: one[0])[-_CHANGES:]


def of_event(tx: Transaction, payload: Mapping[str, Any]) -> dict[str, Any]:
    """What an event adds to the details: about its payment, and the cost as the station calculates it."""
    found: dict[str, Any] = {}
    payment, known = payment_of(payload.get("idToken")), tx.details.get(PAYMENT)
    if payment:
        found[PAYMENT] = {**(known if isinstance(known, Mapping) else {}), **payment}
    said = payload.get(STATION_COST)
    is_late = tx.ended and payload.get("eventType") != "Ended" and STATION_COST in tx.details
    if isinstance(said, Mapping) and not is_late:
        found[STATION_COST] = said if len(json.dumps(said)) <= _LONGEST else {"failureToCalculate": True}
    return found


def of_cost(tx: Transaction, cost: Cost | None, total: Decimal, tariff: Tariff | None) -> dict[str, Any]:
    """What the cost adds to the details. Its tariff is kept as soon as the driver is known, or it has ended: another
    configuration changes nothing about it then."""
    found: dict[str, Any] = {"totalCost": float(total)}
    said = station_total(tx.details.get(STATION_COST))
    if said is not None:
        found["currency"] = said[1]
    elif cost is not None:
        found |= {"currency": cost.currency, COST: cost.details(periods=tx.ended)}
    if tariff is not None and TARIFF not in tx.details and (tx.token or tx.ended):
        found[TARIFF] = tariff.as_ocpp()
    return found


def payment_of(id_token: Any) -> dict[str, str]:
    """What the additionalInfo of an idToken says of a payment: brand, recognition (part 2 appendix 7)."""
    info = id_token.get("additionalInfo") if isinstance(id_token, Mapping) else None
    found: dict[str, str] = {}
    for one in info if isinstance(info, list) else ():
        kind = one.get("type") if isinstance(one, Mapping) else None
        value = text(one.get("additionalIdToken")) if isinstance(one, Mapping) else None
        if kind in ("PaymentBrand", "PaymentRecognition") and value:
            found[kind] = value[:50]
    return found


def station_total(details: Any) -> tuple[Decimal, str] | None:
    """The total and currency of a CostDetailsType of the station, where it could calculate it (I12)."""
    if not isinstance(details, Mapping) or details.get("failureToCalculate") is True:
        return None
    cost = details.get("totalCost")
    total = cost.get("total") if isinstance(cost, Mapping) else None
    if not isinstance(cost, Mapping) or not isinstance(total, Mapping):
        return None
    amount, currency = total.get("inclTax", total.get("exclTax")), text(cost.get("currency"))
    if isinstance(amount, bool) or not isinstance(amount, int | float) or not 0 <= amount <= 1e9:
        return None
    return Decimal(str(amount)), (currency or "")[:3]


def last_moment(tx: Transaction, course: Course, at: float | None) -> int:
    """Up to when it is known: its end, else the station's own last moment."""
    if tx.ended and tx.stopped_at is not None:
        return max(course.start, milliseconds(tx.stopped_at))
    known: list[int] = [course.start, *course.energy.times[-1:], *(state[0] for state in course.states[-1:])]
    return max(known if at is None else [*known, milliseconds(at)])


def _earliest(tx: Transaction) -> float:
    """Where its Started has not come: the first that is known of it."""
    states = [at for at, _ in _states(tx.details.get("states"))]
    return states[0] / 1000 if states else tx.received_at if tx.stopped_at is None else tx.stopped_at


def _states(states: Any) -> Iterable[tuple[int, bool]]:
    for one in states if isinstance(states, list | tuple) else ():
        if isinstance(one, list | tuple) and len(one) == 2:
            at = moment(one[0]) if isinstance(one[0], str) else one[0]
            if isinstance(at, int | float):
                yield milliseconds(at), one[1] == _CHARGING


def _tariff(given: Any) -> Tariff | None:
    try:
        return Tariff.model_validate(given) if isinstance(given, Mapping) else None
    except ValidationError:
        return None
