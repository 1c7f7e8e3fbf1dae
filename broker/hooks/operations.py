"""What an operator asks of a profile, and the plugin composes by itself: `@operation` methods, called by name."""

import inspect
from collections.abc import Mapping
from typing import Any, get_type_hints

import pydantic

from broker.hooks.call_errors import CallFailed, OperationFailed
from broker.hooks.guard import FAILURE, Guard
from broker.hooks.live import Impl
from broker.hooks.loader import Loading
from broker.hooks.markers import marks_of
from broker.hooks.views import SessionView
from broker.ocpp import Version
from broker.records import StoreFailed


class UnknownOperation(LookupError):
    """No plugin has an operation of this name for the station's version."""


class Operation:
    """One operation of one plugin, for one version."""

    __slots__ = ("_call", "guard", "name", "params", "summary", "version")

    def __init__(self, name: str, version: Version, impl: Impl, params: type[pydantic.BaseModel]) -> None:
        self.name = name
        self.version = version
        self.guard: Guard = impl.guard
        self.params = params
        self.summary = (inspect.getdoc(impl.fn) or "").partition("\n")[0]
        self._call = impl.call

    async def run(self, session: SessionView, params: Mapping[str, Any]) -> dict[str, Any]:
        """Do it, without the plugin's time limit: the calls in it have their own.

        Raises:
            pydantic.ValidationError: `params` are not what it takes. OperationFailed, StationRefused: see there.
            CallFailed: the station gave no answer. StoreFailed: what has to be kept could not be.
        """
        wanted = self.params.model_validate(params)
        try:
            result = await self._call(session=session, params=wanted)
        except (OperationFailed, CallFailed, StoreFailed):
            raise
        except FAILURE as error:
            self.guard.failed(f"{self.guard.name}.{self.name}", error)
            raise OperationFailed(f"plugin {self.guard.name} failed, see the log") from error
        if not isinstance(result, dict):
            self.guard.failed(f"{self.guard.name}.{self.name}", TypeError("an operation returns a dict"))
            raise OperationFailed(f"plugin {self.guard.name} failed, see the log")
        return result

    def describe(self) -> dict[str, Any]:
        """As the API shows it; `params` is the JSON Schema of what it takes."""
        return {
            "name": self.name,
            "version": self.version.value,
            "plugin": self.guard.name,
            "summary": self.summary,
            "params": self.params.model_json_schema(),
        }


class Operations:
    """All operations, by version and name; what is wrong with them goes to the loading's problems."""

    def __init__(self, loading: Loading, impls: list[Impl]) -> None:
        self._by_name: dict[tuple[Version, str], Operation] = {}
        for impl in impls:
            self._add(loading, impl)

    def _add(self, loading: Loading, impl: Impl) -> None:
        params = _params_of(impl.fn)
        marks = marks_of(impl.fn)
        if params is None or marks is None or not impl.is_async:
            text = f"{impl.fn.__name__}: an operation is async, and its argument params is a pydantic model"
            loading.problem(impl.guard.name, text)
            return
        for selector in marks.selectors:
            one = Operation(selector.action, selector.version, impl, params)
            other = self._by_name.setdefault((selector.version, selector.action), one)
            if other is not one:
                text = f"{selector.version} {selector.action} is an operation of {other.guard.name} already"
                loading.problem(impl.guard.name, text)

    def find(self, version: Version, name: str) -> Operation:
        """The operation; raises UnknownOperation."""
        found = self._by_name.get((version, name))
        if found is None:
            known = ", ".join(sorted(known for v, known in self._by_name if v is version)) or "none"
            raise UnknownOperation(f"{version.value} has no such operation here; known: {known}")
        return found

    def describe(self) -> list[dict[str, Any]]:
        """All of them, by version and name."""
        return [self._by_name[key].describe() for key in sorted(self._by_name)]


def _params_of(function: Any) -> type[pydantic.BaseModel] | None:
    try:
        found = get_type_hints(function).get("params")
    except (NameError, TypeError):
        return None
    return found if isinstance(found, type) and issubclass(found, pydantic.BaseModel) else None
