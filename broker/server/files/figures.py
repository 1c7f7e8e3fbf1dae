"""What Prometheus sees of the file endpoint."""

from collections.abc import Callable

from prometheus_client import CollectorRegistry, Counter, Gauge

PURPOSES = ("firmware", "diagnostics", "log")
#: `done`: the whole file. `part`: a range of it. `unknown`: no such URL (any more). `expired`: nobody came in time.
OUTCOMES = (
    "done",
    "part",
    "interrupted",
    "slow",
    "too_large",
    "no_space",
    "bad_request",
    "busy",
    "unknown",
    "expired",
    "failed",
)


class Figures:
    """Counters of transfers; a purpose that a plugin of somebody's own has counts as `other`."""

    def __init__(self, registry: CollectorRegistry, kept: Callable[[], float]) -> None:
        self._transfers = Counter(
            "switchboard_file_transfers", "Transfers that ended", ["purpose", "outcome"], registry=registry
        )
        self._bytes = Counter(
            "switchboard_file_transferred_bytes", "Bytes of files that went over", ["purpose"], registry=registry
        )
        Gauge("switchboard_file_uploads_bytes", "Bytes of all uploads", registry=registry).set_function(kept)

    def ended(self, purpose: str, outcome: str) -> None:
        """One transfer ended so."""
        self._transfers.labels(_known(purpose), outcome).inc()

    def moved(self, purpose: str, count: int) -> None:
        """So many bytes went over, either way."""
        self._bytes.labels(_known(purpose)).inc(count)


def _known(purpose: str) -> str:
    return purpose if purpose in PURPOSES else "other"
