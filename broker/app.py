"""Puts the parts together, in order, and takes them apart again in the reverse one."""

import asyncio
import gc
import secrets
import signal
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

import structlog

from broker.config import Config, ConfigError, Problem, load, warnings_of
from broker.hooks import Admit, ConnectionRequest, ContextFactory, PluginError, Plugins, PluginSpec, Refuse
from broker.metrics import Metrics, Snapshot
from broker.ocpp import Schemas
from broker.records import Records
from broker.server.admin import AdminServer, Prepared
from broker.server.authority import authority_of
from broker.server.door import Door
from broker.server.files import FileServer
from broker.server.files import Plan as FilesPlan
from broker.server.listeners import Listeners, Plan
from broker.server.provisioning import provision
from broker.server.pruning import Pruning
from broker.server.tls import TlsError
from broker.server.tls_advice import advice
from broker.session import Sessions, Shared
from broker.session.grants.credential_book import CredentialBook
from broker.session.upstream.upstreams import Upstreams
from broker.session.wheel import Wheel
from broker.store import Store, ops
from broker.tasks import spawn

_log = structlog.get_logger("broker.app")

_PSEUDONYM_KEY = "pseudonym_key"
_NOT_RUNNING = Problem("", "", "a broker that is running")


@dataclass(slots=True)
class _Next:
    """Everything of a new configuration that could fail, built and not in use yet."""

    config: Config
    plugins: Plugins
    upstreams: Upstreams
    listeners: Plan
    files: FilesPlan
    admin: Prepared


