"""From the list in the configuration to plugins that are registered, checked and ready for the table.

Everything that can be wrong is collected, so that one run shows it all: unknown names, options, hooks that do not
exist, arguments that a hook does not have, two answers for one action.
"""

import inspect
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from itertools import groupby
from pathlib import Path
from typing import Any

import pluggy
from prometheus_client import CollectorRegistry

from broker.hooks.context import Context, ContextFactory
from broker.hooks.errors import Problem
from broker.hooks.guard import FAILURE, Guard
from broker.hooks.markers import PROJECT, Marks, marks_of
from broker.hooks.options import decode
from broker.hooks.plugin import BasePlugin
from broker.hooks.resolve import EntryPoints, NotFound, PluginSpec, installed, resolve
from broker.hooks.specs import Specs
from broker.hooks.table import Handler

TABLE_HOOKS = ("on_call", "answer", "on_reply", "record", "observe")
MARKED_HOOKS = (*TABLE_HOOKS, "operation")
SYNC_HOOKS = ("register_actions", "register_metrics", "register_routes", "register_commands", "choose_route", "observe")


@dataclass(slots=True)
class Loaded:
    """One plugin, ready to run."""

    name: str
    instance: BasePlugin
    context: Context
    guard: Guard
    handlers: list[Handler] = field(default_factory=list)


class Loading:
    """The loading of one set of plugins; collects the problems on the way."""

    def __init__(self, factory: ContextFactory, plugin_dirs: Sequence[Path], found: EntryPoints = installed) -> None:
        self.problems: list[Problem] = []
        self.registry = CollectorRegistry()
        self.manager = pluggy.PluginManager(PROJECT)
        self.manager.add_hookspecs(Specs)
        self._factory = factory
        self._dirs = plugin_dirs
        self._found = found
        self._shared: dict[str, Any] = {}

    def problem(self, plugin: str, message: str, path: str = "") -> None:
        self.problems.append(Problem(plugin, path, message))

    def load(self, specs: Sequence[PluginSpec]) -> dict[str, Loaded]:
        """The plugins that could be built, in the order of the configuration."""
        loaded: dict[str, Loaded] = {}
        for index, spec in enumerate(specs):
            one = self._build(spec, f"plugins[{index}]")
            if one is not None and one.name in loaded:
                self.problem(one.name, "this plugin is listed twice", f"plugins[{index}]")
            elif one is not None:
                loaded[one.name] = one
        # pluggy runs the last registered first (anchors: LIFO), so the order of the configuration goes in reversed.
        for one in reversed(loaded.values()):
            self._register(one)
        return loaded

    def _build(self, spec: PluginSpec, path: str) -> Loaded | None:
        try:
            cls = spec.plugin or resolve(spec.name, self._dirs, self._found)
        except NotFound as error:
            self.problem(spec.name, str(error), path)
            return None
        name = cls.name or spec.name
        if cls.on_error not in ("skip", "reject"):
            self.problem(name, f"on_error is skip or reject, not {cls.on_error!r:.60}", path)
            return None
        config = decode(cls, name, spec.options, f"{path}.{spec.name}")
        if isinstance(config, list):
            self.problems.extend(config)
            return None
        context = Context(name, self._factory, self.registry, self._shared)
        try:
            instance = cls(config, context)
        except FAILURE as error:
            self.problem(name, f"cannot be built: {type(error).__name__}: {error}", path)
            return None
        guard = Guard(name, on_error=cls.on_error, time_limit=cls.time_limit, monotonic=self._factory.clock.monotonic)
        return Loaded(name, instance, context, guard)

    def _register(self, one: Loaded) -> None:
        """Give the plugin to pluggy, which checks the arguments of its hookimpls."""
        before = len(self.problems)
        self._check_methods(one)
        if len(self.problems) > before:
            return
        try:
            self.manager.register(one.instance, one.name)
        except (pluggy.PluginValidationError, ValueError) as error:
            # pluggy 1.6 keeps a plugin that it has refused, 1.7 does not.
            if self.manager.has_plugin(one.name):
                self.manager.unregister(name=one.name)
            self.problem(one.name, str(error).splitlines()[-1].strip() or str(error))

    def _check_methods(self, one: Loaded) -> None:
        hooks = [name for name, _ in inspect.getmembers(Specs, inspect.isfunction)]
        for name, method in inspect.getmembers(type(one.instance), inspect.isfunction):
            options = getattr(method, f"{PROJECT}_impl", None)
            if options is None:
                if name in hooks:
                    self.problem(
                        one.name, f"the method {name} has a hook's name but no mark: @hookimpl or @{name}(...)"
                    )
                continue
            hook = options.get("specname") or name
            if hook not in hooks:
                near = get_close_matches(hook, hooks, 1)
                self.problem(one.name, f"there is no hook {hook}" + (f"; did you mean {near[0]}?" if near else ""))
            elif hook in MARKED_HOOKS and marks_of(method) is None:
                self.problem(one.name, f"{name}: mark it with @{hook}(versions, actions), not with @hookimpl")
            elif hook in SYNC_HOOKS and inspect.iscoroutinefunction(method):
                self.problem(one.name, f"{name}: {hook} cannot be async")

    def impls(self, hook: str) -> list[Any]:
        """A hook's implementations in the order in which they run.

        `reversed(get_hookimpls())` is pluggy's live call order (tests/broker/hooks/test_order_contract.py); inside
        one plugin, where pluggy goes by the alphabet, the order of the source.
        """
        live = list(reversed(getattr(self.manager.hook, hook).get_hookimpls()))
        groups = groupby(live, key=lambda impl: (impl.plugin_name, impl.tryfirst, impl.trylast))
        return [impl for _, group in groups for impl in sorted(group, key=_written)]

    def handlers(self, loaded: dict[str, Loaded]) -> list[Handler]:
        """The handlers of messages of all plugins, in the order in which they run."""
        found: list[Handler] = []
        for hook in TABLE_HOOKS:
            for impl in self.impls(hook):
                one = loaded[impl.plugin_name]
                marks = marks_of(impl.function)
                assert marks is not None  # _check_methods
                label = f"{one.name}.{impl.function.__name__}"
                handler = Handler(one.guard, marks, impl.function, tuple(impl.argnames), label)
                one.handlers.append(handler)
                found.append(handler)
        return found

    def check_selectors(self, handlers: Iterable[Handler], known: Callable[[str], frozenset[str]]) -> None:
        """A selector that can never match is a misspelling; two answers for one action are a quarrel."""
        answers: dict[tuple[str, str, str], Handler] = {}
        for handler in handlers:
            for selector in handler.marks.selectors:
                actions = known(selector.version)
                if selector.action != "*" and selector.action not in actions:
                    near = get_close_matches(selector.action, actions, 1)
                    hint = f"; did you mean {near[0]}?" if near else "; register_actions makes it known"
                    self.problem(
                        handler.guard.name, f"{handler.label}: {selector.version} has no {selector.action}{hint}"
                    )
                if handler.hook == "answer":
                    self._claim(answers, (selector.version, selector.action, str(selector.direction)), handler)

    def _claim(self, answers: dict[tuple[str, str, str], Handler], key: tuple[str, str, str], handler: Handler) -> None:
        other = answers.setdefault(key, handler)
        if other is not handler:
            text = f"{handler.label} and {other.label} both answer {key[0]} {key[1]}; on_call can answer before them"
            self.problem(handler.guard.name, text)


def _written(impl: Any) -> int:
    marks: Marks | None = marks_of(impl.function)
    return marks.serial if marks else 0
