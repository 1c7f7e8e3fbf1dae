"""Contract certificates for vehicles (M01, M02): Get15118EVCertificate, answered by a configured provider.

What passes is EXI, which nobody but the vehicle and the provider reads: it is handed on as it is. It is personal, so it
is neither kept nor logged.
"""

import json
from typing import Any

import aiohttp

from plugins.ocpp201.iso15118.config import ProviderConfig
from plugins.shared.values import text, whole

SHARED = "ocpp201.ev_certificates"
"""The key in `shared` of a stranger's provider: an async function of the session and the request's payload, which
returns status, exiResponse and perhaps remainingContracts and statusInfo."""
LONGEST = {"ocpp2.0.1": 7500, "ocpp2.1": 17_000}
"""Characters of exiResponse, by version."""
_ASKED = (
    "iso15118SchemaVersion",
    "action",
    "exiRequest",
    "maximumContractCertificateChains",
    "prioritizedEMAIDs",
)
_LARGEST = 65_536
_LONGEST_REASON, _LONGEST_INFO = 20, 512


class ProviderFailed(Exception):
    """There is no certificate; the text says why and holds no secret."""


class HttpProvider:
    """An HTTP endpoint that takes and gives the members of the OCPP messages as JSON."""

    def __init__(self, config: ProviderConfig) -> None:
        self._config = config
        self._headers = {name: value.get_secret_value() for name, value in config.headers.items()}
        self._session: aiohttp.ClientSession | None = None

    async def ask(self, payload: dict[str, Any]) -> Any:
        """Its answer; raises ProviderFailed. A redirect is not followed, it could lead anywhere (field-notes S-11)."""
        body = {name: payload[name] for name in _ASKED if name in payload}
        try:
            async with self._client().post(
                self._config.url.get_secret_value(), json=body, headers=self._headers, allow_redirects=False
            ) as response:
                if response.status != 200:
                    raise ProviderFailed(f"HTTP status {response.status}")
                found = await _read(response.content)
        except TimeoutError:
            raise ProviderFailed("no answer in time") from None
        except (aiohttp.ClientError, OSError) as error:
            raise ProviderFailed(type(error).__name__) from None
        try:
            return json.loads(found)
        except ValueError:
            raise ProviderFailed("its answer is no JSON") from None

    async def close(self) -> None:
        """Let go of the connections."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    def _client(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                timeout=aiohttp.ClientTimeout(total=self._config.timeout), cookie_jar=aiohttp.DummyCookieJar()
            )
        return self._session


def result(found: Any, version: str) -> dict[str, Any]:
    """The CALLRESULT for what a provider has said; raises ProviderFailed where it says nothing that can be sent.

    A refusal has its exiResponse too: the vehicle reads the reason there.
    """
    if not isinstance(found, dict) or found.get("status") not in ("Accepted", "Failed"):
        raise ProviderFailed("its answer has no status")
    exi = found.get("exiResponse", "")
    if not isinstance(exi, str) or len(exi) > LONGEST[version] or (found["status"] == "Accepted" and not exi):
        raise ProviderFailed("its answer has no exiResponse that fits")
    payload: dict[str, Any] = {"status": found["status"], "exiResponse": exi}
    remaining = whole(found.get("remainingContracts"))
    if version == "ocpp2.1" and remaining is not None and remaining >= 0:
        payload["remainingContracts"] = remaining
    info = _status_info(found.get("statusInfo"))
    return payload | ({"statusInfo": info} if info else {})


def refused(reason: str) -> dict[str, Any]:
    """The CALLRESULT without a provider's answer."""
    info = {"reasonCode": "Unspecified", "additionalInfo": reason[:_LONGEST_INFO]}
    return {"status": "Failed", "exiResponse": "", "statusInfo": info}


def _status_info(given: Any) -> dict[str, str] | None:
    reason = text(given.get("reasonCode")) if isinstance(given, dict) else None
    if not reason:
        return None
    info = text(given.get("additionalInfo"))
    return {"reasonCode": reason[:_LONGEST_REASON]} | ({"additionalInfo": info[:_LONGEST_INFO]} if info else {})


async def _read(stream: aiohttp.StreamReader) -> bytes:
    found = bytearray()
    async for chunk in stream.iter_chunked(8192):
        found += chunk
        if len(found) > _LARGEST:
            raise ProviderFailed(f"its answer has more than {_LARGEST} bytes")
    return bytes(found)
