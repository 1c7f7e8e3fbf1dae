"""GET /metrics."""

import gzip
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from prometheus_client import CollectorRegistry
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.openmetrics.parser import text_string_to_metric_families as open_metrics
from prometheus_client.parser import text_string_to_metric_families as plain_text

from broker.server.admin.exposition import render


async def test_figures_move(client: Any, broker: Any) -> None:
    broker.metrics.refused("credentials")
    broker.metrics.call("ocpp1.6", "Heartbeat", "from_station", "result")
    async with client.ask("GET", "/metrics", None) as response:
        assert response.status == 200
        assert response.headers["Content-Type"].startswith("text/plain; version=")
        text = await response.text()
    assert 'switchboard_handshakes_refused_total{reason="credentials"} 1.0' in text
    assert 'action="Heartbeat"' in text
    assert list(plain_text(text))


async def test_openmetrics_for_who_asks(client: Any) -> None:
    headers = {"Accept": "application/openmetrics-text; version=1.0.0"}
    async with client.ask("GET", "/metrics", None, headers=headers) as response:
        assert response.headers["Content-Type"].startswith("application/openmetrics-text")
        assert list(open_metrics(await response.text()))


async def test_compressed_for_who_can(raw: Any) -> None:
    head = b"GET /metrics HTTP/1.1\r\nHost: a\r\nConnection: close\r\nAccept-Encoding: gzip\r\n\r\n"
    headers, _, body = (await raw(head)).partition(b"\r\n\r\n")
    assert b"Content-Encoding: gzip" in headers
    assert b"switchboard_ready" in gzip.decompress(body)


class _Collector:
    def __init__(self, failures: int) -> None:
        self.failures = failures
        self.threads: list[int] = []

    def collect(self) -> Iterator[Metric]:
        self.threads.append(threading.get_ident())
        if self.failures:
            self.failures -= 1
            raise RuntimeError("dictionary changed size during iteration")
        yield GaugeMetricFamily("fine", "It is fine", 1)

    def describe(self) -> list[Metric]:
        return []


async def test_rendered_beside_the_event_loop(client: Any, broker: Any) -> None:
    collector = _Collector(0)
    broker.metrics.registry.register(collector)
    async with client.ask("GET", "/metrics", None) as response:
        assert response.status == 200
    assert collector.threads
    assert threading.get_ident() not in collector.threads


def test_a_session_that_comes_meanwhile_does_not_fail_the_scrape() -> None:
    registry = CollectorRegistry()
    registry.register(_Collector(3))
    assert b"fine 1.0" in render(registry, "", False)[0]


def test_a_collector_that_always_fails_is_not_tried_for_ever() -> None:
    registry = CollectorRegistry()
    registry.register(_Collector(1000))
    with pytest.raises(RuntimeError):
        render(registry, "", False)
