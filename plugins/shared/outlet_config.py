"""Where security events are sent on to, as options of the security plugins."""

from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr

FACILITIES = (
    "kern", "user", "mail", "daemon", "auth", "syslog", "lpr", "news", "uucp", "cron", "authpriv", "ftp",
    "ntp", "audit", "alert", "clock", "local0", "local1", "local2", "local3", "local4", "local5", "local6", "local7",
)  # fmt: skip
"""By their numbers (RFC 5424, table 1)."""
Facility = Literal[
    "kern", "user", "mail", "daemon", "auth", "syslog", "lpr", "news", "uucp", "cron", "authpriv", "ftp",
    "ntp", "audit", "alert", "clock", "local0", "local1", "local2", "local3", "local4", "local5", "local6", "local7",
]  # fmt: skip


def _web_address(url: SecretStr) -> SecretStr:
    text = url.get_secret_value()
    try:
        parts = urlsplit(text)
        fits = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        fits = False
    if not fits or not text.isprintable() or " " in text:
        raise ValueError("an address that begins with http:// or https://")
    return url


def _header(value: SecretStr) -> SecretStr:
    if not all(char == "\t" or (char.isprintable() and ord(char) < 256) for char in value.get_secret_value()):
        raise ValueError("a header's value without control characters (RFC 9110, 5.5)")
    return value


def _syslog_address(address: str) -> str:
    scheme, _, rest = address.partition(":")
    if scheme == "unix" and rest.startswith("/"):
        return address
    try:
        parts = urlsplit(address)
        fits = scheme in ("udp", "tcp") and bool(parts.hostname) and parts.port != 0
        fits = fits and not (parts.path or parts.query or parts.fragment or parts.username)
    except ValueError:
        fits = False
    if not fits:
        raise ValueError("udp://HOST:PORT, tcp://HOST:PORT or unix:/PATH")
    return address


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


WebAddress = Annotated[SecretStr, AfterValidator(_web_address)]
HeaderName = Annotated[str, Field(pattern=r"^[A-Za-z0-9!#$%&'*+.^_`|~-]+$")]
HeaderValue = Annotated[SecretStr, AfterValidator(_header)]
Events = Literal["all"] | tuple[Annotated[str, Field(min_length=1, max_length=50)], ...]


class WebhookConfig(_Part):
    """Where security events are sent over HTTP."""

    url: WebAddress
    """Often a secret by itself, so it is treated as one."""
    headers: dict[HeaderName, HeaderValue] = Field(default_factory=dict)
    """Headers of the request, such as Authorization."""
    events: Events = "all"
    """Types of the events that are sent, or `all`."""
    timeout: float = Field(default=10.0, gt=0, le=300)
    """Seconds for one attempt."""
    queue: int = Field(default=1000, ge=1, le=100_000)
    """Events that wait at most; what comes then is dropped and counted."""
    attempts: int = Field(default=5, ge=1, le=100)
    """How often an event is tried, with growing pauses."""


class SyslogConfig(_Part):
    """Where security events are sent as syslog (RFC 5424)."""

    address: Annotated[str, AfterValidator(_syslog_address)]
    """`udp://HOST:PORT`, `tcp://HOST:PORT` (port 514 unless given) or `unix:/dev/log`."""
    facility: Facility = "authpriv"
    queue: int = Field(default=1000, ge=1, le=100_000)
    """Events that wait at most; what comes then is dropped and counted."""
    attempts: int = Field(default=5, ge=1, le=100)
    """How often an event is tried, with growing pauses."""
