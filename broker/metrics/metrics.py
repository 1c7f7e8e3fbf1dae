"""What Prometheus sees of the broker.

The counts are plain integers that the message path adds to; a collector of `prometheus_client` renders them when
somebody scrapes. A kept `Counter` child costs 0.33 us and a `Histogram` child 0.67 us each time, a dictionary add
0.1 us, and a relayed round trip adds five of them (see docs/performance.md).

Label values come from closed sets only: an action outside the schemas counts as `other`, and a station's identity
is never a label, since ten thousand series stop the loop at every scrape.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from prometheus_client import CollectorRegistry, GCCollector, PlatformCollector, ProcessCollector
from prometheus_client.core import CounterMetricFamily, HistogramMetricFamily, Metric

from broker.metrics.delivery import DeliveryMetrics
from broker.metrics.families import Counts, Histogram, counter, gauge, histogram, rows

REFUSALS = (
    "unknown_identity",
    "bad_identity",
    "profile",
    "credentials",
    "certificate",
    "subprotocol",
    "not_websocket",
    "duplicate",
    "plugin",
    "upstream_down",
    "connections_per_address",
    "handshake_timeout",
    "stopping",
    "store",
    "tls",
)
LIMITS = (
    "handshake_timeout",
    "header_timeout",
    "connections_per_address",
    "message_bytes",
    "json_depth",
    "frames_per_second",
    "send_deadline",
    "queue",
)
#: What became of a call. `result` and `error` came from whoever answers; the rest is the broker's own doing.
#: `repeated`: the station sent the message again and got the same answer again, without anybody else being asked.
OUTCOMES = ("result", "error", "timeout", "answered", "rejected", "dropped", "queue_full", "undeliverable", "repeated")

#: One frame in so many is timed: two clock readings and a bisection a frame were a fiftieth of a round trip.
SAMPLE = 16


class PluginFigures(Protocol):
    """What a plugin's runner counts (`broker.hooks.PluginStats`)."""

    @property
    def calls(self) -> int: ...
    @property
    def errors(self) -> int: ...
    @property
    def timeouts(self) -> int: ...
    @property
    def seconds(self) -> float: ...
    @property
    def breaker_open(self) -> bool: ...


@dataclass(slots=True)
class Snapshot:
    """What is true at the moment of a scrape, asked of the running parts."""

    sessions: dict[tuple[str, int], int] = field(default_factory=dict)  # (version, security profile)
    open_calls: dict[str, int] = field(default_factory=dict)  # direction
    queued: dict[str, int] = field(default_factory=dict)  # direction
    links: dict[str, int] = field(default_factory=dict)  # upstream: legs that are open
    upstream_up: dict[str, bool] = field(default_factory=dict)
    plugins: Mapping[str, PluginFigures] = field(default_factory=dict)
    certificates: dict[str, float] = field(default_factory=dict)  # name: notAfter, unix seconds
    ready: bool = False
    outbox: dict[str, tuple[int, int, float]] = field(default_factory=dict)  # upstream: messages, bytes, oldest's age
    compared: Mapping[tuple[str, str, str, str], int] = field(default_factory=dict)  # primary, candidate, action, kind
    store_failed: bool = False


