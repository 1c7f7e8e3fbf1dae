"""What is counted of outboxes, copies and several upstreams."""

import pytest

from broker.metrics import Metrics, Snapshot

COUNTED = {
    "outbox_replays": (lambda m: m.replayed("main"), {"upstream": "main"}),
    "duplicates": (lambda m: m.repeated(), {}),
    "dead_letters": (lambda m: m.buried("main", "refused"), {"upstream": "main", "reason": "refused"}),
    "mapping_misses": (lambda m: m.mapping_missed("main"), {"upstream": "main"}),
    "commands_refused": (lambda m: m.command_refused("main", "commands"), {"upstream": "main", "reason": "commands"}),
    "copies_dropped": (lambda m: m.copy_dropped("main", "lost"), {"upstream": "main", "reason": "lost"}),
    "outbox_dropped": (lambda m: m.outbox_dropped("main", "full"), {"upstream": "main", "reason": "full"}),
    "failovers": (lambda m: m.failed_over("main"), {"upstream": "main"}),
}


@pytest.mark.parametrize("name", COUNTED)
def test_each_way_to_lose_or_delay_a_message_is_counted_apart(name):
    metrics = Metrics()
    count, _ = COUNTED[name]
    count(metrics)
    count(metrics)
    found = {
        other: metrics.registry.get_sample_value(f"switchboard_{other}_total", where) or 0.0
        for other, (_, where) in COUNTED.items()
    }
    assert found == {other: 2.0 if other == name else 0.0 for other in COUNTED}


def test_the_lag_of_what_is_mirrored_is_seen_by_upstream():
    metrics = Metrics()
    metrics.mirrored("billing", 2.0)
    value = metrics.registry.get_sample_value
    assert value("switchboard_mirror_lag_seconds_count", {"upstream": "billing"}) == 1
    assert value("switchboard_mirror_lag_seconds_sum", {"upstream": "billing"}) == 2.0
    assert value("switchboard_mirror_lag_seconds_count", {"upstream": "main"}) is None


def test_outboxes_comparisons_and_the_store_are_asked_at_each_scrape():
    metrics = Metrics()
    now = Snapshot(
        outbox={"main": (3, 700, 12.5)},
        compared={("main", "candidate", "Authorize", "equal"): 4},
        store_failed=True,
    )
    metrics.snapshot = lambda: now
    value = metrics.registry.get_sample_value
    main = {"upstream": "main"}
    assert value("switchboard_outbox_messages", main) == 3
    assert value("switchboard_outbox_bytes", main) == 700
    assert value("switchboard_outbox_age_seconds", main) == 12.5
    labels = {"primary": "main", "candidate": "candidate", "action": "Authorize", "kind": "equal"}
    assert value("switchboard_compared_total", labels) == 4
    assert value("switchboard_store_failed", {}) == 1
