"""What is counted of outboxes, copies and several upstreams."""

from collections import defaultdict
from collections.abc import Iterator

from prometheus_client.core import Metric

from broker.metrics.families import Counts, Histogram, counter, histogram


class DeliveryMetrics:
    """Each way that a message may take besides the straight one, and each way that it may be lost (R-14)."""

    def __init__(self) -> None:
        self.lag_seconds: defaultdict[str, Histogram] = defaultdict(Histogram)
        """By upstream: from a message's receipt to its answer, for what goes through an outbox."""
        self._replays: Counts = defaultdict(int)
        self._repeated: Counts = defaultdict(int)
        self._repeated[()] = 0
        self._dead_letters: Counts = defaultdict(int)
        self._mapping_misses: Counts = defaultdict(int)
        self._commands_refused: Counts = defaultdict(int)
        self._copies_dropped: Counts = defaultdict(int)
        self._outbox_dropped: Counts = defaultdict(int)
        self._failovers: Counts = defaultdict(int)

    def mirrored(self, upstream: str, seconds: float) -> None:
        """A message of an outbox was answered, so long after it was received."""
        self.lag_seconds[upstream].observe(seconds)

    def replayed(self, upstream: str) -> None:
        """A message goes out later than it came."""
        self._replays[(upstream,)] += 1

    def repeated(self) -> None:
        """A station sent a message again that was answered already."""
        self._repeated[()] += 1

    def buried(self, upstream: str, reason: str) -> None:
        """A dead letter: `refused`, `too_old`, `no_transaction_id` or `dropped`."""
        self._dead_letters[(upstream, reason)] += 1

    def mapping_missed(self, upstream: str) -> None:
        """An id that the upstream does not know, or does not own, so that nothing was sent."""
        self._mapping_misses[(upstream,)] += 1

    def command_refused(self, upstream: str, reason: str) -> None:
        """A command that the route does not allow: `commands`, or the grant that is missing."""
        self._commands_refused[(upstream, reason)] += 1

    def copy_dropped(self, upstream: str, reason: str) -> None:
        """A copy of an ordinary message that a secondary did not answer: `queue_full`, `timeout` or `lost`."""
        self._copies_dropped[(upstream, reason)] += 1

    def outbox_dropped(self, upstream: str, reason: str) -> None:
        """No room: `periodic` (a meter value left out), `full` (a secondary), `refused` (the station keeps it)."""
        self._outbox_dropped[(upstream, reason)] += 1

    def failed_over(self, upstream: str) -> None:
        """Another upstream answers a station from now on."""
        self._failovers[(upstream,)] += 1

    def deliveries(self) -> Iterator[Metric]:
        """The families of one scrape."""
        by_upstream = ("upstream",)
        yield counter("outbox_replays", "Messages delivered later than they came", by_upstream, self._replays)
        yield counter("duplicates", "Messages a station sent again, answered again", (), self._repeated)
        yield counter("dead_letters", "Messages given up", ("upstream", "reason"), self._dead_letters)
        yield counter("mapping_misses", "Ids that an upstream does not own", by_upstream, self._mapping_misses)
        yield counter("commands_refused", "Commands not allowed", ("upstream", "reason"), self._commands_refused)
        yield counter("copies_dropped", "Copies without an answer", ("upstream", "reason"), self._copies_dropped)
        yield counter("outbox_dropped", "Messages without room", ("upstream", "reason"), self._outbox_dropped)
        yield counter("failovers", "Stations that another upstream answers", by_upstream, self._failovers)
        yield histogram(
            "mirror_lag_seconds", "From a message's receipt to the answer", "upstream", dict(self.lag_seconds)
        )