class Metrics(DeliveryMetrics):
    """The counters of one broker, and the registry they are rendered from."""

    def __init__(self) -> None:
        super().__init__()
        self.calls: Counts = defaultdict(int)  # version, action, direction, outcome
        self.frames = 0
        """Frames that were taken, all sessions; every `SAMPLE`th of them is timed."""
        self.own_seconds: dict[str, Histogram] = {"from_station": Histogram(), "to_station": Histogram()}
        self.queue_seconds: dict[str, Histogram] = {"from_station": Histogram(), "to_station": Histogram()}
        self.upstream_seconds: defaultdict[str, Histogram] = defaultdict(Histogram)
        self.station_seconds = Histogram()
        self._sessions_ended: Counts = defaultdict(int)
        self._refused: Counts = defaultdict(int)
        self._bad_frames: Counts = defaultdict(int)
        self._unmatched: Counts = defaultdict(int)
        self._violations: Counts = defaultdict(int)
        self._limits: Counts = defaultdict(int)
        self._dial_failures: Counts = defaultdict(int)
        self.snapshot: Callable[[], Snapshot] = Snapshot
        for reason in REFUSALS:
            self._refused[(reason,)] = 0
        for limit in LIMITS:
            self._limits[(limit,)] = 0
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        PlatformCollector(registry=self.registry)
        GCCollector(registry=self.registry)
        self.registry.register(self)

    def call(self, version: str, action: str, direction: str, outcome: str) -> None:
        """One call has ended; `action` is a name of that version's schemas or `other`."""
        self.calls[(version, action, direction, outcome)] += 1

    def session_ended(self, reason: str) -> None:
        self._sessions_ended[(reason,)] += 1

    def refused(self, reason: str) -> None:
        """A handshake was refused; `reason` is one of `REFUSALS`."""
        self._refused[(reason,)] += 1

    def bad_frame(self, reason: str, leg: str = "station") -> None:
        """A frame that is not OCPP-J; `reason` is a `broker.ocpp.BadFrame`, `leg` `station` or `upstream`."""
        self._bad_frames[(leg, reason)] += 1

    def unmatched(self, reason: str, leg: str) -> None:
        """A reply to no open call of ours: `unknown`, `late` or `duplicate`."""
        self._unmatched[(leg, reason)] += 1

    def violation(self, version: str, direction: str, kind: str) -> None:
        """A payload against its schema."""
        self._violations[(version, direction, kind)] += 1

    def limit(self, name: str) -> None:
        """A limit was reached; `name` is one of `LIMITS`."""
        self._limits[(name,)] += 1

    def dial_failed(self, upstream: str, reason: str) -> None:
        """A dial brought nothing.

        `reason`: `refused`, `dns`, `timeout`, `tls`, `status_4xx`, `status_5xx`, `subprotocol`, `no_use` (accepted and
        closed again before anything came) or `other`.
        """
        self._dial_failures[(upstream, reason)] += 1

    def collect(self) -> Iterator[Metric]:
        """The families of one scrape (the collector protocol of `prometheus_client`)."""
        yield from self._counters()
        yield from self._histograms()
        yield from self.deliveries()
        now = self.snapshot()
        yield from _gauges(now)
        yield from _plugins(now.plugins)

    def _counters(self) -> Iterator[Metric]:
        yield counter(
            "calls", "Calls by what became of them", ("version", "action", "direction", "outcome"), self.calls
        )
        yield counter("sessions_ended", "Sessions that ended, by reason", ("reason",), self._sessions_ended)
        yield counter("handshakes_refused", "Handshakes refused, by reason", ("reason",), self._refused)
        yield counter("bad_frames", "Frames that are not OCPP-J", ("leg", "reason"), self._bad_frames)
        yield counter("unmatched_replies", "Replies to no open call", ("leg", "reason"), self._unmatched)
        yield counter(
            "schema_violations",
            "Payloads against their schema",
            ("version", "direction", "kind"),
            self._violations,
        )
        yield counter("limit_hits", "Limits reached", ("limit",), self._limits)
        yield counter("upstream_dial_failures", "Failed dials", ("upstream", "reason"), self._dial_failures)

    def _histograms(self) -> Iterator[Metric]:
        yield histogram(
            "broker_seconds", "The broker's own time on a frame, of one frame in 16", "direction", self.own_seconds
        )
        yield histogram(
            "queue_seconds",
            "Time a call waited for its turn, where it had to",
            "direction",
            self.queue_seconds,
        )
        yield histogram("upstream_seconds", "Time an upstream took to answer", "upstream", dict(self.upstream_seconds))
        station = HistogramMetricFamily("switchboard_station_seconds", "Time stations took to answer")
        station.add_metric((), self.station_seconds.buckets(), self.station_seconds.total)
        yield station


def _gauges(now: Snapshot) -> Iterator[Metric]:
    yield gauge("ready", "1 when the broker takes stations", (), [((), float(now.ready))])
    yield gauge(
        "sessions",
        "Stations connected",
        ("version", "security_profile"),
        (((version, str(profile)), n) for (version, profile), n in now.sessions.items()),
    )
    yield gauge("open_calls", "Calls without an answer so far", ("direction",), rows(now.open_calls))
    yield gauge("queued_calls", "Calls that wait for their turn", ("direction",), rows(now.queued))
    yield gauge("upstream_links", "Upstream legs that are open", ("upstream",), rows(now.links))
    yield gauge(
        "upstream_up", "1 while a leg is open, or when the last dial was good", ("upstream",), rows(now.upstream_up)
    )
    yield from _outboxes(now)
    yield gauge(
        "certificate_expiry_timestamp_seconds",
        "notAfter of a certificate",
        ("certificate",),
        rows(now.certificates),
    )


def _outboxes(now: Snapshot) -> Iterator[Metric]:
    names = ("outbox_messages", "Messages that wait for an upstream"), ("outbox_bytes", "Bytes that wait")
    for index, (name, text) in enumerate(names):
        yield gauge(name, text, ("upstream",), (((who,), float(row[index])) for who, row in now.outbox.items()))
    yield gauge(
        "outbox_age_seconds",
        "Age of the oldest message that waits",
        ("upstream",),
        (((who,), row[2]) for who, row in now.outbox.items()),
    )
    yield gauge("store_failed", "1 while nothing can be written down", (), [((), float(now.store_failed))])
    family = CounterMetricFamily(
        "switchboard_compared",
        "Answers of a candidate compared with the primary's",
        labels=("primary", "candidate", "action", "kind"),
    )
    for labels, count in now.compared.items():
        family.add_metric(labels, count)
    yield family


def _plugins(plugins: Mapping[str, PluginFigures]) -> Iterator[Metric]:
    families: tuple[tuple[str, str, Callable[[PluginFigures], float]], ...] = (
        ("plugin_calls", "Messages a plugin handled", lambda s: s.calls),
        ("plugin_errors", "Failures of a plugin, cut at the border", lambda s: s.errors),
        ("plugin_timeouts", "Messages on which a plugin took too long", lambda s: s.timeouts),
        ("plugin_seconds", "Time spent in a plugin", lambda s: s.seconds),
    )
    for name, text, value in families:
        family = CounterMetricFamily(f"switchboard_{name}", text, labels=("plugin",))
        for plugin, stats in plugins.items():
            family.add_metric((plugin,), value(stats))
        yield family
    yield gauge(
        "plugin_breaker_open",
        "1 while a plugin that kept failing is switched off",
        ("plugin",),
        (((plugin,), float(stats.breaker_open)) for plugin, stats in plugins.items()),
    )
