"""A station's connection: the handshake with its credentials, the open socket, the end of it."""

import asyncio
import base64
import os
import ssl
from collections.abc import Callable, Mapping, Sequence
from typing import Self
from urllib.parse import quote

import aiohttp

from broker.ocpp import Call, Version
from broker.simulate.peer import Answer, Line, Peer
from broker.tasks import spawn


class HandshakeRefused(ConnectionError):
    """The server did not upgrade: the HTTP status and the headers of its answer."""

    def __init__(self, status: int, headers: Mapping[str, str]) -> None:
        super().__init__(f"the server refused the connection with HTTP {status}")
        self.status = status
        self.headers = headers


class Connection:
    """Where and as whom a station connects. What it answers is its own business: `answer` of a subclass."""

    def __init__(
        self,
        url: str,
        identity: str,
        version: Version,
        *,
        password: str | bytes | None = None,
        user: str | None = None,
        tls: ssl.SSLContext | None = None,
        subprotocols: Sequence[str] | None = None,
        headers: Mapping[str, str] | None = None,
        timeout: float = 30.0,
        compress: bool = False,
    ) -> None:
        self.identity, self.version = identity, version
        self.url = station_url(url, identity)
        self.on_line: Callable[[Line], None] | None = None
        self._tls, self._timeout, self._compress = tls, timeout, compress
        self._subprotocols = tuple(subprotocols if subprotocols is not None else (version.value,))
        self._headers = dict(headers or {})
        if password is not None:
            secret = password.encode() if isinstance(password, str) else password
            pair = (identity if user is None else user).encode() + b":" + secret
            self._headers["Authorization"] = "Basic " + base64.b64encode(pair).decode()
        self._peer: Peer | None = None
        self._session: aiohttp.ClientSession | None = None
        self._reader: asyncio.Task[int | None] | None = None

    def answer(self, call: Call) -> Answer:
        """The answer to a call of the CSMS; None leaves it without one."""
        return None

    async def __aenter__(self) -> Self:
        await self.connect()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.leave()

    @property
    def peer(self) -> Peer:
        """The open connection, for what is not a station's everyday. Raises ConnectionError without one."""
        if self._peer is None:
            raise ConnectionError(f"{self.identity} has never connected")
        return self._peer

    @property
    def connected(self) -> bool:
        """Whether the connection is up."""
        return self._peer is not None and self._peer.connected

    async def connect(self) -> str | None:
        """Open the connection; gives the subprotocol that the server chose.

        Raises HandshakeRefused when the server answers with anything but 101, ConnectionError or ssl.SSLError below
        HTTP.
        """
        await self.close()
        session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=None, connect=self._timeout))
        try:
            socket = await session.ws_connect(
                self.url,
                protocols=self._subprotocols,
                headers=self._headers,
                ssl=self._tls if self._tls is not None else True,
                compress=15 if self._compress else 0,
                max_msg_size=0,
            )
        except aiohttp.WSServerHandshakeError as error:
            await session.close()
            raise HandshakeRefused(error.status, error.headers or {}) from None
        except aiohttp.ClientConnectorError as error:
            await session.close()
            if isinstance(error, aiohttp.ClientSSLError):
                raise
            raise ConnectionError(f"cannot connect to {error.host}:{error.port}: {_reason(error.os_error)}") from None
        except BaseException:
            await session.close()
            raise
        self._session = session
        self._peer = Peer(socket, self.version, self.answer, timeout=self._timeout)
        self._peer.on_line = self.on_line
        self._reader = spawn(self._peer.run(), name=f"simulated station {self.identity}")
        return socket.protocol

    async def close(self, code: int = 1000) -> None:
        """Close the connection; may be called at any time."""
        if self._peer is not None:
            await self._peer.close(code)
        if self._reader is not None:
            await asyncio.wait([self._reader])
        if self._session is not None:
            await self._session.close()
        self._reader = self._session = None

    async def leave(self) -> None:
        """Close for good; a subclass that has more to end ends it here."""
        await self.close()

    async def closed(self) -> int | None:
        """Wait until the connection has ended; gives its close code."""
        if self._reader is not None:
            await asyncio.wait([self._reader])
        return self.peer.close_code


def _reason(error: OSError) -> str:
    code = error.errno or 0
    # Name resolution has codes below 0 and a text of its own; asyncio's text for the others repeats the address.
    return os.strerror(code) if code > 0 else error.strerror or str(error)


def station_url(url: str, identity: str) -> str:
    """The URL a station of `identity` connects to: percent-encoded into `{identity}`, or as the last segment."""
    segment = quote(identity, safe="")
    return url.replace("{identity}", segment) if "{identity}" in url else f"{url.rstrip('/')}/{segment}"
