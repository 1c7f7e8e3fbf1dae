"""Contract certificates for vehicles (M01, M02): Get15118EVCertificate, answered by a configured provider.

What passes is EXI, which nobody but the vehicle and the provider reads: it is handed on as it is. It is personal, so it
is neither kept nor logged.
"""

from typing import Any

from plugins.shared.json_service import Unavailable
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
_LONGEST_REASON, _LONGEST_INFO = 20, 512


class ProviderFailed(Unavailable):
    """There is no certificate; the text says why and holds no secret."""


def asked(payload: dict[str, Any]) -> dict[str, Any]:
    """What a provider is asked, of a request."""
    return {name: payload[name] for name in _ASKED if name in payload}


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
