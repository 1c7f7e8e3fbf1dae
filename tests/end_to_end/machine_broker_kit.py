"""The session layer on a store in a file, with a door, which can be killed and started again in one process."""

import asyncio
import logging
import warnings
from contextlib import ExitStack
from unittest import mock

from aiohttp import web

from broker import tasks
from broker.config import loads, route_from
from broker.hooks import ContextFactory, Plugins, PluginSpec
from broker.metrics import Metrics
from broker.ocpp import Schemas, Version
from broker.records import Records
from broker.session import Admission, Sessions, Shared
from broker.session.upstream.upstreams import Upstreams
from broker.session.wheel import Wheel
from broker.store import Store
from plugins.ocpp16.core import Core
from plugins.ocpp201.availability.plugin import Availability
from plugins.ocpp201.provisioning.plugin import Provisioning
from plugins.ocpp201.transactions.plugin import Transactions

#: What takes seconds in life takes hundredths here.
_TIMES = {
    "broker.session.wheel._TICK": 0.01,
    "broker.session.upstream.link._HELD": 0.1,
    "broker.session.upstream.succession._CHECK": 0.02,
    "broker.session.delivery.courier._PATIENCE": (0.02, 0.05),
    "broker.session.upstream.joining._AGAIN": 0.1,
    "broker.session.upstream.joining._LEAST": 0.05,
    "broker.session.delivery.errands._LOOK": 0.02,
    "broker.session.delivery.errands._FIRST": 0.05,
    "broker.session.delivery.errands._HURRY": 0.3,
    "broker.session.delivery.errands._AGAIN": 0.1,
    "broker.session.delivery.errands._LONGEST": 0.2,
}

_OPTIONS = "call_timeout: 0.25, dial_timeout: 1, reconnect: {initial: 0.01, maximum: 0.03}"
_ROUTES = """
failover: {primary: main, secondaries: [{upstream: second, commands: all}], grace: 0.05,
           when_primary_down: {failover: [spare], fail_back: 0.05}}
stand_in: {primary: main, secondaries: [{upstream: second, commands: all}], grace: 0.05,
           when_primary_down: stand_in, stand_in: {unknown_tokens: accept}}
hold: {primary: main, grace: 0.05, when_primary_down: hold,
       secondaries: [{upstream: second, commands: all}, {upstream: spare}]}
swapped: {primary: second, secondaries: [{upstream: main, commands: all}], grace: 0.05,
          when_primary_down: stand_in, stand_in: {unknown_tokens: accept}}
moved: {primary: spare, secondaries: [{upstream: main}], grace: 0.05, when_primary_down: close}
alone: {primary: main, grace: 0.05, when_primary_down: stand_in, stand_in: {unknown_tokens: accept}}
"""
UPSTREAMS = ("main", "second", "spare")


def routes():
    """By name, those that a station may be brought to; the first is the configured one."""
    import yaml

    return {
        name: route_from({**document, "boot_grace": 0, "grants": "all"}, UPSTREAMS)
        for name, document in yaml.safe_load(_ROUTES).items()
    }


def short_times():
    """Have everything go fast, for as long as the context is open."""
    stack = ExitStack()
    for name, value in _TIMES.items():
        stack.enter_context(mock.patch(name, value))
    return stack


class _Errors(logging.Handler):
    """A background task that fails, or anything else that the broker did not expect, is a violation."""

    def __init__(self, history):
        super().__init__(logging.ERROR)
        self._history = history
        self.quiet = False

    def emit(self, record):
        if not self.quiet:
            text = logging.Formatter().format(record)
            self._history.violation(f"logged by {record.name}: {text}")


class _Dialling(Upstreams):
    """Knows its open legs, to be able to tear them down like a kernel does."""

    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        self.legs = []
        self.dead = False

    async def dial(self, name, identity, version):
        ws = await super().dial(name, identity, version)
        self.legs = [leg for leg in self.legs if not leg.closed]
        self.legs.append(ws)
        if self.dead:
            ws._writer.transport.abort()
        return ws


class _Life:
    """One process, as it were: all that is gone when it is killed."""

    def __init__(self, config, store, schemas):
        self.metrics = Metrics()
        contexts = ContextFactory(registry=self.metrics.registry)
        contexts.records = Records(store)
        specs = [PluginSpec(one.__name__, plugin=one) for one in (Core, Provisioning, Availability, Transactions)]
        self.plugins = Plugins.load(specs, context=contexts)
        self.wheel = Wheel(asyncio.get_running_loop())
        self.upstreams = _Dialling(config.upstreams, max_message=config.limits.message_bytes)
        for health in self.upstreams.health.values():
            health.pause = 0.05
        self.store = store
        shared = Shared(config, self.plugins, schemas, self.metrics, self.wheel, self.upstreams, store)
        self.sessions = contexts.sessions = Sessions(shared)
        self.doors = {}
        """By task: the WebSocket of a station."""


