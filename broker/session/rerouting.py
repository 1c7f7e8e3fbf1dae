"""Routes that are changed while the broker runs: by hand, or by a reload (design.md 6)."""

import asyncio
import json
from collections.abc import Callable
from typing import Any

import structlog

from broker.config import LOCAL, ConfigError, Route, route_document, route_from
from broker.session.admission import Admission
from broker.session.books.ledger import Ledger
from broker.session.description import describe_route
from broker.session.session import Session
from broker.session.shared import Shared
from broker.session.switching import switch
from broker.store import Op, ops

Find = Callable[[Admission, Ledger | None], tuple[Route | None, str]]

_PAUSE = 0.02  # seconds between stations, when many change their route at once

_log = structlog.get_logger("broker.session")


class Rerouting:
    """The routes that were set by hand, which go before the configured ones, and the way from one to the other."""

    def __init__(self, shared: Shared, get: Callable[[str], Session | None], find: Find) -> None:
        self.routes: dict[str, Route] = {}
        self._shared = shared
        self._get = get
        self._find = find

    async def load(self) -> None:
        """Read the routes that were set before a restart; one that names an upstream that is gone is left out."""
        if self._shared.store is None:
            return
        upstreams = self._shared.config.upstreams
        for identity, data in (await self._shared.store.routes()).items():
            try:
                self.routes[identity] = route_from(json.loads(data), upstreams)
            except (ConfigError, ValueError) as error:
                _log.error("a route set by hand cannot be used", identity=identity, problem=str(error))

    async def set(self, identity: str, route: Route) -> dict[str, Any]:
        data = json.dumps(route_document(route)).encode()
        await self._keep([ops.put_route(identity, data)])
        self.routes[identity] = route
        return await self._bring(identity, route, "api")

    async def clear(self, identity: str) -> dict[str, Any]:
        await self._keep([ops.drop_route(identity)])
        self.routes.pop(identity, None)
        session = self._get(identity)
        if session is None:
            return self.describe(identity) or {"source": "configuration", "state": "steady", "links": []}
        route, source = self._find(session.admission, session.backends.ledger)
        return await self._bring(identity, route or session.route, source)

    async def _bring(self, identity: str, route: Route, source: str) -> dict[str, Any]:
        session = self._get(identity)
        if session is not None:
            await switch(session, route, source)
        described = self.describe(identity)
        assert described is not None or session is not None or source != "api"
        return described or {"source": source, "state": "steady", "links": []}

    async def _keep(self, group: "list[Op]") -> None:
        if self._shared.store is not None:
            await self._shared.store.write(group)

    def describe(self, identity: str) -> dict[str, Any] | None:
        """The route of a station that is connected, or one that was set by hand; None for others."""
        session = self._get(identity)
        if session is not None and not session.reason:
            return describe_route(session)
        route = self.routes.get(identity)
        if route is None:
            return None
        secondaries = [secondary.upstream for secondary in route.secondaries]
        return {"primary": route.primary, "secondaries": secondaries, "source": "api", "state": "steady", "links": []}

    async def after_reload(self, sessions: list[Session]) -> None:
        """Bring every station to the route that the new configuration has for it, one after another."""
        known = self._shared.config.upstreams.keys()
        for identity in [identity for identity, route in self.routes.items() if not route.upstreams <= known]:
            _log.error("a route set by hand cannot be used", identity=identity, problem="an upstream of it is gone")
            del self.routes[identity]
        for session in sessions:
            if session.reason or session.route_source == "plugin":
                continue
            route, source = self._find(session.admission, session.backends.ledger)
            if route is not None and (route != session.route or source != session.route_source):
                await switch(session, route, source)
                await asyncio.sleep(_PAUSE)


def with_primary(route: Route, primary: str) -> Route:
    """The same route with another primary, as a plugin chooses; what makes no sense with that is left out."""
    secondaries = [secondary for secondary in route.secondaries if secondary.upstream != primary]
    changes: dict[str, Any] = {"primary": primary, "secondaries": secondaries}
    if primary == LOCAL and route.when_primary_down_mode in ("stand_in", "failover"):
        changes["when_primary_down"] = "close"
    elif primary in route.failover:
        changes["when_primary_down"] = "hold"
    return route.model_copy(update=changes)
