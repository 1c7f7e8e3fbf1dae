"""The upstreams of the configuration: how to dial each, and how each is doing."""

import ssl
from asyncio import timeout
from dataclasses import dataclass
from urllib.parse import quote

from aiohttp import (
    ClientConnectorDNSError,
    ClientConnectorError,
    ClientError,
    ClientSession,
    ClientSSLError,
    ClientTimeout,
    ClientWebSocketResponse,
    ClientWSTimeout,
    DummyCookieJar,
    TCPConnector,
    WSServerHandshakeError,
    encode_basic_auth,
)
from yarl import URL

from broker.config import Upstream
from broker.ocpp import Version


class DialError(Exception):
    """An upstream could not be reached; `reason` is a label of `switchboard_upstream_dial_failures_total`."""

    def __init__(self, reason: str, text: str) -> None:
        super().__init__(text)
        self.reason = reason


@dataclass(slots=True)
class Health:
    """What the last dials of one upstream said; no session owns it."""

    up: bool = True
    """Whether the last dial was good; one that failed may say something of its station only: see `links`."""
    links: int = 0
    """Legs that are open."""
    down_since: float = 0.0
    """Loop time of the first of the dials that have failed in a row."""
    closed_until: float = 0.0
    """Loop time before which new stations are turned away, since a session has just given up on it."""
    last_error: str = ""
    pause: float = 15.0
    """Seconds that new stations are turned away then; the next one after that is the probe."""


class Upstreams:
    """Dials upstreams in a station's name; one connection pool without a limit for all of them."""

    def __init__(self, settings: dict[str, Upstream], *, max_message: int) -> None:
        self.settings = settings
        self.health = {name: Health() for name in settings}
        self._contexts = {name: _named_context(name, upstream) for name, upstream in settings.items()}
        self._max_message = max_message
        self._session: ClientSession | None = None

    def inherit(self, old: "Upstreams") -> None:
        """Take over, at a reload, the open connections and what is known of the upstreams' health."""
        self._session, old._session = old._session, None
        self.health = old.health | {name: old.health.get(name, Health()) for name in self.settings}

    async def dial(self, name: str, identity: str, version: Version) -> ClientWebSocketResponse:
        """Open a leg to `name` in the name of `identity`.

        Raises:
            DialError: with the reason as a metric label and a text for the log.
        """
        upstream = self.settings.get(name)
        if upstream is None:
            raise DialError("other", "the configuration names this upstream no more")
        protocol = (upstream.subprotocols or {}).get(version, version.value)
        try:
            ws = await self._connect(name, identity, version, protocol)
        except WSServerHandshakeError as error:
            kind = error.status // 100  # 101 with a wrong key is one as well
            reason = f"status_{kind}xx" if kind in (4, 5) else "other"
            raise DialError(reason, f"HTTP {error.status}: {error.message}") from None
        except TimeoutError:
            raise DialError("timeout", f"no connection within {upstream.dial_timeout} s") from None
        except ClientSSLError as error:
            raise DialError("tls", _cause(error)) from None
        except ClientConnectorDNSError as error:
            raise DialError("dns", _cause(error)) from None
        except ClientConnectorError as error:
            raise DialError("refused", _cause(error)) from None
        except (ClientError, OSError, ValueError) as error:
            raise DialError("other", f"{type(error).__name__}: {error}") from None
        # Not `ws.protocol`: aiohttp says None there for one that was not offered.
        chosen = ws._response.headers.get("Sec-WebSocket-Protocol")
        if chosen not in (None, protocol):
            await ws.close()
            raise DialError("subprotocol", f"offered {protocol!r}, upstream chose {chosen!r}")
        return ws

    async def _connect(self, name: str, identity: str, version: Version, protocol: str) -> ClientWebSocketResponse:
        upstream = self.settings[name]
        if self._session is None:
            # aiohttp's default limit of 100 would silently stop at a hundred upstream legs.
            # And a jar would give every station the cookie of the first: one back end for all behind a balancer.
            self._session = ClientSession(
                connector=TCPConnector(limit=0),
                timeout=ClientTimeout(total=None),
                cookie_jar=DummyCookieJar(),
                headers={"User-Agent": "Switchboard"},
            )
        own_name = upstream.identity.replace("{identity}", identity)
        headers = {key: value.get_secret_value() for key, value in upstream.headers.items()}
        basic = upstream.auth.basic if upstream.auth is not None else None
        if basic is not None:
            user = basic.user.replace("{identity}", own_name)
            headers["Authorization"] = encode_basic_auth(user, basic.password.get_secret_value(), "utf-8")
        # Ours is percent-encoded already, exactly once; yarl is not to touch it.
        url = URL(upstream.url.replace("{identity}", quote(own_name, safe="")), encoded=True)

        async with timeout(upstream.dial_timeout):
            return await self._session.ws_connect(
                url,
                protocols=(protocol,),
                headers=headers,
                ssl=self._contexts[name],
                autoping=False,
                heartbeat=None,
                compress=15 if upstream.compress and version is not Version.V16 else 0,
                max_msg_size=self._max_message,
                timeout=ClientWSTimeout(ws_close=5.0),
            )

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()
            self._session = None


def _cause(error: ClientConnectorError) -> str:
    """What the system said, with the address; aiohttp's own text shows Python objects."""
    cause = error.os_error
    return f"{error.host}:{error.port}: {cause.strerror or cause}"


def _named_context(name: str, upstream: Upstream) -> ssl.SSLContext | bool:
    try:
        return client_context(upstream)
    except OSError as error:  # an SSLError is one
        raise OSError(f"upstreams.{name}.tls: {error}") from None


def client_context(upstream: Upstream) -> ssl.SSLContext | bool:
    """The TLS settings of a wss upstream; True, which aiohttp takes for its own, for ws.

    Raises:
        OSError: a file cannot be read. ssl.SSLError: it holds no usable certificate or key.
    """
    if not upstream.secure:
        return True
    tls = upstream.tls
    context = ssl.create_default_context(cafile=str(tls.ca) if tls.ca else None)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if not tls.verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    if tls.certificate is not None:
        context.load_cert_chain(str(tls.certificate), str(tls.key) if tls.key else None)
    return context
