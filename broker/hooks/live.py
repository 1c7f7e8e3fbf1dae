"""The hooks that are called when something happens: starting, connections, sessions, upstreams.

Each implementation is called by itself and not through pluggy, which would stop at the first exception and run all
sync ones before the first async one.
"""

import asyncio
import inspect
from collections.abc import Coroutine
from types import CoroutineType
from typing import Any

from broker.hooks.errors import PluginError, Problem
from broker.hooks.guard import BORDER, FAILURE, BadReturn, Guard, call_with
from broker.hooks.loader import Loaded
from broker.hooks.outcomes import Admit, Refuse, Route
from broker.hooks.run import finish
from broker.hooks.views import ConnectionRequest, LinkView, SessionView

_SETTLE = 5.0  # seconds that plugins get for what they were told before they are stopped


class Impl:
    """One plugin's implementation of one hook."""

    __slots__ = ("_argnames", "fn", "guard", "hook", "is_async", "loaded")

    def __init__(self, hook: str, loaded: Loaded, fn: Any, argnames: tuple[str, ...]) -> None:
        self.hook = hook
        self.loaded = loaded
        self.guard: Guard = loaded.guard
        self.fn = fn
        self.is_async = inspect.iscoroutinefunction(fn)
        self._argnames = argnames

    def call(self, **values: Any) -> Any:
        """The value, or a coroutine; raises what the plugin raises."""
        self.guard.stats.other += 1
        return call_with(self._argnames, self.fn, values)

    def failed(self, error: BaseException) -> None:
        self.guard.failed(f"{self.guard.name}.{self.hook}", error)


Impls = dict[str, list[Impl]]


async def starting(impls: list[Impl], broker: Any) -> None:
    """Tell each plugin in turn; the first exception is a PluginError."""
    for impl in impls:
        try:
            result = impl.call(broker=broker)
            if type(result) is CoroutineType:
                await result
        except FAILURE as error:
            impl.guard.stats.errors += 1
            text = f"refuses to start: {type(error).__name__}: {error}"
            raise PluginError([Problem(impl.guard.name, "", text)]) from error


async def stopping(impls: list[Impl], broker: Any) -> None:
    """Tell each plugin, the last first; errors are cut, time is limited."""
    for impl in reversed(impls):
        try:
            result = impl.call(broker=broker)
            if type(result) is CoroutineType:
                await finish(impl.guard, result)
        except BORDER as error:
            impl.failed(error)


async def connection_opening(impls: list[Impl], request: ConnectionRequest) -> Admit | Refuse | None:
    """The first refusal, else the last Admit with an identity, else an Admit, else None."""
    admitted: Admit | None = None
    for impl in impls:
        opinion = await _opinion(impl, request)
        if isinstance(opinion, Refuse):
            return opinion
        if opinion is not None and (admitted is None or opinion.identity is not None):
            admitted = opinion
    return admitted


async def _opinion(impl: Impl, request: ConnectionRequest) -> Admit | Refuse | None:
    closed = Refuse(503, "not available") if impl.guard.on_error == "reject" else None
    if impl.guard.blocked():
        return closed
    try:
        result = impl.call(request=request)
        if type(result) is CoroutineType:
            result = await finish(impl.guard, result)
        if result is None or isinstance(result, Admit) or (isinstance(result, Refuse) and 400 <= result.status <= 599):
            return result
        raise BadReturn(f"connection_opening must return Admit, Refuse(400 to 599) or None, not {result!r:.80}")
    except BORDER as error:
        impl.failed(error)
        return closed


def choose_route(impls: list[Impl], session: SessionView) -> Route | None:
    """The first route that a plugin has for this session."""
    for impl in impls:
        if impl.guard.blocked():
            continue
        try:
            result = impl.call(session=session)
            if isinstance(result, Route):
                return result
            if result is not None:
                raise BadReturn(f"choose_route must return Route or None, not {type(result).__name__}")
        except BORDER as error:
            impl.failed(error)
    return None


class Notices:
    """Tells plugins of sessions and upstream legs: nobody waits for them, and each plugin hears things in order."""

    __slots__ = ("_impls", "_last", "_open")

    def __init__(self, impls: Impls) -> None:
        self._impls = impls
        self._open: dict[int, Any] = {}  # the object is kept, or its id could come back
        self._last: dict[tuple[int, str], asyncio.Task[None]] = {}  # (session, plugin): async work not yet done

    def session_opened(self, session: SessionView) -> None:
        if id(session) not in self._open:
            self._open[id(session)] = session
            self._tell("session_opened", session, {"session": session})

    def session_closed(self, session: SessionView, reason: str) -> None:
        if self._open.pop(id(session), None) is not None:
            self._tell("session_closed", session, {"session": session, "reason": reason})

    def upstream_opened(self, session: SessionView, link: LinkView) -> None:
        if id(link) not in self._open:
            self._open[id(link)] = link
            self._tell("upstream_opened", session, {"session": session, "link": link})

    def upstream_closed(self, session: SessionView, link: LinkView, reason: str) -> None:
        if self._open.pop(id(link), None) is not None:
            self._tell("upstream_closed", session, {"session": session, "link": link, "reason": reason})

    async def settle(self) -> None:
        """Give the plugins a short time to hear all that they have been told."""
        if self._last:
            await asyncio.wait(self._last.values(), timeout=_SETTLE)

    def _tell(self, hook: str, session: SessionView, values: dict[str, Any]) -> None:
        for impl in self._impls[hook]:
            key = (id(session), impl.guard.name)
            before = self._last.get(key)
            if impl.is_async or before is not None:
                task = impl.loaded.context.spawn(_in_turn(before, impl, values), name=hook)
                self._last[key] = task
                task.add_done_callback(lambda done, key=key: self._done(key, done))  # type: ignore[misc]
            else:
                _notify(impl, values)

    def _done(self, key: tuple[int, str], task: asyncio.Task[None]) -> None:
        if self._last.get(key) is task:
            del self._last[key]


def _notify(impl: Impl, values: dict[str, Any]) -> Coroutine[Any, Any, Any] | None:
    """Call a sync implementation, or begin an async one; errors are cut."""
    if impl.guard.blocked():
        return None
    try:
        result = impl.call(**values)
        return result if type(result) is CoroutineType else None
    except BORDER as error:
        impl.failed(error)
        return None


async def _in_turn(before: asyncio.Task[None] | None, impl: Impl, values: dict[str, Any]) -> None:
    """Wait for what the plugin was told before about this session, then tell it this."""
    if before is not None:
        await asyncio.wait([before])
    coro = _notify(impl, values)
    if coro is None:
        return
    try:
        await finish(impl.guard, coro)
    except BORDER as error:
        impl.failed(error)
