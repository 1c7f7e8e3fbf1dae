"""What a secondary gets of a station's calls: `filter` of the configuration.

A copy is only ever made smaller or vaguer, and what no rule touches is byte for byte what the station sent.
"""

from collections.abc import Sequence
from fnmatch import fnmatchcase
from typing import Any, Protocol

from broker.ocpp import Call, Reply, Version
from broker.session.shadow.pseudonyms import Pseudonyms
from broker.session.shadow.thinning import Thinner


class Rules(Protocol):
    """`broker.config.Filter`."""

    @property
    def actions(self) -> Sequence[str] | None: ...
    @property
    def measurands(self) -> Sequence[str] | None: ...
    @property
    def every(self) -> float | None: ...
    @property
    def pseudonymise(self) -> Sequence[str]: ...


class Ending(Protocol):
    """What the shaper asks of a `broker.ocpp.heads.Head`."""

    @property
    def ends(self) -> bool: ...
    @property
    def transaction(self) -> int | str | None: ...


class Shaper:
    """One secondary's filter for one station; it remembers which meter values it has let through."""

    __slots__ = ("_actions", "_events", "_pseudonyms", "_thinner")

    def __init__(self, rules: Rules, version: Version, key: bytes = b"") -> None:
        """`key` makes the pseudonyms; it may be empty where there are none."""
        self._actions = rules.actions
        self._events = version is not Version.V16
        self._thinner = Thinner(rules.measurands, rules.every)
        self._pseudonyms = Pseudonyms(rules.pseudonymise, key)

    def shape(self, call: Call, now: float, *, head: Ending | None = None) -> Call | None:
        """Return the call as the secondary gets it, or None when it does not get it.

        `now`: seconds of a clock that only goes forward. `head`, where there is one, spares the look into a call that
        ends a transaction. Begin and end of a transaction keep their meter values; of 2.x no event is left out but by
        `actions`, since a gap in `seqNo` is a lost event to whoever counts (2.x E12).
        """
        if not self._takes(call.action):
            return None
        shaped = call if self._thinner.idle else self._thinned(call, now)
        if head is not None and head.ends:
            self._thinner.forget(head.transaction)
        return None if shaped is None else self._pseudonyms.call(shaped)

    def mask(self, call: Call) -> Call | None:
        """Return a call that the secondary gets in any case, with pseudonyms."""
        return self._pseudonyms.call(call)

    def answer(self, action: str, reply: Reply) -> Reply:
        """Return the station's answer to a call of this secondary as it may see it: pseudonyms apply here too."""
        return self._pseudonyms.reply(action, reply)

    def _takes(self, action: str) -> bool:
        return self._actions is None or any(fnmatchcase(action, glob) for glob in self._actions)

    def _thinned(self, call: Call, now: float) -> Call | None:
        if call.action == "MeterValues":
            return self._meter_values(call, now)
        if call.action == "TransactionEvent" and self._events:
            return self._event(call, now)
        return call

    def _meter_values(self, call: Call, now: float) -> Call | None:
        payload = call.payload
        readings = payload.get("meterValue")
        if not isinstance(readings, list):
            return call
        connector = payload.get("evseId" if self._events else "connectorId")
        kept = self._thinner.thin(readings, (_number(connector), _number(payload.get("transactionId"))), now)
        if kept is readings:
            return call
        return call.replaced({**payload, "meterValue": kept}) if kept else None

    def _event(self, call: Call, now: float) -> Call:
        payload = call.payload
        readings = payload.get("meterValue")
        if payload.get("eventType") != "Updated" or not isinstance(readings, list):
            return call
        # A transaction of 2.x has one evse, and most events do not repeat it (2.x TransactionEventRequest.evse).
        kept = self._thinner.thin(readings, (None, _number(_member(payload, "transactionInfo", "transactionId"))), now)
        if kept is readings:
            return call
        shaped = {**payload, "meterValue": kept}
        if not kept:  # optional, and never an empty array: minItems 1
            del shaped["meterValue"]
        return call.replaced(shaped)


def _member(payload: dict[str, Any], outer: str, inner: str) -> Any:
    holder = payload.get(outer)
    return holder.get(inner) if isinstance(holder, dict) else None


def _number(value: Any) -> int | str | None:
    return value if isinstance(value, int | str) else None
