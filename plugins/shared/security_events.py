"""Security events of stations (SecurityEventNotification of all versions): kept, counted, and told to others."""

import inspect
from collections import OrderedDict
from collections.abc import Callable, Collection
from typing import Any, ClassVar

from prometheus_client import Counter

from broker.api import BasePlugin, Call, Context, SessionView
from plugins.shared.outlet import Event, Outlet
from plugins.shared.security_options import EventOptions
from plugins.shared.syslog import Syslog
from plugins.shared.values import moment, text
from plugins.shared.webhook import Webhook

SINKS = "security_event_sinks"
"""The key in `shared` of a list to which any plugin adds functions, async or not, that take an event."""
_REMEMBERED = 10_000
_LONGEST_TYPE, _LONGEST_INFO = 50, 255


def event_of(identity: str, payload: dict[str, Any], received: str, critical: Collection[str]) -> Event | None:
    """The event in the payload of a SecurityEventNotification; None where it names no type. Texts are bounded."""
    kind, timestamp, info = (text(payload.get(name)) for name in ("type", "timestamp", "techInfo"))
    if not kind:
        return None
    event: Event = {
        "identity": identity,
        "type": kind[:_LONGEST_TYPE],
        "timestamp": timestamp[:_LONGEST_TYPE] if timestamp else received,
        "receivedAt": received,
        "critical": kind in critical,
    }
    if info:
        event["techInfo"] = info[:_LONGEST_INFO]
    return event


class SecurityEvents(BasePlugin):
    """The part of a security plugin that hears of security events; a version adds its handlers and its list."""

    config: EventOptions
    known_events: ClassVar[frozenset[str]]
    """The events that the version names; what a vendor adds is counted as `other`."""
    critical_events: ClassVar[frozenset[str]]
    _events: Counter
    _deliveries: Counter

    def __init__(self, config: EventOptions, context: Context) -> None:
        super().__init__(config, context)
        self.sinks: list[Callable[[Event], Any]] = self.shared.setdefault(SINKS, [])
        self._outlets: list[Outlet] = []
        self._seen: OrderedDict[tuple[str, ...], None] = OrderedDict()

    def count_events(self) -> None:
        """Make the metrics, and the outlets that count by them."""
        self._events = self.metrics.counter("events", "Security events of stations", ["type"])
        self._deliveries = self.metrics.counter(
            "deliveries", "Security events sent on: delivered, refused, failed, dropped", ["outlet", "outcome"]
        )
        if self.config.webhook is not None:
            self._outlets.append(Webhook(self.config.webhook, **self._for_outlet("webhook")))
        if self.config.syslog is not None:
            self._outlets.append(Syslog(self.config.syslog, **self._for_outlet("syslog")))

    def _for_outlet(self, name: str) -> dict[str, Any]:
        return {
            "spawn": lambda coro: self.spawn(coro, name=name),
            "count": lambda outcome: self._deliveries.labels(name, outcome).inc(),
            "log": self.log,
        }

    async def close_outlets(self, seconds: float) -> None:
        """Deliver what waits, within so many seconds."""
        for outlet in self._outlets:
            await outlet.finish(seconds / len(self._outlets))

    async def note_event(self, session: SessionView, call: Call) -> None:
        """Keep it, whatever was answered: it has happened (field-notes 1.9, upstreams that answer InternalError).

        Where the local CSMS answers it is on the disk before the station hears of it.
        """
        event = event_of(session.identity, call.payload, self.clock.iso(), self.critical_events)
        if event is None:
            return
        now = self.clock.now()
        change = self.records.security_events.add(
            identity=event["identity"],
            type=event["type"],
            at=moment(call.payload.get("timestamp")),
            received_at=now,
            tech_info=event.get("techInfo", ""),
        )
        if call.answered_by == "local":
            await self.records.commit(change)
        else:
            self.records.later(change)
        self._tell(event)

    def _tell(self, event: Event) -> None:
        """Tell everybody once, also where the station repeats it because it has not heard the answer."""
        key = (event["identity"], event["type"], event["timestamp"], event.get("techInfo", ""))
        if key in self._seen:
            self._seen.move_to_end(key)
            return
        self._seen[key] = None
        if len(self._seen) > _REMEMBERED:
            self._seen.popitem(last=False)
        self._events.labels(event["type"] if event["type"] in self.known_events else "other").inc()
        for outlet in self._outlets:
            outlet.offer(event)
        if self.sinks:
            self.spawn(self._tell_sinks(event), name="sinks")

    async def _tell_sinks(self, event: Event) -> None:
        for sink in tuple(self.sinks):
            try:
                outcome = sink(dict(event))
                if inspect.isawaitable(outcome):
                    await outcome
            except Exception:
                self.log.exception("a sink of security events failed")
