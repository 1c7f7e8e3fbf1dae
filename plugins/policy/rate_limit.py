"""Policy: how many calls, and how many connections, a station may make."""

from collections import OrderedDict
from fnmatch import fnmatchcase
from typing import Any, ClassVar, Literal

from aiohttp import web
from prometheus_client import CollectorRegistry, Counter
from pydantic import Field

from broker.api import (
    BasePlugin,
    Call,
    ConnectionRequest,
    Context,
    ErrorKind,
    Refuse,
    Reject,
    SessionView,
    hookimpl,
    on_call,
)

#: Losing one of these loses money or evidence, and a station repeats it anyway.
SPARED = ["BootNotification", "SecurityEventNotification", "StartTransaction", "StopTransaction", "TransactionEvent"]
#: Identities whose connections, and refusals, are remembered.
REMEMBERED = 10_000


class Bucket:
    """A token bucket: `rate` a second, at most `burst` at once."""

    __slots__ = ("_at", "_burst", "_left", "_rate")

    def __init__(self, rate: float, burst: float, now: float) -> None:
        self._rate = rate
        self._burst = burst
        self._left = burst
        self._at = now

    def take(self, now: float) -> bool:
        """Whether one more is within the limit at `now` (seconds that never go back)."""
        self._left = min(self._burst, self._left + (now - self._at) * self._rate)
        self._at = now
        if self._left < 1.0:
            return False
        self._left -= 1.0
        return True


class RateLimit(BasePlugin):
    """Rejects the calls of a station, an upstream or the API that come too fast."""

    name = "policy.rate_limit"
    on_error: ClassVar[Literal["skip", "reject"]] = "reject"

    class Config(BasePlugin.Config):
        rate: float = Field(default=10.0, gt=0)
        """Calls a second, for each station and each origin by itself."""
        burst: int = Field(default=50, ge=1)
        """Calls at once."""
        origins: tuple[str, ...] = ("station",)
        """Whose calls are limited: `station`, an upstream's name, `api`; patterns with `*`."""
        actions: tuple[str, ...] = ("*",)
        """Which calls are limited; patterns with `*`."""
        except_actions: tuple[str, ...] = tuple(SPARED)
        """Which calls are not."""
        connections_per_minute: float | None = Field(default=None, gt=0)
        """Connections of one identity; None for no limit."""
        connections_burst: int = Field(default=10, ge=1)

    config: Config
    _refused: Counter

    def __init__(self, config: Config, context: Context) -> None:
        super().__init__(config, context)
        self._limited: dict[tuple[str, str], bool] = {}
        self._doors: OrderedDict[str, Bucket] = OrderedDict()
        self._by_identity: OrderedDict[str, int] = OrderedDict()

    @hookimpl
    def register_metrics(self, registry: CollectorRegistry) -> None:
        """`switchboard_plugin_policy_rate_limit_refused_total{what}`; what: call or connection."""
        self._refused = self.metrics.counter("refused", "What was over the limit", ["what"])

    @hookimpl
    def register_routes(self) -> list[web.RouteDef]:
        """`GET refused`: how often each identity was over a limit since the start."""
        return [web.get("/refused", self._show)]

    @on_call("*", "*")
    def limit(self, session: SessionView, call: Call) -> Reject | None:
        """Take one from the bucket of this session and origin."""
        key = (call.origin, call.action)
        limited = self._limited.get(key)
        if limited is None:
            limited = self._decide(key)
        if not limited:
            return None
        now = self.clock.monotonic()
        buckets = session.state.setdefault(self.context.name, {})
        bucket = buckets.get(call.origin)
        if bucket is None:
            bucket = buckets[call.origin] = Bucket(self.config.rate, self.config.burst, now)
        if bucket.take(now):
            return None
        self._count("call", session.identity)
        return Reject(ErrorKind.GENERIC, f"over the rate limit of {self.config.rate:g} calls a second")

    @hookimpl
    def connection_opening(self, request: ConnectionRequest) -> Refuse | None:
        """Take one from the bucket of this identity's connections."""
        if self.config.connections_per_minute is None:
            return None
        now = self.clock.monotonic()
        bucket = self._doors.pop(request.identity, None)
        if bucket is None:
            bucket = Bucket(self.config.connections_per_minute / 60, self.config.connections_burst, now)
        self._doors[request.identity] = bucket
        if len(self._doors) > REMEMBERED:
            self._doors.popitem(last=False)
        if bucket.take(now):
            return None
        self._count("connection", request.identity)
        return Refuse(429, "too many connections")

    def _decide(self, key: tuple[str, str]) -> bool:
        """Whether calls of this origin and action are limited; kept, as far as the peer cannot make it grow."""
        origin, action = key
        config = self.config
        limited = (
            _matches(origin, config.origins)
            and _matches(action, config.actions)
            and not _matches(action, config.except_actions)
        )
        if len(self._limited) < REMEMBERED:
            self._limited[key] = limited
        return limited

    def _count(self, what: str, identity: str) -> None:
        self._refused.labels(what).inc()
        self._by_identity[identity] = self._by_identity.pop(identity, 0) + 1
        if len(self._by_identity) > REMEMBERED:
            self._by_identity.popitem(last=False)

    async def _show(self, request: web.Request) -> web.Response:
        rows: list[dict[str, Any]] = [{"identity": name, "refused": n} for name, n in self._by_identity.items()]
        return web.json_response({"refused": rows})


def _matches(name: str, patterns: tuple[str, ...]) -> bool:
    return any(fnmatchcase(name, pattern) for pattern in patterns)
