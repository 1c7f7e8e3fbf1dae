"""What the broker gives to each plugin: a logger, a clock, metrics, tasks, and the sessions to look at."""

import asyncio
import logging
import re
import time
from collections.abc import Coroutine, Iterable, Sequence
from datetime import UTC, datetime
from typing import Any, Protocol, TypeVar

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from broker.hooks.authority import Authority, NoAuthority
from broker.hooks.documents import PluginDocuments
from broker.hooks.files import Files, NoFiles
from broker.hooks.views import SessionView
from broker.records import Records
from broker.tasks import spawn

T = TypeVar("T")

_CLOSE_WAIT = 2.0  # seconds that a cancelled task gets to clean up


class SessionsView(Protocol):
    """The sessions that are open on this broker."""

    def get(self, identity: str) -> SessionView | None: ...

    def all(self) -> Iterable[SessionView]: ...


class Clock:
    """The time, so that a test can set it."""

    def now(self) -> float:
        """Unix time in seconds."""
        return time.time()

    def monotonic(self) -> float:
        """Seconds that never go back, for measuring."""
        return time.monotonic()

    def iso(self) -> str:
        """Now as OCPP writes it: `2026-01-31T12:00:00.123Z` (RFC 3339, UTC, milliseconds)."""
        moment = datetime.fromtimestamp(self.now(), UTC)
        return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"


class PluginMetrics:
    """Prometheus metrics named after the plugin: `switchboard_plugin_<plugin>_<name>`.

    Label values must come from closed sets; a station's identity is not one.
    """

    def __init__(self, plugin: str, registry: CollectorRegistry) -> None:
        self._prefix = "switchboard_plugin_" + re.sub(r"\W+", "_", plugin)
        self._registry = registry

    def counter(self, name: str, text: str, labels: Sequence[str] = ()) -> Counter:
        return Counter(f"{self._prefix}_{name}", text, labels, registry=self._registry)

    def gauge(self, name: str, text: str, labels: Sequence[str] = ()) -> Gauge:
        return Gauge(f"{self._prefix}_{name}", text, labels, registry=self._registry)

    def histogram(self, name: str, text: str, labels: Sequence[str] = ()) -> Histogram:
        return Histogram(f"{self._prefix}_{name}", text, labels, registry=self._registry)


class Context:
    """One plugin's way to the broker."""

    def __init__(
        self, name: str, factory: "ContextFactory", registry: CollectorRegistry, shared: dict[str, Any]
    ) -> None:
        self.name = name
        self.log = logging.getLogger(f"plugin.{name}")
        self.metrics = PluginMetrics(name, registry)
        self.shared = shared
        """One dictionary for all plugins of a broker: what a plugin offers to the others, under its own name."""
        self._factory = factory
        self._tasks: set[asyncio.Task[Any]] = set()

    @property
    def clock(self) -> Clock:
        return self._factory.clock

    @property
    def sessions(self) -> SessionsView:
        """The open sessions, read-only."""
        return self._factory.sessions

    @property
    def records(self) -> Records:
        """What the broker knows and keeps. Raises RuntimeError before the broker runs."""
        return self._factory.records

    @property
    def documents(self) -> PluginDocuments:
        """What this plugin keeps for itself."""
        return PluginDocuments(self.name, self._factory.records)

    @property
    def files(self) -> Files:
        """The file endpoint; `available` tells whether there is one."""
        return self._factory.files

    @property
    def authority(self) -> Authority:
        """The certificate authority of the configuration."""
        return self._factory.authority

    def spawn(self, coro: Coroutine[Any, Any, T], *, name: str = "task") -> asyncio.Task[T]:
        """Run `coro` in the background until it ends or the plugin is stopped; what it raises is logged."""
        task = spawn(coro, name=f"plugin:{self.name}:{name}")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def close(self) -> None:
        """Cancel what `spawn` has started and is still running; a task that does not end is left behind."""
        tasks = self._tasks - {asyncio.current_task()}
        for task in tasks:
            task.cancel()
        if not tasks:
            return
        _, stuck = await asyncio.wait(tasks, timeout=_CLOSE_WAIT)
        for task in stuck:
            self.log.warning("task %s does not end", task.get_name())


class NoSessions:
    """No session at all: what a plugin sees before the broker runs."""

    def get(self, identity: str) -> SessionView | None:
        return None

    def all(self) -> Iterable[SessionView]:
        return ()


class ContextFactory:
    """Makes the plugins' contexts. `sessions` may be set later, once there are some to see.

    `registry` is where the plugins' metrics are shown while they run.
    """

    def __init__(
        self,
        *,
        registry: CollectorRegistry | None = None,
        sessions: SessionsView | None = None,
        clock: Clock | None = None,
    ) -> None:
        self.registry = registry or CollectorRegistry()
        self.sessions: SessionsView = sessions or NoSessions()
        self.clock = clock or Clock()
        self.files: Files = NoFiles()
        self.authority: Authority = NoAuthority()
        self.records = Records.closed()
        """Set by the broker before it builds the plugins; without one, as for a list of them, nothing can be read."""
