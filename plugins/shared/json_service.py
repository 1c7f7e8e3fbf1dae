"""A service of the operator that is asked by an HTTP POST of JSON and answers with JSON.

Its address and headers may be secrets, and are in no text of it. No redirect is followed, it could lead anywhere
(field-notes S-11); time and size have limits.
"""

import json
from collections.abc import Mapping
from typing import Any

import aiohttp
from pydantic import SecretStr

LARGEST = 65_536
_CHUNK = 8192


class Unavailable(Exception):
    """There is no answer; the text says why and holds no secret."""


class JsonService:
    """One address."""

    def __init__(self, url: SecretStr, headers: Mapping[str, SecretStr], *, timeout: float) -> None:
        self._url = url
        self._headers = {name: value.get_secret_value() for name, value in headers.items()}
        self._timeout = timeout
        self._session: aiohttp.ClientSession | None = None

    async def ask(self, question: Any) -> Any:
        """Its answer; raises Unavailable."""
        try:
            async with self._client().post(
                self._url.get_secret_value(), json=question, headers=self._headers, allow_redirects=False
            ) as response:
                if response.status != 200:
                    raise Unavailable(f"HTTP status {response.status}")
                found = await _read(response.content)
        except TimeoutError:
            raise Unavailable("no answer in time") from None
        except (aiohttp.ClientError, OSError) as error:
            raise Unavailable(type(error).__name__) from None
        try:
            return json.loads(found)
        except (ValueError, RecursionError):
            raise Unavailable("its answer is no JSON") from None

    async def close(self) -> None:
        """Let go of the connections."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    def _client(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                timeout=aiohttp.ClientTimeout(total=self._timeout), cookie_jar=aiohttp.DummyCookieJar()
            )
        return self._session


async def _read(stream: aiohttp.StreamReader) -> bytes:
    found = bytearray()
    async for chunk in stream.iter_chunked(_CHUNK):
        found += chunk
        if len(found) > LARGEST:
            raise Unavailable(f"its answer has more than {LARGEST} bytes")
    return bytes(found)
