"""The base class of every plugin."""

import asyncio
import logging
from collections.abc import Coroutine
from typing import Any, ClassVar, Literal, TypeVar

import pydantic

from broker.hooks.call_errors import StationRefused
from broker.hooks.context import Clock, Context, PluginMetrics, SessionsView
from broker.hooks.documents import PluginDocuments
from broker.hooks.files import Files
from broker.ocpp import Reply
from broker.records import Records

T = TypeVar("T")


class BasePlugin:
    """What a plugin has: its configuration, its context, and its handlers.

    One instance serves every session, so what belongs to one station goes into `session.state`.
    """

    name: ClassVar[str] = ""
    """Set by the loader to the name in the configuration; a plugin may name itself."""
    on_error: ClassVar[Literal["skip", "reject"]] = "skip"
    """When the plugin fails on a message: `skip` it, or `reject` the message. Policy plugins reject."""
    time_limit: ClassVar[float] = 5.0
    """Seconds that a handler may wait on one message. A handler that never awaits cannot be stopped."""

    class Config(pydantic.BaseModel):
        """The plugin's options in the configuration. An unknown key or a value of another type is an error.

        Declare a secret as `pydantic.SecretStr`; a field with `repr=False` is not shown either.
        """

        model_config = pydantic.ConfigDict(extra="forbid", frozen=True)

    config: Any

    def __init__(self, config: Config, context: Context) -> None:
        self.config = config
        self.context = context
        self.state: dict[str, Any] = {}

    @property
    def log(self) -> logging.Logger:
        """The plugin's logger, `plugin.<name>`."""
        return self.context.log

    @property
    def clock(self) -> Clock:
        return self.context.clock

    @property
    def metrics(self) -> PluginMetrics:
        return self.context.metrics

    @property
    def sessions(self) -> SessionsView:
        return self.context.sessions

    @property
    def shared(self) -> dict[str, Any]:
        """What plugins offer to each other, each under its own name."""
        return self.context.shared

    @property
    def records(self) -> Records:
        """What the broker knows of stations, tokens, transactions and all the rest, and keeps."""
        return self.context.records

    @property
    def documents(self) -> PluginDocuments:
        """What this plugin keeps for itself."""
        return self.context.documents

    @property
    def files(self) -> Files:
        """The file endpoint."""
        return self.context.files

    @staticmethod
    def result_of(reply: Reply) -> dict[str, Any]:
        """The payload of a station's CALLRESULT; raises StationRefused for a CALLERROR."""
        if reply.is_result:
            return reply.payload
        raise StationRefused(reply.code, reply.description, reply.details)

    def spawn(self, coro: Coroutine[Any, Any, T], *, name: str = "task") -> asyncio.Task[T]:
        """Run `coro` in the background; it ends with the plugin."""
        return self.context.spawn(coro, name=name)
