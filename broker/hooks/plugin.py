"""The base class of every plugin."""

import asyncio
import logging
from collections.abc import Coroutine
from typing import Any, ClassVar, Literal, TypeVar

import pydantic

from broker.hooks.context import Clock, Context, PluginMetrics, SessionsView

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

    def spawn(self, coro: Coroutine[Any, Any, T], *, name: str = "task") -> asyncio.Task[T]:
        """Run `coro` in the background; it ends with the plugin."""
        return self.context.spawn(coro, name=name)
