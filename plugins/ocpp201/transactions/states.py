"""The charging states of a transaction with their times: what a tariff by time or for idling is computed from.

`details["states"]` is `[[at, chargingState], ...]` in the order of the seqNos, and `details["order"]["states"]` has
these. A state that goes on is noted once, as soon as every event in between is known: no late one can come between.
"""

from typing import Any

from plugins.ocpp201.transactions.event import Event
from plugins.ocpp201.transactions.sequence import Ranges, whole_between

#: A station that changes its state with each message cannot fill the store; a day of charging has some dozens.
_MOST = 500

_State = tuple[int, float, str]


def note(details: dict[str, Any], order: dict[str, Any], event: Event) -> None:
    """Note the state of this event, if it says one, and join what it has closed the gap between."""
    state, held = event.latest.get("chargingState"), _read(details, order)
    if state is None and len(held) < 2:
        return
    found = held if state is None else sorted({*held, (*event.place, state)})
    joined = _joined(found, details["seq"])[:_MOST]
    details["states"] = [[at, state] for _, at, state in joined]
    order["states"] = [seq for seq, _, _ in joined]


def _joined(found: list[_State], ranges: Ranges) -> list[_State]:
    kept: list[_State] = []
    for one in found:
        before = kept[-1] if kept else None
        if before is None or before[2] != one[2] or not whole_between(ranges, before[0], one[0]):
            kept.append(one)
    return kept


def _read(details: dict[str, Any], order: dict[str, Any]) -> list[_State]:
    kept, seqs = details.get("states"), order.get("states")
    if not isinstance(kept, list) or not isinstance(seqs, list):
        return []
    return [(seq, at, state) for seq, (at, state) in zip(seqs, kept, strict=False)]
