"""Outboxes, dead letters, ids and routes in memory: what `broker.session.Sessions` has of them, without a store."""

from collections.abc import Sequence
from typing import Any

from broker.config import Config, Route
from broker.session.shadow.compare import Comparisons

Rows = dict[tuple[str, str], list[dict[str, Any]]]

#: A body that each operation takes which takes one, by the name of its schema.
BODIES: dict[str, dict[str, Any]] = {
    "Call": {"action": "ClearCache", "payload": {}},
    "Letters": {"ids": [7]},
    "Route": {"primary": "local"},
    "OperationParams": {},
    "RegistrationOrder": {"boot": "pending"},
    "TokenRows": [{"id": "TAG1"}],
    "TokenEntry": {"status": "Blocked"},
}


def path_of(path: str) -> str:
    """A path of the table of operations with names that the fake broker knows."""
    name = "ocpp16.core" if "plugins" in path else "beep" if "operations" in path else "internal"
    names = {"identity": "CP1", "upstream": "main", "transaction": "17", "name": name, "id": "TAG1"}
    names["file"] = "018bcfe56800-0123456789abcdef"
    for placeholder, text in names.items():
        path = path.replace(f"{{{placeholder}}}", text)
    return path


def message(number: int, payload: bytes | str = "{}", **more: Any) -> dict[str, Any]:
    """A message as the store has it."""
    return {
        "id": number,
        "identity": "CP1",
        "upstream": "main",
        "version": "ocpp1.6",
        "action": "StartTransaction",
        "transaction": 17,
        "received_at": "2026-01-01T00:00:00Z",
        "attempts": 0,
        "error": "",
        "payload": payload,
        **more,
    }


class FakeDeliveries:
    """Outboxes by (identity, upstream), and dead letters by id. Whatever has to do with the disk raises `fault`."""

    def __init__(self) -> None:
        self.waiting: Rows = {("CP1", "main"): [message(1), message(2)]}
        self.letters: dict[int, dict[str, Any]] = {}
        self.batches: list[tuple[int, ...]] = []
        self.fault: Exception | None = None
        for number in (7, 8, 9):
            self.bury(number, "CP1" if number < 9 else "CP2", "main")

    def bury(self, number: int, identity: str, upstream: str, **more: Any) -> None:
        where = {"identity": identity, "upstream": upstream}
        end = {"reason": "refused", "buried_at": "2026-01-02T00:00:00Z"}
        self.letters[number] = {**message(number), **where, **end, **more}

    def outboxes(self) -> list[dict[str, Any]]:
        rows = [(*pair, messages) for pair, messages in self.waiting.items() if messages]
        return [
            {
                "identity": identity,
                "upstream": upstream,
                "depth": len(messages),
                "bytes": sum(len(row["payload"]) for row in messages),
                "oldest": messages[0]["received_at"],
                "state": "down",
                "error": messages[0]["error"],
                "connected": False,
            }
            for identity, upstream, messages in rows
        ]

    async def messages(self, identity: str, upstream: str, *, after: int = 0, limit: int = 100) -> list[dict[str, Any]]:
        self._check()
        return [row for row in self.waiting.get((identity, upstream), ()) if row["id"] > after][:limit]

    async def dead(
        self, *, identity: str | None = None, upstream: str | None = None, after: int = 0, limit: int = 100
    ) -> list[dict[str, Any]]:
        self._check()
        rows = [row for number, row in sorted(self.letters.items()) if number > after]
        rows = [row for row in rows if identity in (None, row["identity"]) and upstream in (None, row["upstream"])]
        return rows[:limit]

    async def replay(self, ids: Sequence[int]) -> list[int]:
        """One that is replayed dies again at once, under another id."""
        found = await self.drop(ids)
        for number in found:
            self.bury(1_000_000 + number, "CP1", "main")
        return found

    async def drop(self, ids: Sequence[int]) -> list[int]:
        self._check()
        self.batches.append(tuple(ids))
        return [number for number in ids if self.letters.pop(number, None) is not None]

    async def drop_outbox(self, identity: str, upstream: str) -> int:
        self._check()
        rows = self.waiting.pop((identity, upstream), [])
        for row in rows:
            self.bury(row["id"], identity, upstream, reason="dropped")
        return len(rows)

    async def retry(self, identity: str, upstream: str) -> bool:
        self._check()
        return bool(self.waiting.get((identity, upstream)))

    def _check(self) -> None:
        if self.fault is not None:
            raise self.fault


def transaction(ref: int, number: int | str, *, closed: bool = False, **more: Any) -> dict[str, Any]:
    """A transaction as `Sessions.ids` has it."""
    return {
        "ref": ref,
        "transaction": number,
        "owner": "main",
        "connector": 1,
        "provisional": False,
        "closed": closed,
        "started_at": "2026-01-01T00:00:00Z",
        "ids": {"main": 17, "billing": 4711},
        "refused": [],
        **more,
    }


class FakeBackends:
    """The ids and routes of the stations that the test names in `known`."""

    def __init__(self) -> None:
        self.deliveries = FakeDeliveries()
        self.comparisons = Comparisons()
        self.known: dict[str, list[dict[str, Any]]] = {"CP1": [transaction(1, 17)]}
        self.routes: dict[str, Route] = {}

    async def ids(self, identity: str) -> dict[str, Any] | None:
        self._check()
        if identity not in self.known:
            return None
        mapped = {"space": "reservation", "station_id": 5, "peer": "billing", "peer_id": 1}
        return {"transactions": self.known[identity], "ids": [mapped]}

    async def route_of(self, identity: str) -> dict[str, Any] | None:
        self._check()
        if identity in self.routes:
            return _described(self.routes[identity], "api")
        return _described(Config().routes[0], "configuration") if identity in self.known else None

    async def set_route(self, identity: str, route: Route) -> dict[str, Any]:
        self._check()
        self.routes[identity] = route
        return {**_described(route, "api"), "state": "switching"}

    async def clear_route(self, identity: str) -> dict[str, Any]:
        self._check()
        self.routes.pop(identity, None)
        if identity not in self.known:
            return {"source": "configuration", "state": "steady", "links": []}
        return {**_described(Config().routes[0], "configuration"), "state": "switching"}

    def _check(self) -> None:
        if self.deliveries.fault is not None:
            raise self.deliveries.fault


def _described(route: Route, source: str) -> dict[str, Any]:
    secondaries = [secondary.upstream for secondary in route.secondaries]
    return {"primary": route.primary, "secondaries": secondaries, "source": source, "state": "steady", "links": []}
