"""What a plugin sees of the broker: sessions, legs, connections, events. All of it is to be read, not changed."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol

from broker.ocpp import Reply, Version


class Direction(StrEnum):
    """Which way a call goes; its reply belongs to the direction of the call."""

    FROM_STATION = "from_station"
    TO_STATION = "to_station"


class SessionView(Protocol):
    """One station's life on the broker, from connect to disconnect."""

    @property
    def identity(self) -> str:
        """The last URL segment, percent-decoded."""

    @property
    def version(self) -> Version: ...

    @property
    def tags(self) -> Mapping[str, str]:
        """The station's tags from the configuration."""

    @property
    def listener(self) -> str:
        """The name of the listener it came in by."""

    @property
    def security_profile(self) -> int:
        """0 to 3, as it authenticated on this connection."""

    @property
    def remote(self) -> str:
        """The address it came from, without the port."""

    @property
    def state(self) -> dict[str, Any]:
        """A plugin's notes on this session, gone with it. Use the plugin's name as the key."""

    @property
    def answers(self) -> str:
        """Who answers the station's calls now: `local`, or an upstream's name; `local` too while it stands in."""

    @property
    def accepted(self) -> bool:
        """Set it to False to have every call of the station but BootNotification answered with SecurityError.

        That holds while the local CSMS answers for itself, and not while it stands in for an upstream; until it is set
        again, or the session ends (1.6 4.2 with errata, 2.0.1 B02 and B03).
        """

    @accepted.setter
    def accepted(self, accepted: bool) -> None: ...

    def known_token(self, payload: Mapping[str, Any]) -> dict[str, Any] | None:
        """What an upstream has said of the token that `payload` names by `idTag` or `idToken`.

        Its idTagInfo or idTokenInfo, while the local CSMS stands in for that upstream; None otherwise, and where the
        upstream has never said anything of this token. An `answer` handler that authorises asks this first.
        """

    async def call(self, action: str, payload: dict[str, Any], *, timeout: float | None = None) -> Reply:
        """Send a call to the station and wait for its reply.

        `timeout`: seconds for the whole call; None: `limits.call_timeout` of the configuration from when it goes out.
        Its `origin` is `plugin`.

        A handler of a message from that station may await it: the reading goes on elsewhere meanwhile. The message, and
        the station's calls behind it, wait for that long, and the plugin's `time_limit` applies; where the message does
        not depend on the reply, use `context.spawn`.
        """


class LinkView(Protocol):
    """A leg to an upstream CSMS."""

    @property
    def upstream(self) -> str:
        """The upstream's name in the configuration."""


class Event:
    """One message as it passed, for `observe`."""

    __slots__ = ("action", "at", "direction", "kind", "message_id", "outcome", "peer", "raw")

    def __init__(
        self,
        kind: str,
        at: float,
        direction: Direction,
        peer: str,
        action: str,
        message_id: str,
        raw: bytes,
        outcome: str = "",
    ) -> None:
        self.kind = kind
        """`call`, `reply` or `malformed`."""
        self.at = at
        """Unix time in seconds."""
        self.direction = direction
        """The direction of the call, also for its reply."""
        self.peer = peer
        """The station's other side: an upstream's name, `local`, `plugin` or `api`."""
        self.action = action
        self.message_id = message_id
        self.raw = raw
        """The payload as it stood on the wire."""
        self.outcome = outcome
        """Empty for a call; `result` or `error` for a reply."""

    def __repr__(self) -> str:
        return f"<Event {self.kind} {self.direction} {self.action} {self.message_id} {self.outcome}>"


@dataclass(frozen=True, slots=True)
class ConnectionRequest:
    """A station at the door: authenticated, not yet upgraded to a WebSocket."""

    identity: str
    remote: str
    listener: str
    security_profile: int
    headers: Mapping[str, str]
    """The request's headers without Authorization."""
    subprotocols: tuple[str, ...] = ()
    """As the station offered them, in its order."""


@dataclass(frozen=True, slots=True)
class Action:
    """An action that a plugin owns (`register_actions`)."""

    version: Version
    name: str
    direction: Direction
    profile: str = ""
    """The feature profile (1.6) or functional block (2.x) it belongs to."""
    call_schema: Mapping[str, Any] | None = None
    """JSON Schema of the call; None: the one of the specification, where it has one."""
    result_schema: Mapping[str, Any] | None = None