class Broker:
    """Opened, closed and killed again and again, on the same file."""

    _schemas = Schemas()

    def __init__(self, path, ports, history):
        upstreams = ", ".join(
            f"{name}: {{url: 'ws://127.0.0.1:{port}/{{identity}}', {_OPTIONS}}}" for name, port in ports
        )
        self._config = loads(
            f"""
            upstreams: {{{upstreams}}}
            routes: [{{match: {{}}, primary: main}}]
            limits: {{call_timeout: 1.0}}
            outbox: {{retry_interval: 0.02, linger: 0.1, station_per_second: 1000, upstream_per_second: 1000}}
            """
        )
        configured = next(iter(routes().values()))
        self._config.routes[0] = self._config.routes[0].model_copy(
            update={name: getattr(configured, name) for name in configured.model_fields_set - {"match"}}
        )
        self._path = path
        self._history = history
        self._errors = _Errors(history)
        self._runner = None
        self._life = None
        self.port = 0

    @property
    def configured(self):
        return self._config.routes[0]

    @property
    def sessions(self):
        return self._life.sessions

    async def open_door(self):
        """Where stations come in, whether or not there is a broker behind it."""
        logging.getLogger("broker.tasks").addHandler(self._errors)
        logging.getLogger("asyncio").addHandler(self._errors)
        app = web.Application()
        app.router.add_get("/{identity}/{version}", self._serve)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1, access_log=None)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        self.port = site._server.sockets[0].getsockname()[1]

    async def close_door(self):
        await self._runner.cleanup()
        logging.getLogger("broker.tasks").removeHandler(self._errors)
        logging.getLogger("asyncio").removeHandler(self._errors)

    async def _serve(self, request):
        version = Version(request.match_info["version"])
        admission = Admission(
            request.match_info["identity"], version, version.value, 2, "plain", "127.0.0.1", {}, known=True
        )
        life = self._life
        if life is None or await life.sessions.refusal(admission) is not None:
            return web.Response(status=503)
        ws = web.WebSocketResponse(autoping=False, compress=False)
        await ws.prepare(request)
        task = asyncio.current_task()
        life.doors[task] = ws
        try:
            await life.sessions.serve(admission, ws)
        finally:
            del life.doors[task]
        return ws

    # --- its lives --------------------------------------------------------------------------------------------------

    async def start(self):
        self._history.life += 1
        store = Store(f"sqlite:///{self._path}")
        await store.open()
        life = _Life(self._config, store, self._schemas)
        await life.sessions.open()
        await life.plugins.start(None)
        self._life = life

    async def stop(self):
        """As an operator stops it."""
        life = self._life
        await life.sessions.drain(seconds=0.4, spread=0.0)
        self._life = None
        await life.plugins.stop()
        self._errors.quiet = True  # an errand that was cut short may find the store closed
        await life.store.close()
        await self._end(life)

    async def kill(self):
        """As SIGKILL does: from one step to the next nothing more goes out, and nothing more is written."""
        life, self._life = self._life, None
        self._errors.quiet = True
        _silence(life)
        await self._end(life)  # its first step is still this one
        # What is in the middle of a commit may come to its end, as it may when a process is killed.
        await life.store._reader.stop()
        await life.store._writer.stop()
        life.store._database.release()

    async def _end(self, life):
        """What the end of a process does, however it comes to it."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)  # coroutines that are cancelled before their first step
            _cut(life)
            await _cancel_all(life)
            await life.upstreams.close()
            await asyncio.sleep(0)
        self._errors.quiet = False


def _silence(life):
    """Nothing is written any more."""
    store = life.store
    store.later = lambda changes: None
    store.write = lambda changes: asyncio.get_running_loop().create_future()
    if store._timer is not None:
        store._timer.cancel()
    store._later.take()
    store._writer._queue.clear()


def _cut(life):
    """Nothing is sent any more."""
    life.wheel.stop()
    life.upstreams.dead = True
    for ws in [*life.doors.values(), *life.upstreams.legs]:
        if ws._writer is not None and ws._writer.transport is not None:
            ws._writer.transport.abort()
    for leg in life.upstreams.legs:
        leg._response.close()


async def _cancel_all(life):
    for _ in range(1000):
        # Of this loop: a broker that other tests share has one of its own.
        running = (task for task in tasks._running if task.get_loop() is asyncio.get_running_loop())
        left = [task for task in (*running, *life.doors) if not task.done()]
        if not left:
            return
        for task in left:
            task.cancel()
        await asyncio.sleep(0)
    raise AssertionError(f"tasks that cannot be cancelled: {left}")
