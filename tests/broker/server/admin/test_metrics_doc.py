"""docs/metrics.md names every metric with its kind and labels, and no other."""

import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

from broker.metrics import LIMITS, OUTCOMES, REFUSALS, Metrics, PluginFigures, Snapshot

DOC = (Path(__file__).parents[4] / "docs" / "metrics.md").read_text(encoding="utf-8")
ROW = re.compile(r"^\| `(switchboard_\w+)` \| (\w+) \|([^|]*)\|", re.MULTILINE)


def _metrics() -> Metrics:
    """Each figure counted once, so that every label shows."""
    metrics = Metrics()
    metrics.call("ocpp1.6", "Heartbeat", "from_station", "result")
    metrics.session_ended("closed")
    metrics.bad_frame("not_json")
    metrics.unmatched("late", "station")
    metrics.violation("ocpp1.6", "from_station", "type")
    metrics.dial_failed("main", "refused")
    metrics.upstream_seconds["main"].observe(0.1)
    metrics.mirrored("billing", 0.1)
    metrics.replayed("billing")
    metrics.repeated()
    metrics.buried("billing", "refused")
    metrics.mapping_missed("billing")
    metrics.command_refused("billing", "commands")
    metrics.copy_dropped("billing", "lost")
    metrics.outbox_dropped("billing", "full")
    metrics.failed_over("other")
    stats = SimpleNamespace(calls=1, errors=0, timeouts=0, seconds=0.1, breaker_open=False)
    metrics.snapshot = lambda: Snapshot(
        sessions={("ocpp1.6", 0): 1},
        open_calls={"from_station": 1},
        queued={"from_station": 1},
        links={"main": 1},
        upstream_up={"main": True},
        plugins={"p": cast("PluginFigures", stats)},
        certificates={"c": 1.0},
        ready=True,
        outbox={"billing": (1, 2, 3.0)},
        compared={("main", "candidate", "Authorize", "status"): 1},
    )
    return metrics


def _rendered() -> dict[str, tuple[str, set[str]]]:
    found: dict[str, tuple[str, set[str]]] = {}
    for family in _metrics().collect():
        name = family.name + ("_total" if family.type == "counter" else "")
        labels: set[str] = set().union(*(sample.labels for sample in family.samples))
        found[name] = (family.type, labels - {"le"})
    return found


def test_every_metric_is_documented_with_kind_and_labels() -> None:
    documented: dict[str, Any] = {
        name: (kind, set(re.findall(r"`(\w+)`", labels))) for name, kind, labels in ROW.findall(DOC)
    }
    assert documented == _rendered()


def test_every_label_value_of_a_closed_set_is_documented() -> None:
    for value in (*REFUSALS, *LIMITS, *OUTCOMES):
        assert f"`{value}`" in DOC
