"""What plugins register while they are built: actions, metrics, routes, commands."""

from collections.abc import Mapping, Sequence
from typing import Any

from broker.hooks.guard import FAILURE
from broker.hooks.live import Impl, Impls
from broker.hooks.loader import Loading
from broker.hooks.views import Action
from broker.ocpp import Schemas


class Registered:
    """The results of the `register_*` hooks; what is wrong with them goes to the loading's problems."""

    def __init__(self, loading: Loading, impls: Impls) -> None:
        self.actions: list[Action] = []
        self.routes: dict[str, Sequence[Any]] = {}
        self.commands: dict[str, Mapping[str, Any]] = {}
        self.schemas = Schemas()
        """The specification's schemas and those of the actions; knows every action that a handler may name."""
        self._loading = loading
        self._owners: dict[tuple[str, str, str], str] = {}
        for impl in impls["register_actions"]:
            self._actions(impl)
        for impl in impls["register_metrics"]:
            self._call(impl, registry=loading.registry)
        for impl in impls["register_routes"]:
            self.routes[impl.guard.name] = self._sequence(impl)
        for impl in impls["register_commands"]:
            self._commands(impl)

    def _call(self, impl: Impl, **values: Any) -> Any:
        try:
            return impl.call(**values)
        except FAILURE as error:
            self._loading.problem(impl.guard.name, f"{impl.hook} failed: {type(error).__name__}: {error}")
            return None

    def _sequence(self, impl: Impl) -> Sequence[Any]:
        found = self._call(impl)
        if found is None or isinstance(found, list | tuple):
            return found or ()
        self._loading.problem(impl.guard.name, f"{impl.hook} must return a list, not {type(found).__name__}")
        return ()

    def _actions(self, impl: Impl) -> None:
        for action in self._sequence(impl):
            if not isinstance(action, Action):
                self._loading.problem(impl.guard.name, f"register_actions must return Actions, not {action!r:.60}")
                continue
            owner = self._owners.setdefault((action.version, action.name, action.direction), impl.guard.name)
            if owner != impl.guard.name:
                text = f"{action.version} {action.name} {action.direction} belongs to {owner} already"
                self._loading.problem(impl.guard.name, text)
            self.actions.append(action)
            self._add_schemas(impl.guard.name, action)

    def _add_schemas(self, plugin: str, action: Action) -> None:
        call, result = (
            None if schema is None else dict(schema) for schema in (action.call_schema, action.result_schema)
        )
        try:
            self.schemas.add(action.version, action.name, call, result)
        except ValueError as error:
            text = f"register_actions: {action.version} {action.name}: no JSON Schema: {str(error).splitlines()[0]}"
            self._loading.problem(plugin, text)

    def _commands(self, impl: Impl) -> None:
        found = self._call(impl)
        if isinstance(found, Mapping):
            self.commands[impl.guard.name] = dict(found)
        elif found is not None:
            self._loading.problem(impl.guard.name, f"register_commands must return a dict, not {type(found).__name__}")
