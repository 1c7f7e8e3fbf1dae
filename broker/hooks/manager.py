"""The typed face of the plugin system. Nobody outside this package touches pluggy."""

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, Self

from prometheus_client import CollectorRegistry

from broker.hooks import describe, live
from broker.hooks.breaker import PluginStats
from broker.hooks.context import ContextFactory
from broker.hooks.errors import PluginError
from broker.hooks.guard import Guard
from broker.hooks.loader import Loaded, Loading
from broker.hooks.markers import Marks
from broker.hooks.operations import Operation, Operations
from broker.hooks.outcomes import Admit, Refuse, Route
from broker.hooks.registers import Registered
from broker.hooks.resolve import EntryPoints, PluginSpec, installed, profiles
from broker.hooks.table import Handler, Table, build
from broker.hooks.views import Action, ConnectionRequest, Event, LinkView, SessionView
from broker.ocpp import Schemas, Version

Observer = Callable[[SessionView, Event], None]


class Plugins:
    """The plugins of one broker: loaded, in order, with one compiled table for each version."""

    def __init__(self, loading: Loading, loaded: dict[str, Loaded], contexts: ContextFactory) -> None:
        """Use `load`."""
        self._loaded = loaded
        self._contexts = contexts
        self._registry: CollectorRegistry = loading.registry
        self._impls: live.Impls = {
            hook: [live.Impl(hook, loaded[i.plugin_name], i.function, tuple(i.argnames)) for i in loading.impls(hook)]
            for hook in describe.LIVE_HOOKS
        }
        self._registered = Registered(loading, self._impls)
        self._operations = Operations(loading, self._impls["operation"])
        handlers = loading.handlers(loaded)
        loading.check_selectors(handlers, cache(self.schemas.actions))
        self._base = {version: build(version, handlers) for version in Version}
        self.tables: dict[Version, Table] = self._base
        """By version; replaced whole when an observer comes or goes, so look it up for each message."""
        self._watching: dict[Observer, Handler] = {}
        self._notices = live.Notices(self._impls)
        self._started: list[str] = []
        self._broker: Any = None
        self._running = False

    @classmethod
    def load(
        cls,
        specs: Sequence[PluginSpec] | None,
        *,
        plugin_dirs: Sequence[Path] = (),
        context: ContextFactory | None = None,
        entry_points: EntryPoints = installed,
    ) -> Self:
        """Build the plugins named by `specs` (None: all built-in profile plugins) and compile their tables.

        Raises PluginError with every problem of every plugin.
        """
        contexts = context or ContextFactory()
        loading = Loading(contexts, plugin_dirs, entry_points)
        loaded = loading.load(profiles(entry_points) if specs is None else specs)
        if loading.problems:
            raise PluginError(loading.problems)
        plugins = cls(loading, loaded, contexts)
        if loading.problems:
            raise PluginError(loading.problems)
        return plugins

    def table(self, version: Version) -> Table:
        """The chains of this version as they are now."""
        return self.tables[version]

    def watch(self, observer: Observer) -> None:
        """Show every message to `observer` until `unwatch`; while nobody watches, it costs nothing."""
        marks = Marks("observe", 0, ())
        self._watching[observer] = Handler(Guard("watch"), marks, observer, ("session", "event"), "watch")
        self._swap()

    def unwatch(self, observer: Observer) -> None:
        """Stop showing messages to `observer`; one that does not watch is no error."""
        if self._watching.pop(observer, None) is not None:
            self._swap()

    def _swap(self) -> None:
        watchers = list(self._watching.values())
        self.tables = {v: t.observed(watchers) for v, t in self._base.items()} if watchers else self._base

    async def start(self, broker: Any) -> None:
        """Call `broker_starting` of each plugin; raises PluginError when one refuses, after stopping the others."""
        self._broker = broker
        self._contexts.registry.register(self._registry)
        self._running = True
        for name in self._loaded:
            mine = [impl for impl in self._impls["broker_starting"] if impl.guard.name == name]
            try:
                await live.starting(mine, broker)
            except PluginError:
                await self.stop()
                raise
            self._started.append(name)

    async def stop(self) -> None:
        """Call `broker_stopping` of each plugin that has started, the last first, and end their tasks.

        What they are being told of sessions and legs comes first.
        """
        await self._notices.settle()
        mine = [impl for impl in self._impls["broker_stopping"] if impl.guard.name in self._started]
        self._started = []
        await live.stopping(mine, self._broker)
        for one in self._loaded.values():
            await one.context.close()
        if self._running:
            self._running = False
            self._contexts.registry.unregister(self._registry)

    async def connection_opening(self, request: ConnectionRequest) -> Refuse | Admit | None:
        """What the plugins say about a station at the door; a refusal wins."""
        return await live.connection_opening(self._impls["connection_opening"], request)

    @property
    def chooses_routes(self) -> bool:
        """Whether some plugin may send a session elsewhere than the configuration says."""
        return bool(self._impls["choose_route"])

    def choose_route(self, session: SessionView) -> Route | None:
        """The route that a plugin wants for this session; None for the configured ones."""
        return live.choose_route(self._impls["choose_route"], session)

    def session_opened(self, session: SessionView) -> None:
        self._notices.session_opened(session)

    def session_closed(self, session: SessionView, reason: str) -> None:
        """A second call for the same session, or one without `session_opened`, tells nobody."""
        self._notices.session_closed(session, reason)

    def upstream_opened(self, session: SessionView, link: LinkView) -> None:
        self._notices.upstream_opened(session, link)

    def upstream_closed(self, session: SessionView, link: LinkView, reason: str) -> None:
        self._notices.upstream_closed(session, link, reason)

    @property
    def stats(self) -> dict[str, PluginStats]:
        """By plugin, in the order of the configuration."""
        return {name: one.guard.stats for name, one in self._loaded.items()}

    def describe(self) -> list[dict[str, Any]]:
        """The plugins for people and machines: name, module, hooks, options (secrets masked), counts."""
        return [describe.plugin(one, self._impls) for one in self._loaded.values()]

    def chains(self, version: Version) -> list[dict[str, Any]]:
        """Who handles what, in which order: direction, action, and the handlers of each hook."""
        return describe.chains(self.tables[version])

    @property
    def schemas(self) -> Schemas:
        """Those of the specification, and those of the actions that plugins own."""
        return self._registered.schemas

    def actions(self) -> tuple[Action, ...]:
        """The actions that plugins own."""
        return tuple(self._registered.actions)

    def operation(self, version: Version, name: str) -> Operation:
        """The operation of this name for stations of this version; raises UnknownOperation."""
        return self._operations.find(version, name)

    def operations(self) -> list[dict[str, Any]]:
        """All operations as data: name, version, plugin, summary, params."""
        return self._operations.describe()

    def routes(self) -> Mapping[str, Sequence[Any]]:
        """By plugin: `aiohttp.web.RouteDef`s, relative to `/plugins/<name>`."""
        return self._registered.routes

    def commands(self) -> Mapping[str, Mapping[str, Any]]:
        """By plugin: sub-commands of `switchboard` by name."""
        return self._registered.commands
