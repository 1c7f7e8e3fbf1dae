"""What Prometheus sees, read back with prometheus_client's own parsers."""

from types import SimpleNamespace

import pytest
from prometheus_client import generate_latest
from prometheus_client.openmetrics.exposition import generate_latest as open_metrics
from prometheus_client.openmetrics.parser import text_string_to_metric_families as parse_open_metrics
from prometheus_client.parser import text_string_to_metric_families as parse

from broker.metrics import LIMITS, REFUSALS, Histogram, Metrics, Snapshot

OURS = "switchboard_"


def scrape(metrics):
    """Every sample of ours: (name, labels) -> value."""
    families = list(parse(generate_latest(metrics.registry).decode()))
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in families
        for sample in family.samples
        if sample.name.startswith(OURS)
    }


def value(metrics, name, **labels):
    return scrape(metrics).get((OURS + name, frozenset(labels.items())))


def test_nothing_has_happened_and_the_closed_sets_are_there_with_zero():
    found = scrape(Metrics())
    for reason in REFUSALS:
        assert found[OURS + "handshakes_refused_total", frozenset({("reason", reason)})] == 0
    for limit in LIMITS:
        assert found[OURS + "limit_hits_total", frozenset({("limit", limit)})] == 0
    assert found[OURS + "ready", frozenset()] == 0


def test_each_counter_counts_under_its_labels():
    metrics = Metrics()
    for _ in range(3):
        metrics.call("ocpp1.6", "Heartbeat", "from_station", "result")
    metrics.call("ocpp1.6", "Heartbeat", "to_station", "timeout")
    metrics.session_ended("closed")
    metrics.refused("credentials")
    metrics.bad_frame("not_json", "upstream")
    metrics.unmatched("late", "station")
    metrics.violation("ocpp2.0.1", "from_station", "type")
    metrics.limit("queue")
    metrics.dial_failed("main", "tls")
    call = {"version": "ocpp1.6", "action": "Heartbeat"}
    assert value(metrics, "calls_total", **call, direction="from_station", outcome="result") == 3
    assert value(metrics, "calls_total", **call, direction="to_station", outcome="timeout") == 1
    assert value(metrics, "sessions_ended_total", reason="closed") == 1
    assert value(metrics, "handshakes_refused_total", reason="credentials") == 1
    assert value(metrics, "bad_frames_total", leg="upstream", reason="not_json") == 1
    assert value(metrics, "unmatched_replies_total", leg="station", reason="late") == 1
    assert value(metrics, "schema_violations_total", version="ocpp2.0.1", direction="from_station", kind="type") == 1
    assert value(metrics, "limit_hits_total", limit="queue") == 1
    assert value(metrics, "upstream_dial_failures_total", upstream="main", reason="tls") == 1


def test_a_histogram_has_cumulative_buckets_a_count_and_a_sum():
    metrics = Metrics()
    for seconds in (0.0, 0.0001, 0.00011, 0.3, 1e9):
        metrics.station_seconds.observe(seconds)
    found = scrape(metrics)
    buckets = {
        dict(labels)["le"]: count for (name, labels), count in found.items() if name == OURS + "station_seconds_bucket"
    }
    assert buckets["0.0001"] == 2, "a bound belongs to its bucket"
    assert buckets["0.00025"] == 3
    assert buckets["0.5"] == 4
    assert buckets["30.0"] == 4
    assert buckets["+Inf"] == 5
    assert found[OURS + "station_seconds_count", frozenset()] == 5
    assert found[OURS + "station_seconds_sum", frozenset()] == pytest.approx(1e9 + 0.30021)


@pytest.mark.parametrize("seconds", [-1.0, 0.0, 0.05, 29.9, 31.0])
def test_each_observation_falls_into_exactly_one_bucket(seconds):
    histogram = Histogram()
    histogram.observe(seconds)
    counts = [count for _, count in histogram.buckets()]
    assert counts == sorted(counts)
    assert counts[-1] == 1
    assert sum(histogram.counts) == 1


def test_a_scrape_asks_the_running_parts_each_time():
    metrics = Metrics()
    stats = SimpleNamespace(calls=7, errors=2, timeouts=1, seconds=0.5, breaker_open=True)
    now = Snapshot(
        sessions={("ocpp1.6", 2): 3},
        open_calls={"from_station": 1},
        queued={"to_station": 4},
        links={"main": 2},
        upstream_up={"main": False},
        plugins={"policy.rate_limit": stats},
        certificates={"secure:server.pem": 1.9e9},
        ready=True,
    )
    metrics.snapshot = lambda: now
    assert value(metrics, "sessions", version="ocpp1.6", security_profile="2") == 3
    assert value(metrics, "open_calls", direction="from_station") == 1
    assert value(metrics, "queued_calls", direction="to_station") == 4
    assert value(metrics, "upstream_links", upstream="main") == 2
    assert value(metrics, "upstream_up", upstream="main") == 0
    assert value(metrics, "certificate_expiry_timestamp_seconds", certificate="secure:server.pem") == 1.9e9
    assert value(metrics, "ready") == 1
    plugin = {"plugin": "policy.rate_limit"}
    assert value(metrics, "plugin_calls_total", **plugin) == 7
    assert value(metrics, "plugin_errors_total", **plugin) == 2
    assert value(metrics, "plugin_timeouts_total", **plugin) == 1
    assert value(metrics, "plugin_seconds_total", **plugin) == 0.5
    assert value(metrics, "plugin_breaker_open", **plugin) == 1
    stats.calls, now.ready = 8, False
    assert (value(metrics, "plugin_calls_total", **plugin), value(metrics, "ready")) == (8, 0)


def test_the_text_is_valid_for_prometheus_and_for_openmetrics():
    metrics = Metrics()
    metrics.call("ocpp1.6", "Heartbeat", "from_station", "result")
    metrics.dial_failed('odd "name"\\with\nlines', "other")
    for families in (
        list(parse(generate_latest(metrics.registry).decode())),
        list(parse_open_metrics(open_metrics(metrics.registry).decode())),
    ):
        names = [family.name for family in families]
        assert len(names) == len(set(names)), "a family stands once"
        assert all(family.documentation for family in families)
        (dials,) = [f for f in families if f.name.startswith(OURS + "upstream_dial")]
        assert {sample.labels["upstream"] for sample in dials.samples} == {'odd "name"\\with\nlines'}


def test_what_is_scraped_while_counts_are_added_is_read_at_the_next_scrape():
    metrics = Metrics()
    families = metrics.collect()
    next(families)
    metrics.call("ocpp1.6", "Heartbeat", "from_station", "result")
    assert len(list(families)) > 10
    assert (
        value(metrics, "calls_total", version="ocpp1.6", action="Heartbeat", direction="from_station", outcome="result")
        == 1
    )


def test_the_process_and_the_collector_of_garbage_are_seen_too():
    names = {family.name for family in parse(generate_latest(Metrics().registry).decode())}
    assert {"process_resident_memory_bytes", "process_open_fds", "python_gc_collections", "python_info"} <= names


def test_two_brokers_in_one_process_count_apart():
    one, other = Metrics(), Metrics()
    one.refused("profile")
    assert value(one, "handshakes_refused_total", reason="profile") == 1
    assert value(other, "handshakes_refused_total", reason="profile") == 0
