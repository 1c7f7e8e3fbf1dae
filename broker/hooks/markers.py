"""The decorators that make a method of a plugin a handler.

`@on_call("ocpp1.6", "BootNotification")` marks a real pluggy hookimpl (`specname="on_call"`) and notes beside it for
which versions, actions and direction the table shall call it.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import count
from typing import Any, TypeVar

import pluggy

from broker.hooks.views import Direction
from broker.ocpp import Version

PROJECT = "switchboard"
ANY = "*"

hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)
"""Marks a method that implements a hook without a selector, such as `session_opened`."""

F = TypeVar("F", bound=Callable[..., Any])

_ATTRIBUTE = "switchboard_marks"
_serial = count()


@dataclass(frozen=True, slots=True)
class Selector:
    """The messages a handler wants."""

    version: Version
    action: str  # or "*"
    direction: Direction | None  # None: both


@dataclass(frozen=True, slots=True)
class Marks:
    """What the decorators noted on one method."""

    hook: str
    serial: int
    """The order in which the methods were written down."""
    selectors: tuple[Selector, ...]


def marks_of(function: Any) -> Marks | None:
    """What the decorators noted on this function or bound method."""
    marks = getattr(function, _ATTRIBUTE, None)
    return marks if isinstance(marks, Marks) else None


def on_call(
    versions: str | Iterable[str],
    *actions: str,
    direction: Direction | None = None,
    tryfirst: bool = False,
    trylast: bool = False,
) -> Callable[[F], F]:
    """Call the method for these calls, before they go on to the primary.

    `versions`: an OCPP version (`"ocpp1.6"`), several, or `"*"`; `actions`: at least one action, or `"*"`;
    `direction`: None for both.
    """
    return _mark("on_call", versions, actions, direction, tryfirst, trylast)


def answer(
    versions: str | Iterable[str], *actions: str, direction: Direction = Direction.FROM_STATION
) -> Callable[[F], F]:
    """Let the method answer these calls where the primary is `local`; no `"*"`, and one plugin for each action."""
    if ANY in actions:
        raise ValueError('an answer needs its actions by name, not "*"')
    return _mark("answer", versions, actions, direction, False, False)


def on_reply(
    versions: str | Iterable[str],
    *actions: str,
    direction: Direction | None = None,
    tryfirst: bool = False,
    trylast: bool = False,
) -> Callable[[F], F]:
    """Call the method for the replies to these calls; `direction` is that of the call."""
    return _mark("on_reply", versions, actions, direction, tryfirst, trylast)


def record(
    versions: str | Iterable[str], *actions: str, direction: Direction | None = None, trylast: bool = False
) -> Callable[[F], F]:
    """Let the method write down these calls and their replies; `direction` is that of the call."""
    return _mark("record", versions, actions, direction, False, trylast)


def observe(versions: str | Iterable[str] = ANY, *actions: str, direction: Direction | None = None) -> Callable[[F], F]:
    """Show the method these messages (an `Event` each); it cannot change them. No action given: all."""
    return _mark("observe", versions, actions or (ANY,), direction, False, False)


def operation(name: str, versions: str | Iterable[str], *more: str) -> Callable[[F], F]:
    """Offer the method to operators under this name, for stations of these versions.

    `async def method(self, session, params) -> dict`; `params` is annotated with a pydantic model, and the first line
    of the docstring is what operators read.
    """
    wanted = (versions, *more) if isinstance(versions, str) else (*versions, *more)
    return _mark("operation", wanted, (name,), None, False, False)


def _versions(versions: str | Iterable[str]) -> tuple[Version, ...]:
    names = (versions,) if isinstance(versions, str) else tuple(versions)
    if ANY in names:
        return tuple(Version)
    try:
        return tuple(Version(name) for name in names)
    except ValueError as error:
        raise ValueError(f"{error}; expected one of {', '.join(Version)} or *") from None


def _mark(
    hook: str,
    versions: str | Iterable[str],
    actions: tuple[str, ...],
    direction: Direction | None,
    tryfirst: bool,
    trylast: bool,
) -> Callable[[F], F]:
    if not actions or not all(isinstance(action, str) and action for action in actions):
        raise ValueError(f'@{hook} needs the actions or the name it is for, such as "BootNotification"')
    wanted = tuple(Selector(v, action, direction) for v in _versions(versions) for action in actions)

    def decorate(function: F) -> F:
        before = marks_of(function)
        if before is not None and before.hook != hook:
            raise TypeError(f"{function.__qualname__} is already a handler of {before.hook}")
        selectors = wanted + (before.selectors if before else ())
        setattr(function, _ATTRIBUTE, Marks(hook, next(_serial), selectors))
        return hookimpl(function, specname=hook, tryfirst=tryfirst, trylast=trylast)

    return decorate