class Broker:
    """One broker in this process.

    `run` is the whole life of a server process; a test calls `start` and `stop`.
    """

    def __init__(
        self, config: Config, *, config_path: Path | None = None, plugins: Sequence[PluginSpec] | None = None
    ) -> None:
        """Load the plugins; raises PluginError with every problem of every plugin.

        `plugins` stand in for those that `config` names, until a reload brings other ones.
        """
        self.config = config
        self.config_path = config_path
        self.metrics = Metrics()
        self.ready = False
        """Whether stations may come; what /readyz says."""
        self.store = Store(config.store.url)
        self.records = Records(self.store)
        self._contexts = ContextFactory(registry=self.metrics.registry)
        self._contexts.records = self.records
        if plugins is None:
            self.plugins = load_plugins(config, self._contexts)
        else:
            self.plugins = Plugins.load(plugins, plugin_dirs=config.plugin_dirs, context=self._contexts)
        self._reloading = asyncio.Lock()
        self._parts = AsyncExitStack()

    async def start(self) -> None:
        """Serve; returns when stations may come.

        Raises:
            PluginError: a plugin refuses to start. StoreError: the database cannot be used. TlsError: a certificate,
            key or CRL cannot be used. ConfigError: the file of the admin token cannot be used. OSError: an address
            cannot be bound, or a file of an upstream's TLS settings cannot be read.
            Whatever was started by then has been stopped again.
        """
        try:
            await self._start()
        except BaseException:
            await self._parts.aclose()
            raise
        self.ready = True

    async def _start(self) -> None:
        config, parts = self.config, self._parts
        wheel = Wheel(asyncio.get_running_loop())
        parts.callback(wheel.stop)
        upstreams = Upstreams(config.upstreams, max_message=config.limits.message_bytes)
        await self.store.open()
        parts.push_async_callback(self.store.close)
        await self.records.load()
        provision(config, self.records)
        credentials = CredentialBook(self.store)
        await credentials.load()
        self.shared = Shared(
            config, self.plugins, self.schemas, self.metrics, wheel, upstreams, self.store, credentials, self.records
        )
        self.shared.pseudonym_key = await self._pseudonym_key()
        parts.push_async_callback(self._close_upstreams)
        self.sessions = Sessions(self.shared)
        await self.sessions.open()
        parts.push_async_callback(self.sessions.errands.stop, 1.0)
        self._contexts.sessions = self.sessions
        self.door = Door(
            config,
            sessions=self.sessions,
            ask_plugins=self._ask_plugins,
            learned=credentials,
            registrations=self.records.registrations,
        )
        self.listeners = Listeners(self.door, self.metrics)
        self.metrics.snapshot = self._snapshot
        self._contexts.authority = authority_of(config.authority, self.door.serial_number)
        self.files = FileServer(self.records, self.metrics)
        await self.files.start(config)
        parts.push_async_callback(self.files.close)
        self._contexts.files = self.files
        await self.plugins.start(self)
        parts.push_async_callback(self._stop_plugins)
        parts.push_async_callback(self.files.close)  # transfers end before the plugins that hear of them
        self.pruning = Pruning(self.records, lambda: self.config.retention.limits)
        self.pruning.start()
        parts.push_async_callback(self.pruning.stop)
        self.admin = AdminServer(self)
        await self.admin.start()
        parts.push_async_callback(self.admin.stop)
        await self.listeners.start(config)
        parts.push_async_callback(self.listeners.close)

    async def _pseudonym_key(self) -> bytes:
        """The configured one, or a random one that the store keeps: the same token stays the same pseudonym."""
        configured = self.config.outbox.pseudonym_key
        if configured is not None:
            return configured.get_secret_value().encode()
        kept = await self.store.setting(_PSEUDONYM_KEY)
        if kept is None:
            kept = secrets.token_bytes(32)
            await self.store.write([ops.put_setting(_PSEUDONYM_KEY, kept)])
        return kept

    async def _ask_plugins(self, request: ConnectionRequest) -> Refuse | Admit | None:
        return await self.plugins.connection_opening(request)  # those of now: a reload may have replaced them

    async def _close_upstreams(self) -> None:
        await self.shared.upstreams.close()

    async def _stop_plugins(self) -> None:
        await self.plugins.stop()

    async def stop(self) -> None:
        """Accept nobody any more, let open calls finish, say 1001 to each station, and end, within the time limit."""
        self.ready = False
        self.door.stopping = True
        self.listeners.stop_accepting()
        self.files.stop_accepting()
        shutdown = self.config.shutdown
        await self.sessions.drain(seconds=max(shutdown.timeout - 2.0, 0.5), spread=shutdown.spread)
        await self._parts.aclose()

    async def run(self) -> int:
        """Serve until SIGTERM or SIGINT, reload on SIGHUP; returns the exit code.

        A second SIGTERM or SIGINT ends it at once, with 1.
        """
        loop = asyncio.get_running_loop()
        asked, forced = asyncio.Event(), asyncio.Event()

        def on_stop() -> None:
            (forced if asked.is_set() else asked).set()

        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, on_stop)
        loop.add_signal_handler(signal.SIGHUP, lambda: spawn(self._reload_and_log(), name="reload"))
        try:
            await self.start()
            _settle_memory()
            await asked.wait()
            _log.info("stopping", stations=len(self.sessions))
            return await self._stop_unless(forced)
        finally:
            for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
                loop.remove_signal_handler(number)

    async def _stop_unless(self, forced: asyncio.Event) -> int:
        stopping = spawn(self.stop(), name="stop")
        forcing = spawn(forced.wait(), name="forced stop")
        await asyncio.wait(
            (stopping, forcing), return_when=asyncio.FIRST_COMPLETED, timeout=self.config.shutdown.timeout
        )
        forcing.cancel()
        if stopping.done():
            stopping.result()
            return 0
        stopping.cancel()
        _log.warning("stopped by force", stations=len(self.sessions))
        return 1 if forced.is_set() else 0

    # --- reload -----------------------------------------------------------------------------------------------------

    async def reload(self) -> list[Problem]:
        """Read the configuration again and swap it in; the problems, and nothing changed, where it cannot be used.

        Stations stay connected; those whose route has changed are led to the new one, one after another.
        """
        async with self._reloading:
            if self._stopped():
                return [_NOT_RUNNING]
            try:
                following = await self._prepare()
            except ConfigError as error:
                return list(error.problems)
            except PluginError as error:
                return [
                    Problem(fault.path or f"plugins: {fault.plugin}", "", f"a plugin that can be used: {fault.message}")
                    for fault in error.problems
                ]
            except TlsError as error:
                return [Problem("listeners", "", f"certificates that can be used: {error}")]
            except OSError as error:
                said = error if error.filename else error.strerror or error
                return [Problem("configuration", "", f"files and addresses that can be had: {said}")]
            if self._stopped():  # while the new parts were built
                await self._discard(following)
                return [_NOT_RUNNING]
            await self._swap(following)
        _log.info("reloaded", file=str(self.config_path or ""))
        for sentence in (*warnings_of(self.config), *advice(self.config.listeners)):
            _log.warning("configuration", advice=sentence)
        return []

    async def _reload_and_log(self) -> None:
        for problem in await self.reload():
            _log.error("not reloaded", problem=str(problem))

    async def _prepare(self) -> _Next:
        config = load(self.config_path)
        plugins = self.plugins
        if (config.plugins, config.plugin_dirs) != (self.config.plugins, self.config.plugin_dirs):
            plugins = load_plugins(config, self._contexts)
        upstreams = Upstreams(config.upstreams, max_message=config.limits.message_bytes)
        admin = await self.admin.prepare(config, plugins)
        files = await self.files.prepare(config)
        try:
            listeners = await self.listeners.prepare(config)
        except BaseException:
            files.discard()
            raise
        try:
            if plugins is not self.plugins:
                await plugins.start(self)
        except BaseException:
            listeners.discard()
            files.discard()
            raise
        return _Next(config, plugins, upstreams, listeners, files, admin)

    def _stopped(self) -> bool:
        return not self.ready

    async def _discard(self, following: _Next) -> None:
        following.listeners.discard()
        following.files.discard()
        if following.plugins is not self.plugins:
            await following.plugins.stop()

    async def _swap(self, following: _Next) -> None:
        old = self.plugins
        following.upstreams.inherit(self.shared.upstreams)
        self.config = self.shared.config = following.config
        self.plugins = self.shared.plugins = following.plugins
        self.shared.upstreams = following.upstreams
        self.shared.schemas = self.schemas
        self.shared.refresh()
        provision(following.config, self.records)
        self.door.reconfigure(following.config)
        self._contexts.authority = authority_of(following.config.authority, self.door.serial_number)
        self.listeners.commit(following.listeners)
        self.files.commit(following.files)
        self.admin.swap(following.admin)
        if old is not self.plugins:
            for session in self.sessions.all():
                session.hand_over(old, self.plugins)
            await old.stop()
        for session in self.sessions.all():
            self.records.registrations.tell(session.identity)  # its boot policy may be another one now
        self.sessions.warn_of_orphans()
        spawn(self.sessions.rerouting.after_reload(self.sessions.all()), name="routes after reload")

    # --- what others look at ----------------------------------------------------------------------------------------

    @property
    def schemas(self) -> Schemas:
        return self.plugins.schemas

    @property
    def ports(self) -> dict[str, int]:
        """The port of each listener, by name."""
        return self.listeners.ports

    @property
    def admin_url(self) -> str:
        return self.admin.url

    def _snapshot(self) -> Snapshot:
        snapshot = Snapshot(ready=self.ready, plugins=dict(self.plugins.stats))
        self.sessions.count(snapshot)
        snapshot.certificates = {**self.listeners.expiries(), **self.files.expiries()}
        return snapshot


def load_plugins(config: Config, contexts: ContextFactory | None = None) -> Plugins:
    """The plugins that `config` names, or the built-in profiles. Raises PluginError with every problem."""
    specs = None
    if config.plugins is not None:
        specs = [PluginSpec(entry.name, dict(entry.options)) for entry in config.plugins]
    return Plugins.load(specs, plugin_dirs=config.plugin_dirs, context=contexts)


def _settle_memory() -> None:
    """Collect rarely, and never again what start-up made.

    A full collection with 2,000 sessions stops the loop for 100 ms, and the message path makes no cycles
    (docs/performance.md).
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)
    # Without uvloop, asyncio reads each message into 256 KiB of its own, which glibc maps and unmaps each time until
    # the process has freed something larger once.
    bytearray(2 << 20)
