"""The border around one plugin: what fails inside is counted, logged and decided here, and goes no further."""

import asyncio
import logging
import time
import traceback
from collections.abc import Callable
from typing import Any, Final, Literal

from broker.hooks.breaker import Breaker, PluginStats
from broker.hooks.outcomes import Reject
from broker.ocpp import ErrorKind

#: What is cut at the border. SystemExit because asyncio would end the broker with it; CancelledError because a plugin
#: may raise one of its own (see `Guard.failed`).
BORDER: Final = (Exception, SystemExit, asyncio.CancelledError)
#: The same outside of a message, where nothing is cancelled.
FAILURE: Final = (Exception, SystemExit)
_FRAMES = 4
_QUIET = 60.0
_log = logging.getLogger("broker.hooks")


class BadReturn(TypeError):
    """A handler returned something that its hook does not take."""


class TooSlow(TimeoutError):
    """A handler took longer than its plugin's time limit."""


class Guard:
    """One plugin's counts, breaker and failure policy, shared by all its handlers."""

    __slots__ = ("_logged", "_monotonic", "breaker", "name", "on_error", "on_open", "rejection", "stats", "time_limit")

    def __init__(
        self,
        name: str,
        *,
        on_error: Literal["skip", "reject"] = "skip",
        time_limit: float = 5.0,
        breaker: Breaker | None = None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.name = name
        self.on_error = on_error
        self.time_limit = time_limit
        self.stats = PluginStats()
        self.breaker = breaker or Breaker()
        self.on_open: list[Callable[[], None]] = []
        """Called when the breaker opens: the handlers put their stand-ins in place."""
        self.rejection = Reject(ErrorKind.INTERNAL, f"plugin {name} failed")
        self._monotonic = monotonic
        self._logged: dict[tuple[str, type[BaseException]], float] = {}

    @property
    def fallback(self) -> Reject | None:
        """What a handler of messages counts as saying when it failed or is switched off."""
        return self.rejection if self.on_error == "reject" else None

    def failed(self, hook: str, error: BaseException) -> None:
        """Count and log a failure; a cancellation that came from outside is raised on."""
        if isinstance(error, asyncio.CancelledError) and _cancelled_from_outside():
            raise error
        self.stats.errors += 1
        if isinstance(error, TooSlow):
            self.stats.timeouts += 1
        self._report(hook, error)
        if self.breaker.failed(self.stats.successes, self._monotonic()):
            self.stats.breaker_open = True
            effect = "its messages are rejected" if self.on_error == "reject" else "it is skipped"
            _log.warning("plugin %s keeps failing and is switched off for a while: %s", self.name, effect)
            for notify in self.on_open:
                notify()

    def blocked(self) -> bool:
        """Whether the breaker is open; asking it after its time gives the plugin a trial."""
        if not self.breaker.is_open:
            return False
        if not self.breaker.over(self._monotonic()):
            return True
        self.stats.breaker_open = False
        _log.warning("plugin %s is switched on again, on trial", self.name)
        return False

    def _report(self, hook: str, error: BaseException) -> None:
        """Log a failure with its last frames, the same one at most once a minute."""
        now = self._monotonic()
        key = (hook, type(error))
        last = self._logged.get(key)
        if last is not None and now - last < _QUIET:
            return
        self._logged[key] = now
        lines = traceback.format_exception(type(error), error, error.__traceback__, limit=-_FRAMES)
        _log.error("plugin %s failed in %s (%s)\n%s", self.name, hook, self.on_error, "".join(lines).rstrip())


def _cancelled_from_outside() -> bool:
    try:
        task = asyncio.current_task()
    except RuntimeError:
        return False
    return task is not None and task.cancelling() > 0


def call_with(argnames: tuple[str, ...], function: Callable[..., Any], values: dict[str, Any]) -> Any:
    """Call a hookimpl with the arguments that it asks for, as pluggy does."""
    return function(*[values[name] for name in argnames])
