"""What everybody saw, put together from the journals; the checker judges it."""

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from chaos_messages import ACTIONS, number_of


class Promise(NamedTuple):
    """Which upstreams a group of stations may count on."""

    owners: tuple[str, ...]
    """One of them has every message of a transaction: the primary, or who took its place."""
    secondaries: tuple[str, ...] = ()
    """Each of them has every message."""


class Fault(NamedTuple):
    """Something that was done to the system, which may cost one repeated message a station and upstream."""

    begin: float
    end: float
    kind: str
    stations: frozenset[str] | None = None
    """None: all of them."""
    upstream: str | None = None
    """The upstream whose connections were hit; None: the broker, or its side towards the stations."""

    def touches(self, identity, upstream):
        return (self.stations is None or identity in self.stations) and self.upstream in (None, upstream)


@dataclass(slots=True)
class Message:
    """A transaction message as its station made it."""

    number: int
    action: str
    payload: dict[str, Any]
    transaction: int | None
    """The station's own count of its transactions; None where it belongs to none."""
    begins: bool = False
    acknowledged: float | None = None


@dataclass(slots=True)
class Station:
    """One station's journal."""

    messages: dict[int, Message] = field(default_factory=dict)
    told: list[dict[str, Any]] = field(default_factory=list)
    """Calls that it received."""
    overlaps: list[dict[str, Any]] = field(default_factory=list)
    """Calls that it received while another one was open."""
    refused: int = 0
    opened: int = 0

    def take(self, record):
        match record["e"]:
            case "sent":
                number = record["n"]
                self.messages[number] = Message(number, record["a"], record["p"], record["k"], record["b"])
            case "ack":
                self.messages[record["n"]].acknowledged = record["t"]
            case "refused":
                self.refused += 1
            case "told":
                self.told.append(record)
            case "overlap":
                self.overlaps.append(record)
            case "open":
                self.opened += 1


class Delivery(NamedTuple):
    """A transaction message at an upstream."""

    at: float
    number: int
    action: str
    payload: dict[str, Any]
    result: dict[str, Any] | None
    """What the upstream answered; None: a CALLERROR, so it has not taken the message."""


@dataclass(slots=True)
class Recorded:
    """What one upstream saw of one station."""

    deliveries: list[Delivery] = field(default_factory=list)
    asked: list[dict[str, Any]] = field(default_factory=list)
    """Calls that the upstream made, with what became of them."""
    asking: list[dict[str, Any]] = field(default_factory=list)
    """The same as they were sent; of a CSMS that was killed, this is all there is."""
    overlaps: list[dict[str, Any]] = field(default_factory=list)
    unreadable: list[dict[str, Any]] = field(default_factory=list)
    """Transaction messages without a number: somebody has changed them."""

    def take(self, record):
        match record["e"]:
            case "got" if record["a"] in ACTIONS:
                self._got(record)
            case "asked":
                self.asked.append(record)
            case "asking":
                self.asking.append(record)
            case "overlap":
                self.overlaps.append(record)

    def _got(self, record):
        action, payload = record["a"], record["p"]
        number = number_of(action, payload)
        if number is not None:
            self.deliveries.append(Delivery(record["t"], number, action, payload, record["r"]))
        elif action != "MeterValues" or "transactionId" in payload:
            self.unreadable.append(record)

    def taken(self):
        """The numbers that the upstream has, in the order of their first arrival, with the time of it."""
        first: dict[int, float] = {}
        for one in self.deliveries:
            if one.result is not None:
                first.setdefault(one.number, one.at)
        return first


@dataclass(slots=True)
class History:
    """Everything. `groups` says by identity what a station was promised."""

    groups: dict[str, Promise] = field(default_factory=dict)
    stations: dict[str, Station] = field(default_factory=lambda: defaultdict(Station))
    upstreams: dict[str, dict[str, Recorded]] = field(
        default_factory=lambda: defaultdict(lambda: defaultdict(Recorded))
    )
    faults: list[Fault] = field(default_factory=list)
    undrained: list[str] = field(default_factory=list)
    """Stations that still had messages at the end."""
    crashes: list[str] = field(default_factory=list)
    """Ends of the broker that nobody asked for, and exceptions in its log."""

    def station_saw(self, record):
        self.stations[record["s"]].take(record)

    def upstream_saw(self, name, record):
        if "s" in record:
            self.upstreams[name][record["s"]].take(record)

    @property
    def acknowledged(self):
        return sum(
            message.acknowledged is not None
            for station in self.stations.values()
            for message in station.messages.values()
        )
