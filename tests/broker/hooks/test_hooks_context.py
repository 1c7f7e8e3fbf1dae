import asyncio
import re

from prometheus_client import CollectorRegistry, generate_latest

from broker.hooks import Clock, Context, ContextFactory, PluginMetrics
from broker.testing import StoppedClock, TestSession


def test_iso_is_utc_with_milliseconds_and_z():
    assert StoppedClock(1_767_225_600.1239).iso() == "2026-01-01T00:00:00.123Z"


def test_the_real_clock_goes_forward():
    clock = Clock()
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", clock.iso())
    first, second = clock.monotonic(), clock.monotonic()
    assert second >= first
    assert abs(clock.now() - StoppedClock().now()) > 0


def test_metrics_are_named_after_the_plugin():
    registry = CollectorRegistry()
    metrics = PluginMetrics("policy.rate-limit", registry)
    metrics.counter("refused", "Refused", ["what"]).labels("call").inc()
    metrics.gauge("open", "Open").set(3)
    metrics.histogram("size", "Size").observe(1)
    text = generate_latest(registry).decode()
    assert 'switchboard_plugin_policy_rate_limit_refused_total{what="call"} 1.0' in text
    assert "switchboard_plugin_policy_rate_limit_open 3.0" in text
    assert "switchboard_plugin_policy_rate_limit_size_count 1.0" in text


class One:
    def __init__(self):
        self.session = TestSession(identity="CP1")

    def get(self, identity):
        return self.session if identity == "CP1" else None

    def all(self):
        return [self.session]


def test_sessions_may_come_after_the_plugins():
    contexts = ContextFactory()
    context = Context("mine", contexts, CollectorRegistry(), {})
    assert (context.sessions.get("CP1"), list(context.sessions.all())) == (None, [])
    contexts.sessions = One()
    assert context.sessions.get("CP1").identity == "CP1"


async def test_spawn_names_the_task_after_the_plugin():
    async def work():
        return 1

    context = Context("mine", ContextFactory(), CollectorRegistry(), {})
    task = context.spawn(work(), name="job")
    assert task.get_name() == "plugin:mine:job"
    assert await task == 1
    await context.close()


async def test_a_task_that_will_not_end_holds_nobody_up(monkeypatch, caplog):
    monkeypatch.setattr("broker.hooks.context._CLOSE_WAIT", 0.05)
    released = asyncio.Event()

    async def stubborn():
        while not released.is_set():
            try:
                await released.wait()
            except asyncio.CancelledError:
                continue

    context = Context("mine", ContextFactory(), CollectorRegistry(), {})
    task = context.spawn(stubborn())
    await asyncio.sleep(0)
    await asyncio.wait_for(context.close(), 1)
    assert "does not end" in caplog.text
    released.set()
    await task


async def test_a_task_that_closes_its_own_context_does_not_wait_for_itself():
    context = Context("mine", ContextFactory(), CollectorRegistry(), {})
    await asyncio.wait_for(context.spawn(context.close()), 1)
