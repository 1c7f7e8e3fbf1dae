"""OCPP 2.1, functional block M: the status of a vehicle's certificate chain (M07)."""

from typing import Any

from broker.api import Action, BasePlugin, Call, ErrorKind, Reject, SessionView, answer, hookimpl
from plugins.ocpp201.iso15118.ocsp_response import OcspAnswer, failed
from plugins.ocpp201.versions import V21, actions
from plugins.shared.certificate_hashes import HashData, readable
from plugins.shared.values import text, timestamp

_OCSP = "ocpp201.ocsp"
_SOURCES = ("OCSP", "CRL")
_MOST, _MOST_URLS = 4, 5
_WORDS = {"good": "Good", "revoked": "Revoked", "unknown": "Unknown", "failed": "Failed"}


class Iso15118(BasePlugin):
    """OCPP 2.1 certificate chain status: by OCSP or revocation lists, which `ocpp201.iso15118` asks for."""

    name = "ocpp21.iso15118"
    time_limit = 30.0  # responders and lists are somewhere on the Internet

    @hookimpl
    def register_actions(self) -> list[Action]:
        """What 2.0.1 does not have of block M."""
        return actions("ISO15118CertificateManagement", from_station=("GetCertificateChainStatus",), versions=(V21,))

    @answer(V21, "GetCertificateChainStatus")
    async def chain_status(self, session: SessionView, call: Call) -> dict[str, Any] | Reject:
        """M07: a status for each certificate, in their order."""
        requests = call.payload.get("certificateStatusRequests")
        some = requests[:_MOST] if isinstance(requests, list) else []
        asked = [(data, one) for one in some if isinstance(one, dict) and (data := _hash_data(one)) is not None]
        if not asked:
            return Reject(ErrorKind.OCCURRENCE, "it names no certificate")
        answers = await self._answers([(data, _sources(one)) for data, one in asked])
        rows = zip(asked, answers, strict=True)
        return {"certificateStatus": [self._row(data, one, found) for (data, one), found in rows]}

    async def _answers(self, asked: list[tuple[HashData, list[tuple[str, str]]]]) -> list[OcspAnswer]:
        status_at = getattr(self.shared.get(_OCSP), "status_at", None)
        if status_at is None:
            return [failed("nobody asks for it") for _ in asked]
        found: list[OcspAnswer] = await status_at(asked)
        return found

    def _row(self, data: HashData, one: dict[str, Any], found: OcspAnswer) -> dict[str, Any]:
        """Without a nextUpdate there is newer information at any time, so it may be asked again at once."""
        now = self.clock.now()
        return {
            "certificateHashData": data,
            "source": one["source"] if one.get("source") in _SOURCES else _SOURCES[0],
            "status": _WORDS[found.status],
            "nextUpdate": timestamp(now if found.next_update is None else max(now, found.next_update)),
        }


def _hash_data(one: dict[str, Any]) -> HashData | None:
    return readable(one.get("certificateHashData"))


def _sources(one: dict[str, Any]) -> list[tuple[str, str]]:
    source, urls = text(one.get("source")), one.get("urls")
    some = urls[:_MOST_URLS] if isinstance(urls, list) else []
    return [(source, url) for given in some if (url := text(given))] if source in _SOURCES else []
