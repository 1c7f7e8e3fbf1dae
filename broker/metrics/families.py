"""The families that a scrape is made of, from plain integers."""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric

Counts = defaultdict[tuple[str, ...], int]

_BOUNDS = (
    0.0001,
    0.00025,
    0.0005,
    0.001,
    0.0025,
    0.005,
    0.01,
    0.025,
    0.05,
    0.1,
    0.25,
    0.5,
    1.0,
    2.5,
    10.0,
    30.0,
)


class Histogram:
    """Counts by upper bound, in seconds; `observe` costs one bisection."""

    __slots__ = ("counts", "total")

    def __init__(self) -> None:
        self.counts = [0] * (len(_BOUNDS) + 1)
        self.total = 0.0

    def observe(self, seconds: float) -> None:
        self.counts[bisect_left(_BOUNDS, seconds)] += 1
        self.total += seconds

    def buckets(self) -> list[tuple[str, float]]:
        """The cumulative buckets that `prometheus_client` renders."""
        running = 0
        rows: list[tuple[str, float]] = []
        for bound, count in zip((*map(str, _BOUNDS), "+Inf"), self.counts, strict=True):
            running += count
            rows.append((bound, running))
        return rows


def counter(name: str, text: str, labels: tuple[str, ...], counts: Counts) -> Metric:
    family = CounterMetricFamily(f"switchboard_{name}", text, labels=labels)
    for values, count in list(counts.items()):
        family.add_metric(values, count)
    return family


def histogram(name: str, text: str, label: str, histograms: dict[str, Histogram]) -> Metric:
    family = HistogramMetricFamily(f"switchboard_{name}", text, labels=(label,))
    for value, histogram in histograms.items():
        family.add_metric((value,), histogram.buckets(), histogram.total)
    return family


def gauge(name: str, text: str, labels: tuple[str, ...], rows: Iterable[tuple[tuple[str, ...], float]]) -> Metric:
    family = GaugeMetricFamily(f"switchboard_{name}", text, labels=labels)
    for values, value in rows:
        family.add_metric(values, value)
    return family


def rows(values: dict[str, int] | dict[str, bool] | dict[str, float]) -> Iterator[tuple[tuple[str], float]]:
    return (((key,), float(value)) for key, value in values.items())
