"""The admin listener: start, swap what it serves, stop."""

import asyncio
import os
from dataclasses import dataclass

import structlog
from aiohttp import web

from broker.config import Config
from broker.server.admin.app import build
from broker.server.admin.auth import Token, Tokens
from broker.server.admin.connection import Server
from broker.server.admin.context import Context
from broker.server.admin.hub import Hub
from broker.server.admin.surface import PluginBook, Surface
from broker.server.admin.token_file import read_or_make

_ANY_ADDRESS = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - compared, not bound
_log = structlog.get_logger("broker.server.admin")


@dataclass(frozen=True, slots=True)
class Prepared:
    """What a configuration makes of the listener, built and not yet in use."""

    tokens: Tokens
    runner: web.AppRunner


class AdminServer:
    """HTTP for operators on `admin.bind` of the configuration.

    >>> admin = AdminServer(broker)
    >>> await admin.start(); print(admin.url); ...; await admin.stop()

    A reload first calls `prepare`, which may raise, and when everything else is built too, `swap`. Another `bind`
    takes effect at the next start.
    """

    def __init__(self, surface: Surface, *, heartbeat: float = 15.0) -> None:
        self._surface = surface
        self._hub = Hub(surface, heartbeat=heartbeat)
        self._context = Context(surface, Tokens(()), self._hub)
        self._runners: list[web.AppRunner] = []
        self._current: web.AppRunner | None = None
        self._server: Server | None = None
        self._listening: asyncio.Server | None = None
        self.host = surface.config.admin.host
        self.port = surface.config.admin.port
        """The port that was bound, once started."""

    @property
    def url(self) -> str:
        """Where it is reached from this machine."""
        host = _ANY_ADDRESS.get(self.host, self.host)
        return f"http://[{host}]:{self.port}" if ":" in host else f"http://{host}:{self.port}"

    async def start(self) -> None:
        """Bind and serve.

        Raises ConfigError when the token file cannot be had, OSError when the address cannot be bound.
        """
        config = self._surface.config
        prepared = await self.prepare(config, self._surface.plugins)
        self._context.tokens = prepared.tokens
        self._current = prepared.runner
        self._server = Server(prepared.runner, header_timeout=config.limits.header_timeout)
        loop = asyncio.get_running_loop()
        try:
            self._listening = await loop.create_server(self._server, self.host, self.port)
        except OSError as error:
            await self.stop()
            code = error.errno or 0
            reason = os.strerror(code) if code > 0 else error.strerror  # asyncio's own text has the address again
            raise OSError(error.errno, f"admin.bind: {config.admin.bind}: {reason}") from None
        self.port = self._listening.sockets[0].getsockname()[1]
        _log.info("admin listener", url=self.url)

    async def prepare(self, config: Config, plugins: PluginBook) -> Prepared:
        """Build what `swap` puts in place; nothing changes so far.

        Raises ConfigError when the token file cannot be read or made.
        """
        tokens = await asyncio.to_thread(_tokens, config)
        await self._forget(self._current)
        app = build(self._context, plugins.routes(), message_bytes=config.limits.message_bytes)
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        self._runners.append(runner)
        return Prepared(tokens, runner)

    def swap(self, prepared: Prepared) -> None:
        """Serve `prepared` from now on; streams whose token is gone end at their next event or heartbeat."""
        self._context.tokens = prepared.tokens
        self._current = prepared.runner
        if self._server is not None:
            self._server.swap(prepared.runner)
        self._hub.follow()

    async def stop(self, *, timeout: float = 2.0) -> None:
        """Take no more requests; those that run have `timeout` seconds."""
        if self._listening is not None:
            self._listening.close()
            self._listening = None
        self._hub.close()
        if self._server is not None:
            self._server.pre_shutdown()
            await self._server.shutdown(timeout)
            self._server = None
        await self._forget(None)

    async def _forget(self, keep: web.AppRunner | None) -> None:
        """Clean up what was prepared and is not, or no longer, in use. A request that still runs there ends well."""
        past = [runner for runner in self._runners if runner is not keep]
        self._runners = [runner for runner in self._runners if runner is keep]
        for runner in past:
            await runner.cleanup()


def _tokens(config: Config) -> Tokens:
    if config.admin.tokens:
        return Tokens.configured(config.admin.tokens)
    return Tokens([Token.of("token file", "admin", read_or_make(config.admin.token_file))])
