"""How the process runs: admin listener, limits, stopping, logs."""

from pathlib import Path
from typing import Any, Literal

from pydantic import Field, field_validator

from broker.config.addresses import Bind, split
from broker.config.base import ConfigPath, Count, Model, Name, Seconds, SecondsOrZero
from broker.config.secrets import StoredSecret


class AdminToken(Model):
    """A bearer token of the admin API."""

    name: Name
    """Whose token it is; shown in logs."""
    role: Literal["viewer", "operator", "admin"]
    """viewer reads, operator sends calls too, admin may do everything."""
    token: StoredSecret
    """The token as text, or `sha256$<salt>$<hex>` made by `switchboard stations hash-password`."""


class Admin(Model):
    """The listener for operators: API, /metrics, /healthz and /readyz."""

    bind: Bind = "127.0.0.1:8080"
    """`HOST:PORT`; it has no TLS of its own."""
    tokens: list[AdminToken] = Field(default_factory=list)
    """Who may use the API."""
    token_file: ConfigPath = Path("switchboard.token")
    """Without `tokens`: file that a random admin token is written to, readable by its owner alone."""

    @property
    def host(self) -> str:
        """The host of `bind`, without brackets."""
        return split(self.bind)[0]

    @property
    def port(self) -> int:
        """The port of `bind`; 0 for a free one."""
        return split(self.bind)[1]


class Limits(Model):
    """What one station, or one address, may take. Each limit has its metric."""

    handshake_timeout: Seconds = 10.0
    """Seconds from the accepted connection to the upgraded WebSocket: TLS, request and checks."""
    header_timeout: Seconds = 10.0
    """Seconds for the HTTP request of the WebSocket handshake."""
    connections_per_address: Count = 1024
    """Open connections of one remote address."""
    message_bytes: int = Field(default=1024 * 1024, ge=1024, le=64 * 1024 * 1024)
    """Largest message; a larger one closes the connection with 1009."""
    json_depth: int = Field(default=64, ge=4, le=512)
    """Deepest nesting of a message."""
    frames_per_second: Count = 500
    """Frames a second that a station may send over a longer time."""
    frames_burst: Count = 5000
    """Frames that a station may send at once, such as its offline queue."""
    send_deadline: Seconds = 30.0
    """Seconds that a send to a station may take; then the connection is dropped."""
    queue: Count = 64
    """Calls that wait for one station at most; above it they are answered with an error."""
    call_timeout: Seconds = 30.0
    """Seconds that a station has to answer a call."""


class Shutdown(Model):
    """How the broker stops."""

    timeout: Seconds = 20.0
    """Seconds after which it exits whatever is still open."""
    spread: SecondsOrZero = 5.0
    """Seconds over which the sessions are closed, so that not all stations come back at once."""


class Logging(Model):
    """Logs, on standard error."""

    format: Literal["console", "json", "auto"] = "auto"
    """console for people, json for machines, auto: console on a terminal."""
    level: Literal["debug", "info", "warning", "error"] = "info"
    """Least level that is written."""

    @field_validator("level", mode="before")
    @classmethod
    def _lower(cls, value: Any) -> Any:
        return value.lower() if isinstance(value, str) else value
