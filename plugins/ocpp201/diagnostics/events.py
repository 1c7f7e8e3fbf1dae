"""What stations notice (N07, N08): each event is kept, the device model and the connectors follow."""

import json
from collections.abc import Mapping
from typing import Any

import msgspec
from prometheus_client import Counter

from broker.api import (
    BasePlugin,
    Call,
    Change,
    Direction,
    Reply,
    SessionView,
    StoreFailed,
    Variable,
    is_secret_key,
    record,
)
from plugins.ocpp201.device_model import component_key, shown, variable_key
from plugins.ocpp201.versions import V2
from plugins.shared.ci_string import folded
from plugins.shared.values import moment, text, whole

CONNECTORS = "ocpp201.connectors"
TRIGGERS = ("Alerting", "Delta", "Periodic")
_MASK = "**********"
_MOST = 1_000
_LARGEST = 10_000
_COLUMNS = frozenset({"actualValue", "component", "timestamp", "variable"})
_SCALARS = (
    *("cause", "cleared", "eventId", "eventNotificationType", "severity"),
    *("techCode", "techInfo", "transactionId", "trigger", "variableMonitoringId"),
)
_LONGEST = 500


class Events(BasePlugin):
    """The part of `ocpp201.diagnostics` that takes the events of stations."""

    events_counted: Counter

    @record(V2, "NotifyEvent", direction=Direction.FROM_STATION)
    async def keep_events(self, session: SessionView, call: Call, reply: Reply) -> None:
        """True whatever an upstream answers. A part that is repeated adds nothing."""
        data = call.payload.get("eventData")
        events = [one for one in data if isinstance(one, Mapping)] if isinstance(data, list) else []
        if len(events) > _MOST:
            self.log.warning(
                "a NotifyEvent of %s has %d events: the first %d count", session.identity, len(events), _MOST
            )
        for event in events[:_MOST]:
            trigger = text(event.get("trigger"))
            self.events_counted.labels(trigger if trigger in TRIGGERS else "other").inc()
            self.records.later(*await self._changes(session, event))

    async def _changes(self, session: SessionView, event: Mapping[str, Any]) -> list[Change]:
        identity, now, said = session.identity, self.clock.now(), moment(event.get("timestamp"))
        component, variable = component_key(event.get("component")), variable_key(event.get("variable"))
        if component is None or variable is None:
            return []
        value, secret = shown(event.get("actualValue")) or "", is_secret_key(variable)
        kept = self.records.events.add(
            identity,
            component=component,
            variable=variable,
            at=said,
            received_at=now,
            value=_MASK if secret else value,
            details=_details(event),
        )
        at = now if said is None else min(said, now)  # a clock that is ahead must not make all that follows old
        self._tell_connectors(session, event, variable, text(event.get("actualValue")) or "", at)
        row = None if secret else await self._row(identity, component, variable)
        return [kept] if row is None else [kept, *self._followed(row, value, at)]

    async def _row(self, identity: str, component: str, variable: str) -> Variable | None:
        try:
            return await self.records.variables.get(identity, component, variable, "Actual")
        except StoreFailed:  # nothing that the event itself should be lost for
            return None

    def _followed(self, row: Variable, value: str, at: float) -> list[Change]:
        """The device model knows the variable: this is its value now, unless something newer is known."""
        if row.value == value or (row.at is not None and at < row.at):
            return []
        new = msgspec.structs.replace(row, value=value, previous=row.value, at=at, changed_at=at)
        return [self.records.variables.put(new)]

    def _tell_connectors(
        self, session: SessionView, event: Mapping[str, Any], variable: str, value: str, at: float
    ) -> None:
        """G01: the status of a connector may come as an event of its AvailabilityState."""
        component = event.get("component")
        tell = self.shared.get(CONNECTORS)
        if tell is None or folded(variable) != "availabilitystate" or not isinstance(component, Mapping):
            return
        evse = component.get("evse")
        if folded(text(component.get("name")) or "") != "connector" or not isinstance(evse, Mapping):
            return
        number, connector = whole(evse.get("id")), whole(evse.get("connectorId"))
        if number is not None and connector is not None and value:
            tell(session, number, connector, value, at)


def _details(event: Mapping[str, Any]) -> dict[str, Any]:
    """The other members as they were sent; what is much too large is cut to what the specification knows."""
    rest = {name: value for name, value in event.items() if name not in _COLUMNS}
    if len(json.dumps(rest)) <= _LARGEST:
        return rest
    known = {name: rest.get(name) for name in _SCALARS}
    return {
        name: value[:_LONGEST] if isinstance(value, str) else value
        for name, value in known.items()
        if isinstance(value, str | int | float)
    }
