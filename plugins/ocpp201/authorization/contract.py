"""Authorization by a contract certificate (C07): what its check says, and what that means for the idToken.

The check itself is the security block's, `shared["ocpp201.ocsp"]`. Where nobody has that, or no responder answers,
nothing is known of the certificate, and so it is not accepted.
"""

from collections.abc import Sequence
from typing import Any, Protocol

ACCEPTED = "Accepted"
#: Also for a check that could not be made: C07 has no word of its own for it.
CHAIN_ERROR = "CertChainError"
_REVOKED = "CertificateRevoked"
_EXPIRED = "CertificateExpired"
#: Statuses that say of a contract that it is none, or none any more; the others mean "not here", or "not now".
_CANCELLED = frozenset({"Blocked", "Expired", "Invalid", "Unknown"})


class Answer(Protocol):
    """What is read of an OCSP answer."""

    @property
    def status(self) -> str: ...


class Checks(Protocol):
    """What is used of `shared["ocpp201.ocsp"]`."""

    async def status(self, hash_data: list[dict[str, Any]]) -> Sequence[Answer]: ...
    async def chain(self, pem: str) -> str: ...


def is_presented(payload: dict[str, Any]) -> bool:
    """Whether an Authorize is about a contract certificate."""
    return "certificate" in payload or "iso15118CertificateHashData" in payload


async def checked(payload: dict[str, Any], checks: Checks | None) -> str:
    """The AuthorizeCertificateStatus of the certificate of an Authorize.

    C07.FR.06: the chain itself comes only where the station cannot check it; where there are hashes, it has.
    """
    if checks is None:
        return CHAIN_ERROR
    hashes, pem = payload.get("iso15118CertificateHashData"), payload.get("certificate")
    data = [one for one in hashes if isinstance(one, dict)] if isinstance(hashes, list) else []
    if data:
        return _of([answer.status for answer in await checks.status(data)])
    return await checks.chain(pem) if isinstance(pem, str) else CHAIN_ERROR


def applied(info: dict[str, Any], certificate: str) -> dict[str, Any]:
    """The answer to an Authorize whose idToken and certificate were judged like that (C07.FR.13 to 17)."""
    if certificate != ACCEPTED:
        return {
            "idTokenInfo": {"status": "Expired" if certificate == _EXPIRED else "Invalid"},
            "certificateStatus": certificate,
        }
    cancelled = info["status"] in _CANCELLED
    return {"idTokenInfo": info, "certificateStatus": "ContractCancelled" if cancelled else ACCEPTED}


def _of(statuses: list[str]) -> str:
    """One that is revoked makes the chain revoked; each has to be good."""
    if "revoked" in statuses:
        return _REVOKED
    return ACCEPTED if statuses and all(status == "good" for status in statuses) else CHAIN_ERROR
