"""Asks a configured service about VAT numbers.

It gets a POST with `{"vatNumber", "evseId", "identity"}` and answers `{"valid": true, "company": {"name", "address1",
"city", "country", ...}}`; of the company, what fits OCPP's AddressType goes on to the station.
"""

import json
from typing import Any

import aiohttp

from plugins.ocpp21.payment.config import Provider

#: AddressType: its members with their lengths.
_ADDRESS = {"name": 50, "address1": 100, "address2": 100, "city": 100, "postalCode": 20, "country": 50}
_NEEDED = ("name", "address1", "city", "country")
_LARGEST = 64 * 1024


class Unavailable(Exception):
    """The service has not said whether it is valid; the text says why, without the address."""


async def asked(provider: Provider, question: dict[str, Any]) -> dict[str, Any]:
    """`{"valid": bool}`, with `company` where it is complete; raises Unavailable."""
    headers = {name: value.get_secret_value() for name, value in provider.headers.items()}
    timeout = aiohttp.ClientTimeout(total=provider.timeout)
    try:
        async with (
            aiohttp.ClientSession(timeout=timeout, cookie_jar=aiohttp.DummyCookieJar()) as session,
            session.post(
                provider.url.get_secret_value(), json=question, headers=headers, allow_redirects=False
            ) as response,
        ):
            if response.status != 200:
                raise Unavailable(f"HTTP status {response.status}")
            if len(body := await response.content.read(_LARGEST + 1)) > _LARGEST:
                raise Unavailable("an answer that is too long")
            return understood(body)
    except TimeoutError:
        raise Unavailable("no answer in time") from None
    except (aiohttp.ClientError, OSError, ValueError) as error:
        raise Unavailable(type(error).__name__) from None


def understood(body: bytes) -> dict[str, Any]:
    """The answer; raises ValueError for what is none."""
    answer = json.loads(body)
    if not isinstance(answer, dict) or not isinstance(answer.get("valid"), bool):
        raise ValueError("no member valid")
    company = answer.get("company")
    address = company if isinstance(company, dict) else {}
    found = {
        name: value[:longest]
        for name, longest in _ADDRESS.items()
        if isinstance(value := address.get(name), str) and value
    }
    complete = all(name in found for name in _NEEDED)
    return {"valid": answer["valid"], "company": found} if complete else {"valid": answer["valid"]}
