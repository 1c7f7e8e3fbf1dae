"""What the admin listener needs of the broker; `broker.app.Broker` is one."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

from prometheus_client import CollectorRegistry

from broker.config import Config, Problem, Route
from broker.hooks import Event, Operation, SessionView
from broker.ocpp import Call, Reply, Version, Violation
from broker.records import Records
from broker.server.files import Upload


class StationSession(SessionView, Protocol):
    """A station that is connected."""

    async def call(
        self, action: str, payload: dict[str, Any], *, timeout: float | None = None, origin: str = ...
    ) -> Reply:
        """Send a call to the station; raises CallFailed."""


class StationBook(Protocol):
    """The stations that are registered or connected."""

    def get(self, identity: str) -> StationSession | None: ...

    def stations(self) -> list[dict[str, Any]]:
        """All of them as JSON values, by identity."""

    def station(self, identity: str) -> dict[str, Any] | None: ...


class Deliveries(Protocol):
    """The outboxes in front of the upstreams, and the dead letters.

    A message is a dict of JSON values with `payload`, its text as it came, which `messages.shown` redacts.
    """

    def outboxes(self) -> list[dict[str, Any]]:
        """Every outbox that is not empty: identity, upstream, depth, bytes, oldest, state, error, connected."""

    async def messages(self, identity: str, upstream: str, *, after: int = 0, limit: int = 100) -> list[dict[str, Any]]:
        """What waits, in the order in which it is delivered, from the first id above `after`."""

    async def dead(
        self, *, identity: str | None = None, upstream: str | None = None, after: int = 0, limit: int = 100
    ) -> list[dict[str, Any]]:
        """Dead letters by id, with reason and buried_at."""

    async def replay(self, ids: Sequence[int]) -> list[int]:
        """Put dead letters at the end of their outboxes; the ids that were found."""

    async def drop(self, ids: Sequence[int]) -> list[int]:
        """Delete dead letters for good; the ids that were found."""

    async def drop_outbox(self, identity: str, upstream: str) -> int:
        """Take what waits to the dead letters; how many messages that was."""

    async def retry(self, identity: str, upstream: str) -> bool:
        """Deliver now and not at the next attempt; False where nothing waits."""


class ComparisonBook(Protocol):
    """The answers of candidates beside those of the primaries."""

    def report(self) -> dict[str, Any]: ...

    def reset(self) -> None: ...


class SessionBook(StationBook, Protocol):
    """`broker.session.Sessions`: the stations, and what they have to do with more than one upstream.

    Whatever reads or changes what is kept on disk raises StoreFailed where the disk does not do its part.
    """

    @property
    def deliveries(self) -> Deliveries: ...

    @property
    def comparisons(self) -> ComparisonBook: ...

    async def ids(self, identity: str) -> dict[str, Any] | None:
        """`transactions` and `ids` of a station with the number that each side has for them; None: it has none."""

    async def route_of(self, identity: str) -> dict[str, Any] | None:
        """Where a station's messages go and why; None: it is not connected, and no route was set for it."""

    async def set_route(self, identity: str, route: Route) -> dict[str, Any]:
        """Give one station another route than the configuration has for it, also over a restart."""

    async def clear_route(self, identity: str) -> dict[str, Any]:
        """Back to the route of the configuration; without `primary` where that is chosen when the station comes."""

    def forget(self, identity: str) -> bool:
        """Let go of what is in memory of a station; False while it is connected or something is undelivered."""


class PluginBook(Protocol):
    """The plugins that are loaded."""

    def operation(self, version: Version, name: str) -> Operation: ...

    def operations(self) -> list[dict[str, Any]]: ...

    def describe(self) -> list[dict[str, Any]]: ...

    def chains(self, version: Version) -> list[dict[str, Any]]: ...

    def routes(self) -> Mapping[str, Sequence[Any]]: ...

    def watch(self, observer: Callable[[SessionView, Event], None]) -> None: ...

    def unwatch(self, observer: Callable[[SessionView, Event], None]) -> None: ...


class FileBook(Protocol):
    """What stations have brought to the file endpoint."""

    def uploads(self, *, identity: str | None = None, purpose: str | None = None) -> list[Upload]:
        """All of them, the oldest first."""

    def upload(self, upload: str) -> tuple[Upload, Path] | None:
        """One of them by its id, and where it is."""

    async def remove(self, upload: str) -> bool:
        """Delete one; False where there is none. Raises OSError, StoreFailed."""

    async def forget(self, identity: str) -> int:
        """Delete all of one station, and end its transfers; how many files that were."""


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
    def sessions(self) -> SessionBook: ...

    @property
    def plugins(self) -> PluginBook: ...

    @property
    def files(self) -> FileBook: ...

    @property
    def records(self) -> Records: ...

    @property
    def schemas(self) -> SchemaBook: ...

    @property
    def metrics(self) -> Figures: ...

    @property
    def ready(self) -> bool:
        """True while stations may come."""

    async def reload(self) -> Sequence[Problem] | None:
        """Build the configuration anew and swap; the problems when nothing was changed."""
