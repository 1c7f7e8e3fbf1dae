from broker.hooks import BasePlugin, Direction, Event, Plugins, PluginSpec, hookimpl, observe, run_observe
from broker.hooks import __all__ as names
from broker.ocpp import Version
from broker.testing import TestSession

EVENT = Event("call", 0.0, Direction.FROM_STATION, "local", "Heartbeat", "1", b"{}")


class Sees(BasePlugin):
    """Observes."""

    @observe()
    def look(self, session, event):
        self.state["seen"] = event.action

    @hookimpl
    def session_opened(self, session):
        """Counted."""


def observers(plugins, version=Version.V16):
    return plugins.tables[version].chain(Direction.FROM_STATION, "Heartbeat").observe


def test_a_watcher_is_in_every_chain_until_it_leaves():
    plugins = Plugins.load([PluginSpec("s", {}, Sees)])
    before = plugins.tables
    seen = []

    def watch(session, event):
        seen.append((session.identity, event.action))

    plugins.watch(watch)
    assert plugins.tables is not before
    for version in Version:
        run_observe(observers(plugins, version), TestSession(), EVENT)
    assert seen == [("CP001", "Heartbeat")] * 3
    plugins.unwatch(watch)
    assert plugins.tables is before
    plugins.unwatch(watch)
    assert plugins.tables is before


def test_a_watcher_that_fails_hurts_nobody_and_is_no_plugin():
    plugins = Plugins.load([])

    def broken(session, event):
        raise KeyError

    plugins.watch(broken)
    run_observe(observers(plugins), TestSession(), EVENT)
    assert plugins.stats == {}
    plugins.unwatch(broken)
    assert not observers(plugins)


def test_counts_survive_watchers():
    plugins = Plugins.load([PluginSpec("s", {}, Sees)])
    run_observe(observers(plugins), TestSession(), EVENT)
    plugins.watch(print)
    plugins.unwatch(print)
    run_observe(observers(plugins), TestSession(), EVENT)
    assert plugins.stats["s"].calls == 2


async def test_calls_are_messages_alone():
    """What else a plugin is told of counts for its breaker, not as a message."""

    class Told(Sees):
        @hookimpl
        def broker_starting(self, broker):
            """Starts."""

    plugins = Plugins.load([PluginSpec("s", {}, Told)])
    await plugins.start(None)
    assert (plugins.stats["s"].calls, plugins.stats["s"].successes) == (0, 1)


def test_the_package_exports_what_it_lists():
    import broker.hooks

    assert all(hasattr(broker.hooks, name) for name in names)
