"""What the admin listener needs of the broker; `broker.app.Broker` is one."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

from prometheus_client import CollectorRegistry

from broker.config import Config, Problem
from broker.hooks import Event, SessionView
from broker.ocpp import Call, Reply, Version, Violation


class StationSession(Protocol):
    """A station that is connected."""

    @property
    def identity(self) -> str: ...

    @property
    def version(self) -> Version: ...

    async def call(
        self, action: str, payload: dict[str, Any], *, timeout: float | None = None, origin: str = ...
    ) -> Reply:
        """Send a call to the station; raises the errors of `broker.session.errors`."""


class StationBook(Protocol):
    """The stations that are registered or connected."""

    def get(self, identity: str) -> StationSession | None: ...

    def stations(self) -> list[dict[str, Any]]:
        """All of them as JSON values, by identity."""

    def station(self, identity: str) -> dict[str, Any] | None: ...


class PluginBook(Protocol):
    """The plugins that are loaded."""

    def describe(self) -> list[dict[str, Any]]: ...

    def chains(self, version: Version) -> list[dict[str, Any]]: ...

    def routes(self) -> Mapping[str, Sequence[Any]]: ...

    def watch(self, observer: Callable[[SessionView, Event], None]) -> None: ...

    def unwatch(self, observer: Callable[[SessionView, Event], None]) -> None: ...


class SchemaBook(Protocol):
    """The schemas of all versions, plugins' own actions included."""

    def actions(self, version: Version) -> frozenset[str]: ...

    def check_call(self, call: Call) -> Violation | None: ...


class Figures(Protocol):
    """What Prometheus sees."""

    @property
    def registry(self) -> CollectorRegistry: ...


class Surface(Protocol):
    """The running broker, as the admin listener sees it."""

    @property
    def config(self) -> Config: ...

    @property
    def sessions(self) -> StationBook: ...

    @property
    def plugins(self) -> PluginBook: ...

    @property
    def schemas(self) -> SchemaBook: ...

    @property
    def metrics(self) -> Figures: ...

    @property
    def ready(self) -> bool:
        """True while stations may come."""

    async def reload(self) -> Sequence[Problem] | None:
        """Build the configuration anew and swap; the problems when nothing was changed."""
