"""What Prometheus sees of the broker."""

from broker.metrics.families import Histogram
from broker.metrics.metrics import LIMITS, OUTCOMES, REFUSALS, SAMPLE, Metrics, PluginFigures, Snapshot

__all__ = ["LIMITS", "OUTCOMES", "REFUSALS", "SAMPLE", "Histogram", "Metrics", "PluginFigures", "Snapshot"]
