"""A broker that only looks like one, and a real admin listener in front of it."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from backends_kit import FakeBackends
from files_kit import FakeFiles

from broker.config import Config
from broker.config.operations import Admin, AdminToken
from broker.hooks import Direction, Event, UnknownOperation
from broker.metrics import Metrics
from broker.ocpp import Reply, Schemas, Version
from broker.records import Records
from broker.server.admin import AdminServer
from broker.store import Store

TOKENS = {"viewer": "viewer-token-0123456789", "operator": "operator-token-012345", "admin": "admin-token-0123456789"}


class FakeSession:
    """A connected station whose answer the test chooses."""

    def __init__(self, identity: str, version: Version = Version.V16) -> None:
        self.identity = identity
        self.version = version
        self.calls: list[tuple[str, dict[str, Any], float | None, str]] = []
        self.answer: Reply | Exception = Reply.result({"status": "Accepted"})

    async def call(
        self, action: str, payload: dict[str, Any], *, timeout: float | None = None, origin: str = "plugin"
    ) -> Reply:
        self.calls.append((action, payload, timeout, origin))
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


class FakeSessions(FakeBackends):
    """Connected and registered stations."""

    def __init__(self) -> None:
        super().__init__()
        self.connected: dict[str, FakeSession] = {}
        self.registered: list[str] = []

    def connect(self, identity: str, version: Version = Version.V16) -> FakeSession:
        session = self.connected[identity] = FakeSession(identity, version)
        return session

    def get(self, identity: str) -> FakeSession | None:
        return self.connected.get(identity)

    def stations(self) -> list[dict[str, Any]]:
        return [row for i in sorted({*self.connected, *self.registered}) if (row := self.station(i)) is not None]

    def station(self, identity: str) -> dict[str, Any] | None:
        if identity not in self.connected and identity not in self.registered:
            return None
        connected = identity in self.connected
        return {"identity": identity, "registered": identity in self.registered, "connected": connected, "tags": {}}

    def forget(self, identity: str) -> bool:
        return identity not in self.connected


class FakeOperation:
    """An operation that does nothing."""

    async def run(self, session: Any, params: Any) -> dict[str, Any]:
        return {"status": "Accepted"}


class FakePlugins:
    """Plugins as data, and whoever watches."""

    def __init__(self) -> None:
        self.observers: list[Callable[[Any, Event], None]] = []
        self.rows: dict[str, list[Any]] = {}
        self.offered: dict[tuple[Version, str], Any] = {(Version.V16, "beep"): FakeOperation()}

    def operation(self, version: Version, name: str) -> Any:
        if (version, name) not in self.offered:
            raise UnknownOperation(f"{version.value} has no such operation here")
        return self.offered[version, name]

    def operations(self) -> list[dict[str, Any]]:
        return [
            {"name": name, "version": version.value, "plugin": "p", "summary": "", "params": {}}
            for version, name in self.offered
        ]

    def describe(self) -> list[dict[str, Any]]:
        return [{"name": "ocpp16.core", "module": "plugins.ocpp16.core:Core"}, {"name": "my:Plugin", "module": "my"}]

    def chains(self, version: Version) -> list[dict[str, Any]]:
        return [{"direction": "from_station", "action": "Heartbeat", "answer": f"core for {version.value}"}]

    def routes(self) -> dict[str, list[Any]]:
        return self.rows

    def watch(self, observer: Callable[[Any, Event], None]) -> None:
        self.observers.append(observer)

    def unwatch(self, observer: Callable[[Any, Event], None]) -> None:
        self.observers.remove(observer)

    def passes(self, identity: str, action: str, raw: bytes = b"{}", **more: Any) -> None:
        """Let a message pass before the observers."""
        fields = {"kind": "call", "at": 1.5, "peer": "local", "message_id": "7", "outcome": "", **more}
        event = Event(direction=Direction.FROM_STATION, action=action, raw=raw, **fields)
        for observer in list(self.observers):
            observer(FakeSession(identity), event)


class FakeBroker:
    """The surface."""

    def __init__(self, config: Config) -> None:
        self.config = config
        self.sessions = FakeSessions()
        self.plugins = FakePlugins()
        self.schemas = Schemas()
        self.metrics = Metrics()
        self.ready = True
        self.store = Store("sqlite://")
        self.records = Records(self.store)
        self.files = FakeFiles(config.admin.token_file.parent)
        self.reloads = 0
        self.problems: Any = None

    async def reload(self) -> Any:
        self.reloads += 1
        if isinstance(self.problems, Exception):
            raise self.problems
        return self.problems


class Client:
    """Asks the listener; `who` is a role, or None for no token."""

    def __init__(self, http: aiohttp.ClientSession, url: str) -> None:
        self.http = http
        self.url = url

    def ask(self, method: str, path: str, who: str | None = "admin", **more: Any) -> Any:
        from yarl import URL

        headers = {"Authorization": f"Bearer {TOKENS[who]}"} if who else {}
        headers.update(more.pop("headers", {}))
        return self.http.request(method, URL(self.url + path, encoded=True), headers=headers, **more)

    async def json(self, method: str, path: str, who: str | None = "admin", **more: Any) -> tuple[int, Any]:
        async with self.ask(method, path, who, **more) as response:
            expected = "application/json" if response.status < 400 else "application/problem+json"
            assert response.headers["Content-Type"].split(";")[0] == expected
            return response.status, await response.json(content_type=None)


def configuration(tmp_path: Path, **more: Any) -> Config:
    tokens = [AdminToken(name=f"test-{role}", role=role, token=token) for role, token in TOKENS.items()]
    admin = Admin(bind="127.0.0.1:0", tokens=more.pop("tokens", tokens), token_file=tmp_path / "switchboard.token")
    upstreams = {name: {"url": f"ws://{name}.example/{{identity}}"} for name in ("main", "billing")}
    return Config(admin=admin, **{"upstreams": upstreams, **more})


@pytest.fixture
def make_config() -> Callable[..., Config]:
    return configuration


@pytest.fixture
def tokens() -> dict[str, str]:
    return TOKENS


@pytest.fixture
async def broker(tmp_path: Path) -> AsyncIterator[FakeBroker]:
    fake = FakeBroker(configuration(tmp_path))
    await fake.store.open()
    await fake.records.load()
    yield fake
    await fake.store.close()


@pytest.fixture
async def admin(broker: FakeBroker) -> AsyncIterator[AdminServer]:
    server = AdminServer(broker, heartbeat=0.05)
    await server.start()
    yield server
    await server.stop()


@pytest.fixture
async def client(admin: AdminServer) -> AsyncIterator[Client]:
    async with aiohttp.ClientSession() as http:
        yield Client(http, admin.url)


@pytest.fixture
async def raw(admin: AdminServer) -> AsyncIterator[Callable[[bytes], Any]]:
    """Send bytes and read until the listener closes."""
    writers: list[asyncio.StreamWriter] = []

    async def send(data: bytes) -> bytes:
        reader, writer = await asyncio.open_connection("127.0.0.1", admin.port)
        writers.append(writer)
        writer.write(data)
        return await reader.read()

    yield send
    for writer in writers:
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()
