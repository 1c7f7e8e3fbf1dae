"""Fetching from addresses that somebody else has chosen, a station or a certificate (field-notes S-11).

Such an address could lead into the operator's own network, so only public addresses are connected to: a name is
resolved once, what it resolves to is looked at, and exactly that is connected to. No redirect is followed, and time and
size have limits.
"""

import asyncio
import ipaddress
import socket
from types import TracebackType
from typing import Final

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from yarl import URL

_NAT64: Final = ipaddress.ip_network("64:ff9b::/96")
_LONGEST_URL = 2000
_CHUNK = 8192


class FetchFailed(Exception):
    """Nothing could be fetched; the text says why, and holds nothing of the address."""


def is_public(address: str) -> bool:
    """Whether this is an address of the public Internet, also within an IPv6 address that carries an IPv4 one."""
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(found, ipaddress.IPv6Address):
        inner = found.ipv4_mapped or found.sixtofour or (found.teredo[1] if found.teredo else None)
        if inner is None and found in _NAT64:
            inner = ipaddress.IPv4Address(int(found) & 0xFFFFFFFF)
        if inner is not None:
            return is_public(str(inner))
    return found.is_global and not found.is_multicast and not found.is_reserved


class PublicResolver(AbstractResolver):
    """Names as the system resolves them, without what is not public."""

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        loop = asyncio.get_running_loop()
        rows = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM, family=family, flags=socket.AI_ADDRCONFIG)
        found = [
            ResolveResult(
                hostname=host,
                host=str(address[0]),
                port=int(address[1]),
                family=kind,
                proto=proto,
                flags=socket.AI_NUMERICHOST | socket.AI_NUMERICSERV,
            )
            for kind, _, proto, _, address in rows
            if is_public(str(address[0]))
        ]
        if not found:
            raise OSError("no public address")
        return found

    async def close(self) -> None:
        """There is nothing to let go of."""


class PublicWeb:
    """Fetches over HTTP and HTTPS, so many at once."""

    def __init__(self, *, allow_private: bool = False, seconds: float = 10.0, at_once: int = 20) -> None:
        """`allow_private`: connect to any address, for labs and tests."""
        self._allow_private = allow_private
        self._seconds = seconds
        self._places = asyncio.Semaphore(at_once)
        self._session: aiohttp.ClientSession | None = None

    async def fetch(self, address: str, *, body: bytes | None = None, kind: str = "", limit: int = 65_536) -> bytes:
        """What is there: a GET, or a POST of `body` of that content type. Raises FetchFailed."""
        url = self._checked(address)
        headers = {"Accept-Encoding": "identity", **({"Content-Type": kind} if kind else {})}
        method = "GET" if body is None else "POST"
        try:
            async with (
                asyncio.timeout(self._seconds),
                self._places,
                self._client().request(method, url, data=body, headers=headers, allow_redirects=False) as response,
            ):
                if response.status != 200:
                    raise FetchFailed(f"HTTP status {response.status}")
                return await _content(response.content, limit)
        except TimeoutError:
            raise FetchFailed("no answer in time") from None
        except (aiohttp.ClientError, OSError, ValueError) as error:
            raise FetchFailed(type(error).__name__) from None

    async def close(self) -> None:
        """Let go of the connections."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def __aenter__(self) -> "PublicWeb":
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    def _checked(self, address: str) -> URL:
        """An address in digits is never resolved, so it is looked at here: as the client reads it, not as others do."""
        try:
            url = URL(address)
            host = url.raw_host or ""
        except ValueError:
            raise FetchFailed("this is no URL") from None
        if url.scheme not in ("http", "https") or not host or len(address) > _LONGEST_URL:
            raise FetchFailed("this is no URL of HTTP")
        if url.raw_user is not None or url.raw_password is not None:
            raise FetchFailed("a URL with a user")
        in_digits = ":" in host or host.replace(".", "").isdigit()
        if not self._allow_private and in_digits and not is_public(host):
            raise FetchFailed("no public address")
        return url

    def _client(self) -> aiohttp.ClientSession:
        if self._session is None:
            resolver = None if self._allow_private else PublicResolver()
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(resolver=resolver, use_dns_cache=False, force_close=True),
                timeout=aiohttp.ClientTimeout(total=self._seconds),
                cookie_jar=aiohttp.DummyCookieJar(),
                auto_decompress=False,
            )
        return self._session


async def _content(stream: aiohttp.StreamReader, limit: int) -> bytes:
    found = bytearray()
    async for chunk in stream.iter_chunked(_CHUNK):
        found += chunk
        if len(found) > limit:
            raise FetchFailed(f"more than {limit} bytes")
    return bytes(found)
