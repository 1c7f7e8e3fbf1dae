"""What all sessions of one broker share; a reload swaps its attributes, sessions read them anew."""

import secrets
from dataclasses import dataclass, field
from itertools import count

from broker.config import Config
from broker.hooks import Plugins
from broker.metrics import Metrics
from broker.ocpp import FrameLimits, Schemas, Version
from broker.session.upstreams import Upstreams
from broker.session.wheel import Wheel


@dataclass(slots=True)
class Shared:
    """The parts that a session needs besides its own."""

    config: Config
    plugins: Plugins
    schemas: Schemas
    metrics: Metrics
    wheel: Wheel
    upstreams: Upstreams
    frame_limits: FrameLimits = field(init=False)
    labels: dict[Version, dict[str, str]] = field(init=False)
    """Per version, the actions that may be a metric's label; any other action counts as `other`."""
    _boot: str = field(default_factory=lambda: secrets.token_hex(4), repr=False)
    _prefixes: "count[int]" = field(default_factory=count, repr=False)

    def __post_init__(self) -> None:
        self.refresh()

    def refresh(self) -> None:
        """Derive anew what follows from the configuration and the schemas."""
        limits = self.config.limits
        self.frame_limits = FrameLimits(depth=limits.json_depth, bytes=limits.message_bytes)
        self.labels = {version: {name: name for name in self.schemas.actions(version)} for version in Version}

    def prefix(self) -> str:
        """What the message ids of one connection begin with.

        Unique over every connection of this process and, through a random part, of the next one: OCPP-J 1.6 4.1.4
        wants ids unique over all connections of a station.
        """
        return f"{self._boot}{next(self._prefixes):x}-"
