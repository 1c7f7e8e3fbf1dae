"""The compiled chains: for one version, who handles which call in which direction, in what order.

Built once from pluggy's list of hookimpls and frozen. A lookup is one dictionary access.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from broker.hooks.guard import Guard
from broker.hooks.markers import ANY, Marks
from broker.hooks.views import Direction
from broker.ocpp import Version

ARGUMENTS: Mapping[str, tuple[str, ...]] = {
    "on_call": ("session", "call"),
    "answer": ("session", "call"),
    "on_reply": ("session", "call", "reply"),
    "record": ("session", "call", "reply"),
    "observe": ("session", "event"),
}


class Handler:
    """One method of one plugin, as the runner calls it.

    `call` is the method itself while the plugin is well, so that the way of a message has nothing to ask; when the
    breaker opens, it is a stand-in.
    """

    __slots__ = ("_chains", "call", "calls", "fn", "guard", "hook", "label", "marks")

    def __init__(
        self, guard: Guard, marks: Marks, fn: Callable[..., Any], argnames: tuple[str, ...], label: str
    ) -> None:
        self.guard = guard
        self.hook = marks.hook
        self.marks = marks
        self.label = label
        self.fn = _adapted(fn, argnames, ARGUMENTS[marks.hook])
        self.call = self.fn
        self.calls = 0
        self._chains: list[Handlers] = []
        guard.stats.add(self)
        guard.on_open.append(self._switch_off)

    def count(self) -> int:
        """How often it was called: the runs of its chains, less those that ended before it."""
        return self.calls + sum(chain.runs for chain in self._chains)

    def joined(self, chain: "Handlers") -> None:
        """It is part of this chain, whose runs count as its own."""
        self._chains.append(chain)

    def failed(self, error: BaseException) -> None:
        """Hand a failure to the plugin's guard (which may raise it on)."""
        self.guard.failed(self.label, error)

    def _switch_off(self) -> None:
        self.call = self._switched_off

    def _switched_off(self, *arguments: Any) -> Any:
        if self.guard.blocked():
            self.calls -= 1
            return self.guard.rejection if self.hook == "answer" else self.guard.fallback
        self.call = self.fn
        return self.fn(*arguments)

    def __repr__(self) -> str:
        return f"<Handler {self.label}>"


def _adapted(fn: Callable[..., Any], has: tuple[str, ...], wants: tuple[str, ...]) -> Callable[..., Any]:
    """A hookimpl may take fewer arguments than its spec, in any order; most take all, and cost nothing extra."""
    if has == wants:
        return fn
    places = tuple(wants.index(name) for name in has)
    return lambda *arguments: fn(*[arguments[place] for place in places])


class Handlers(tuple[Handler, ...]):
    """The handlers of one hook in one chain, and how often they were run."""

    runs: int

    def __new__(cls, handlers: Iterable[Handler] = ()) -> "Handlers":
        self = super().__new__(cls, handlers)
        self.runs = 0
        return self


class Chain:
    """Everything that handles one call and its reply. Ask for truth before running: an empty one costs nothing."""

    __slots__ = ("answer", "observe", "on_call", "on_reply", "record")

    def __init__(
        self,
        on_call: Handlers = Handlers(),  # noqa: B008 - immutable, and never counted: it is empty
        answer: Handler | None = None,
        on_reply: Handlers = Handlers(),  # noqa: B008
        observe: Handlers = Handlers(),  # noqa: B008
        record: Handlers = Handlers(),  # noqa: B008
    ) -> None:
        self.on_call = on_call
        self.answer = answer
        self.on_reply = on_reply
        self.observe = observe
        self.record = record


class Table:
    """The chains of one version."""

    __slots__ = ("_from", "_from_any", "_to", "_to_any", "version")

    def __init__(self, version: Version, chains: Mapping[Direction, Mapping[str, Chain]]) -> None:
        """`chains`: by direction and action; the action `*` is the chain of every action not named."""
        self.version = version
        self._from = dict(chains[Direction.FROM_STATION])
        self._to = dict(chains[Direction.TO_STATION])
        self._from_any = self._from.pop(ANY)
        self._to_any = self._to.pop(ANY)

    def chain(self, direction: Direction, action: str) -> Chain:
        """The handlers of this call; an action that nobody names gets the handlers of `*`."""
        if direction is Direction.FROM_STATION:
            return self._from.get(action, self._from_any)
        return self._to.get(action, self._to_any)

    def chains(self) -> Iterable[tuple[Direction, str, Chain]]:
        """Every chain: (direction, action or `*`, chain)."""
        for direction, named, default in (
            (Direction.FROM_STATION, self._from, self._from_any),
            (Direction.TO_STATION, self._to, self._to_any),
        ):
            yield direction, ANY, default
            yield from ((direction, action, chain) for action, chain in named.items())

    def observed(self, observers: Sequence[Handler]) -> "Table":
        """The same table with these observers at the end of every chain."""
        chains: dict[Direction, dict[str, Chain]] = {direction: {} for direction in Direction}
        for direction, action, chain in self.chains():
            watched = Handlers((*chain.observe, *observers))
            chains[direction][action] = Chain(chain.on_call, chain.answer, chain.on_reply, watched, chain.record)
        return Table(self.version, chains)


def build(version: Version, handlers: Sequence[Handler]) -> Table:
    """Compile the table of one version; `handlers` stand in the order in which they run."""
    shared: dict[tuple[int, ...], Handlers] = {}
    chains: dict[Direction, dict[str, Chain]] = {}
    for direction in Direction:
        mine = [(h, _actions(h, version, direction)) for h in handlers]
        named = {ANY}.union(*(actions for _, actions in mine))
        chains[direction] = {action: _chain(mine, action, shared) for action in named}
    return Table(version, chains)


def _actions(handler: Handler, version: Version, direction: Direction) -> set[str]:
    return {
        selector.action
        for selector in handler.marks.selectors
        if selector.version is version and selector.direction in (None, direction)
    }


def _chain(handlers: Sequence[tuple[Handler, set[str]]], action: str, shared: dict[tuple[int, ...], Handlers]) -> Chain:
    mine = [handler for handler, actions in handlers if action in actions or ANY in actions]
    answers = [handler for handler in mine if handler.hook == "answer"]
    return Chain(
        _intern([h for h in mine if h.hook == "on_call"], shared),
        answers[0] if answers else None,
        _intern([h for h in mine if h.hook == "on_reply"], shared),
        Handlers(h for h in mine if h.hook == "observe"),
        _intern([h for h in mine if h.hook == "record"], shared),
    )


def _intern(handlers: list[Handler], shared: dict[tuple[int, ...], Handlers]) -> Handlers:
    """One `Handlers` for all actions with the same handlers: fewer to count when somebody asks."""
    key = tuple(map(id, handlers))
    if key not in shared:
        shared[key] = Handlers(handlers)
        for handler in handlers:
            handler.joined(shared[key])
    return shared[key]
