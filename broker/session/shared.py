"""What all sessions of one broker share; a reload swaps its attributes, sessions read them anew."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from typing import TYPE_CHECKING

from broker.config import Config, Route
from broker.hooks import Plugins
from broker.metrics import Metrics
from broker.ocpp import Call, FrameLimits, Reply, Schemas, Version
from broker.records import Records
from broker.session.books.ledger import Ledgers
from broker.session.books.tokens import Tokens
from broker.session.bucket import Bucket
from broker.session.shadow.compare import Comparisons
from broker.session.upstream.upstreams import Upstreams
from broker.session.wheel import Wheel
from broker.store import Store

if TYPE_CHECKING:
    from broker.session.grants.credential_book import CredentialBook


@dataclass(slots=True)
class Shared:
    """The parts that a session needs besides its own."""

    config: Config
    plugins: Plugins
    schemas: Schemas
    metrics: Metrics
    wheel: Wheel
    upstreams: Upstreams
    store: "Store | None" = None
    """None: nothing outlives the process, and nothing is promised."""
    credentials: "CredentialBook | None" = None
    records: "Records | None" = None
    frame_limits: FrameLimits = field(init=False)
    labels: dict[Version, dict[str, str]] = field(init=False)
    """Per version, the actions that may be a metric's label; any other action counts as `other`."""
    ledgers: Ledgers = field(init=False)
    comparisons: Comparisons = field(init=False)
    tokens: Tokens = field(init=False)
    new_id: Callable[[], int] = field(init=False)
    pseudonym_key: bytes = b""
    _paces: dict[str, Bucket] = field(default_factory=dict, repr=False)
    _boot: str = field(default_factory=lambda: secrets.token_hex(4), repr=False)
    _prefixes: "count[int]" = field(default_factory=count, repr=False)

    def __post_init__(self) -> None:
        self.ledgers = Ledgers(self.store)
        self.comparisons = Comparisons()
        self.tokens = Tokens(self.store)
        self.new_id = self.store.new_id if self.store is not None else count(1).__next__
        self.refresh()

    def refresh(self) -> None:
        """Derive anew what follows from the configuration and the schemas."""
        limits = self.config.limits
        self.frame_limits = FrameLimits(depth=limits.json_depth, bytes=limits.message_bytes)
        self.labels = {version: {name: name for name in self.schemas.actions(version)} for version in Version}
        self._paces.clear()

    def prefix(self) -> str:
        """What the message ids of one connection begin with.

        Unique over every connection of this process and, through a random part, of the next one: OCPP-J 1.6 4.1.4
        wants ids unique over all connections of a station.
        """
        return f"{self._boot}{next(self._prefixes):x}-"

    @property
    def store_failed(self) -> str:
        """Why nothing can be written now; empty while the store is well."""
        return self.store.failed if self.store is not None else ""

    def pace(self, upstream: str) -> Bucket:
        """How fast all stations together may tell an upstream what it has missed."""
        pace = self._paces.get(upstream)
        if pace is None:
            rate = self.config.outbox.upstream_per_second
            pace = self._paces[upstream] = Bucket(rate, max(rate, 1.0))
        return pace

    def learn_token(self, upstream: str, route: Route, call: Call, reply: Reply) -> None:
        """Remember what an upstream said of a token, where the broker may have to say it in its place."""
        if route.when_primary_down_mode == "stand_in":
            self.tokens.learn(upstream, call, reply)
