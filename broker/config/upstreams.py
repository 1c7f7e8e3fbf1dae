"""Upstreams: the CSMSs that the broker connects to in a station's name."""

import re
from collections.abc import Iterator
from typing import Annotated
from urllib.parse import SplitResult, urlsplit

from pydantic import AfterValidator, Field, field_serializer, model_validator

from broker.config.base import ConfigPath, Fault, Faults, Model, Seconds, SecondsOrOff
from broker.config.secrets import MASK, HeaderValue, Secret
from broker.ocpp import Version

IDENTITY = "{identity}"
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_OWN_HEADERS = frozenset({"host", "connection", "upgrade", "content-length", "transfer-encoding", "te", "trailer"})
_URL = "a URL such as wss://csms.example.com/ocpp/{identity}"


def _template(text: str) -> str:
    rest = text.replace(IDENTITY, "")
    if "{" in rest or "}" in rest:
        raise ValueError("text in which {identity} is the only thing in braces")
    if not text.isprintable():
        raise ValueError("text without control characters")
    return text


def _holds_identity(text: str) -> str:
    if IDENTITY not in text:
        raise ValueError("text that holds {identity}; without it all stations would be one to the upstream")
    return text


def _split(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        _ = parts.port  # a port out of range raises only here
    except ValueError:
        raise ValueError(_URL) from None
    return parts


def _url(url: str) -> str:
    parts = _split(url)
    if parts.scheme not in ("ws", "wss") or not parts.hostname or any(char.isspace() for char in url):
        raise ValueError(_URL)
    if "@" in parts.netloc:
        raise ValueError("a URL without user and password; put them under auth.basic")
    if IDENTITY in parts.netloc or IDENTITY not in parts.path + parts.query:
        raise ValueError("a URL with {identity} in its path")
    if "#" in url:
        raise ValueError("a URL without a # fragment (RFC 6455, 3)")
    return url


Template = Annotated[str, Field(min_length=1, max_length=1024), AfterValidator(_template)]
IdentityTemplate = Annotated[Template, AfterValidator(_holds_identity)]


def _token(text: str) -> str:
    if _TOKEN.fullmatch(text) is None:
        raise ValueError("a token of RFC 9110: letters, digits and -._ with no spaces")
    return text


Token = Annotated[str, Field(min_length=1, max_length=255), AfterValidator(_token)]


class BasicAuth(Model):
    """HTTP Basic authentication towards the upstream."""

    user: Template = IDENTITY
    """User name; `{identity}` stands for the identity that the upstream sees."""
    password: Secret
    """Password in plain text, `${ENV}` or `file:PATH`."""


class UpstreamAuth(Model):
    """How the broker authenticates at the upstream."""

    basic: BasicAuth | None = None
    """HTTP Basic authentication; absent: none."""


class UpstreamTls(Model):
    """TLS towards the upstream (wss)."""

    ca: ConfigPath | None = None
    """PEM file with the CAs that may have signed the upstream's certificate; absent: those of the system."""
    certificate: ConfigPath | None = None
    """PEM file with the broker's client certificate, for an upstream that asks for one."""
    key: ConfigPath | None = None
    """PEM file with the private key of `certificate`."""
    verify: bool = True
    """false: the upstream's certificate is not checked at all. For a lab only."""

    @model_validator(mode="after")
    def _pair(self) -> "UpstreamTls":
        if (self.certificate is None) != (self.key is None):
            missing, given = ("key", "certificate") if self.key is None else ("certificate", "key")
            Faults.check([Fault((missing,), f"{missing} beside {given}: a client certificate needs both")])
        return self


class Reconnect(Model):
    """Waiting times between dials: doubled after each failure, with jitter."""

    initial: Seconds = 1.0
    """Seconds before the second dial."""
    maximum: Seconds = 60.0
    """Longest wait in seconds."""

    @model_validator(mode="after")
    def _ordered(self) -> "Reconnect":
        if self.initial > self.maximum:
            Faults.check([Fault(("maximum",), f"at least initial, which is {self.initial:g}")])
        return self


class Upstream(Model):
    """One CSMS; a connection is made for each station that is routed to it."""

    url: Annotated[str, AfterValidator(_url), AfterValidator(_template)]
    """ws or wss URL with `{identity}`, which is percent-encoded there."""
    identity: IdentityTemplate = IDENTITY
    """Identity that the upstream sees; `{identity}` in it stands for the station's own."""
    auth: UpstreamAuth | None = None
    """How the broker authenticates; absent: not at all."""
    tls: UpstreamTls = Field(default_factory=UpstreamTls)
    """CA and client certificate for wss."""
    headers: dict[Token, HeaderValue] = Field(default_factory=dict)
    """Further HTTP headers of the handshake; values are treated as secrets."""
    subprotocols: dict[Version, Token] | None = None
    """Name that is offered for a version where the upstream wants another one than usual."""
    ping_interval: SecondsOrOff = 30.0
    """Seconds between pings to the upstream; 0 or `off` for none. Some CSMSs drop a peer after 60 s of silence."""
    dial_timeout: Seconds = 10.0
    """Seconds for connecting, TLS and handshake together."""
    reconnect: Reconnect = Field(default_factory=Reconnect)
    """Waiting times between dials."""
    call_timeout: Seconds = 30.0
    """Seconds that the upstream has to answer a station's call."""
    compress: bool = False
    """Offers permessage-deflate."""

    @property
    def secure(self) -> bool:
        """Whether the URL is wss."""
        return self.url.startswith("wss:")

    @property
    def host(self) -> str:
        """The host name of the URL."""
        return _split(self.url).hostname or ""

    @property
    def shown_url(self) -> str:
        """The URL for logs and the API: a query, which may hold a key, is masked."""
        base, mark, _ = self.url.partition("?")
        return f"{base}{mark}{MASK if mark else ''}"

    @field_serializer("url", when_used="json")
    def _masked_url(self, _: str) -> str:
        return self.shown_url

    def __repr_args__(self) -> Iterator[tuple[str | None, object]]:
        for name, value in super().__repr_args__():
            yield (name, self.shown_url) if name == "url" else (name, value)

    @model_validator(mode="after")
    def _consistent(self) -> "Upstream":
        Faults.check([*self._tls_faults(), *self._header_faults()])
        return self

    def _tls_faults(self) -> Iterator[Fault]:
        if not self.secure and self.tls.model_fields_set:
            yield Fault(("tls",), "a wss:// url beside tls; ws:// has no TLS")

    def _header_faults(self) -> Iterator[Fault]:
        for name in self.headers:
            low = name.lower()
            if low in _OWN_HEADERS or low.startswith("sec-websocket-"):
                yield Fault(("headers", name), "a header other than those of the WebSocket handshake itself")
            elif low == "authorization" and self.auth is not None and self.auth.basic is not None:
                yield Fault(("headers", name), "auth.basic or an Authorization header, not both")
