"""What happened in one run of the many-backends machine: messages, promises, transcripts, faults.

Every message has a number, which travels as its timestamp, so that it can be told in any transcript whose it is.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

_BEGIN = datetime(2026, 1, 1, tzinfo=UTC)


def stamp(number):
    """The timestamp that carries a message's number."""
    return (_BEGIN + timedelta(seconds=number)).strftime("%Y-%m-%dT%H:%M:%SZ")


def number_of(payload):
    """The number of a transaction message or security event; None for any other message."""
    text = payload.get("timestamp")
    if text is None and payload.get("meterValue"):
        text = payload["meterValue"][0]["timestamp"]
    if text is None or "connectorStatus" in payload or "errorCode" in payload:
        return None
    return round((datetime.fromisoformat(text) - _BEGIN).total_seconds())


@dataclass(eq=False)
class Charge:
    """One transaction of one station, as the station sees it."""

    number: int
    identity: str
    version: str
    connector: int
    id: int | str | None = None
    """What the station calls it: 1.6, what it was told; 2.x, its own."""
    start: "Message | None" = None
    events: int = 0


@dataclass(eq=False)
class Message:
    """One message that must not be lost."""

    number: int
    identity: str
    version: str
    kind: str
    charge: Charge | None
    routes: list = field(default_factory=list)
    """All that the station may have been under from the first submission to the acknowledgement."""
    sent: int = 0
    sent_at: float = 0.0
    """When it was first submitted."""
    acknowledged: bool = False
    answers: list = field(default_factory=list)
    """(life of the broker, payload) of each CALLRESULT that has reached the station's socket."""

    @property
    def secondaries(self):
        """Those it was promised to as copies: a route that was left or came meanwhile promises nothing."""
        names = [{one.upstream for one in route.secondaries} for route in self.routes]
        promised = set.intersection(*names) if names else set()
        if self.version == "ocpp1.6" and self.kind in ("meter", "stop"):  # it has no id for what it saw no begin of
            promised &= self.charge.start.secondaries
        return promised

    @property
    def owners(self):
        """Those of which one answers for it."""
        return {name for route in self.routes for name in (route.primary, *route.failover)}

    def __repr__(self):
        charge = f" of {self.charge.number}" if self.charge else ""
        return f"<{self.number} {self.kind}{charge} {self.identity} acknowledged={self.acknowledged}>"


@dataclass(eq=False)
class Arrival:
    """One message at one upstream."""

    number: int
    identity: str
    action: str
    payload: dict
    at: float
    result: dict | None = None
    """What was answered, or would have been, had the connection not broken."""
    sent: bool = False
    """Whether the answer was written."""
    taken_at: float = 0.0


@dataclass
class Fault:
    """Something that may make a message come twice; `upstream` empty for all of them."""

    kind: str
    upstream: str
    begin: float
    end: float
    number: int = 0
    """Of the message that got an error: whoever else was told of it may be told again when it is accepted."""


class History:
    """The whole of one run."""

    def __init__(self, clock):
        self.clock = clock
        self.messages = {}
        self.charges = []
        self.arrivals = {}
        """By upstream, in order."""
        self.faults = []
        self.wrong = []
        """What can be told to be wrong at the moment it happens."""
        self.life = 0
        """How often the broker was started."""
        self.told_to_stop = []
        """Charges that a station was told to stop, in order."""
        self.lines = []
        self._begin = clock()

    def log(self, *words):
        self.lines.append(f"{self.clock() - self._begin:7.3f} {' '.join(str(word) for word in words)}")

    def violation(self, text):
        self.log("VIOLATION", text)
        self.wrong.append(text)

    def fault(self, kind, upstream=""):
        """A fault of this moment; set its `end` where it lasts."""
        now = self.clock()
        fault = Fault(kind, upstream, now, now)
        self.faults.append(fault)
        self.log("fault", kind, upstream)
        return fault

    def message(self, identity, version, kind, charge):
        made = Message(len(self.messages) + 1, identity, version, kind, charge)
        self.messages[made.number] = made
        return made

    def charge(self, identity, version, connector):
        made = Charge(len(self.charges) + 1, identity, version, connector)
        if version != "ocpp1.6":
            made.id = f"tx-{identity}-{made.number}"
        self.charges.append(made)
        return made

    def told(self, limit=250):
        """The last lines, for whoever has to find out what went wrong."""
        return "\n" + "\n".join(self.lines[-limit:])
