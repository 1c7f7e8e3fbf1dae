"""OCPP 2.x, functional block M: certificates of ISO 15118, and those in stations."""

import base64
from typing import Any

from prometheus_client import CollectorRegistry, Counter

from broker.api import Action, Call, Context, SessionView, answer, hookimpl
from plugins.ocpp201.iso15118.config import Iso15118Config
from plugins.ocpp201.iso15118.ev_certificates import SHARED as PROVIDER
from plugins.ocpp201.iso15118.ev_certificates import ProviderFailed, asked, refused, result
from plugins.ocpp201.iso15118.installed import V2G_AUTHORITY, Installed
from plugins.ocpp201.iso15118.ocsp import Ocsp
from plugins.ocpp201.iso15118.v2g_authority import V2gAuthority
from plugins.ocpp201.versions import V2, actions
from plugins.shared.certificate_store import CertificateStore
from plugins.shared.json_service import JsonService, Unavailable
from plugins.shared.public_web import PublicWeb

OCSP = "ocpp201.ocsp"
"""The key in `shared` of what asks for the status of certificates."""
_LONGEST_RESULT = {"ocpp2.0.1": 5500, "ocpp2.1": 18_000}


class Iso15118(Installed):
    """OCPP 2.x ISO 15118 certificates: contracts for vehicles, OCSP, V2G certificates, certificates in stations."""

    name = "ocpp201.iso15118"
    time_limit = 30.0  # a provider and a responder are somewhere on the Internet

    class Config(Iso15118Config):
        """See there."""

    config: Config
    _requests: Counter
    _statuses: Counter

    def __init__(self, config: Config, context: Context) -> None:
        super().__init__(config, context)
        self._web = PublicWeb(allow_private=config.ocsp.allow_private, seconds=config.ocsp.timeout)
        made = config.ev_certificates
        self._provider = None if made is None else JsonService(made.url, made.headers, timeout=made.timeout)
        store = CertificateStore(config.roots)
        self._ocsp = Ocsp(config.ocsp, self._web, store, self.clock, lambda status: self._statuses.labels(status).inc())
        self.shared[OCSP] = self._ocsp
        if config.v2g_authority is not None:
            self.shared[V2G_AUTHORITY] = V2gAuthority(config.v2g_authority, config.v2g_lifetime_days, self.clock)

    @hookimpl
    def register_actions(self) -> list[Action]:
        """The actions of block M."""
        return actions(
            "ISO15118CertificateManagement",
            from_station=("Get15118EVCertificate", "GetCertificateStatus"),
            to_station=("DeleteCertificate", "GetInstalledCertificateIds", "InstallCertificate"),
        )

    @hookimpl
    def register_metrics(self, registry: CollectorRegistry) -> None:
        """`switchboard_plugin_ocpp201_iso15118_ev_certificates_total{status}` and `_statuses_total{status}`."""
        self._requests = self.metrics.counter("ev_certificates", "Certificates for vehicles", ["status"])
        self._statuses = self.metrics.counter(
            "statuses", "Status of certificates: good, revoked, unknown, failed", ["status"]
        )

    @hookimpl
    async def broker_stopping(self, broker: Any) -> None:
        """Let go of the connections."""
        await self._web.close()
        if self._provider is not None:
            await self._provider.close()

    @answer(V2, "Get15118EVCertificate")
    async def ev_certificate(self, session: SessionView, call: Call) -> dict[str, Any]:
        """M01, M02: what the provider says; Failed where there is none, or it says nothing."""
        try:
            told = result(await self._provided(session, call.payload), session.version.value)
        except Unavailable as error:
            self.log.warning("%s: no certificate for a vehicle: %s", session.identity, error)
            told = refused(f"the provider has no answer: {error}")
        self._requests.labels(told["status"]).inc()
        return told

    async def _provided(self, session: SessionView, payload: dict[str, Any]) -> Any:
        strangers = self.shared.get(PROVIDER)
        if strangers is not None:
            try:
                return await strangers(session, payload)
            except Exception as error:
                self.log.exception("a plugin's provider of certificates for vehicles failed")
                raise ProviderFailed(type(error).__name__) from None
        if self._provider is None:
            raise ProviderFailed("there is none")
        return await self._provider.ask(asked(payload))

    @answer(V2, "GetCertificateStatus")
    async def certificate_status(self, session: SessionView, call: Call) -> dict[str, Any]:
        """M06: the responder's response as it is, whatever it says of the certificate (M06.FR.02, 03, 08, 09)."""
        (found,) = await self._ocsp.status([call.payload.get("ocspRequestData")])
        why = found.why
        if found.der is not None:
            encoded = base64.b64encode(found.der).decode("ascii")
            if len(encoded) <= _LONGEST_RESULT[session.version.value]:
                return {"status": "Accepted", "ocspResult": encoded}
            why = f"the response has {len(encoded)} characters"
        self.log.warning("%s: no status of a certificate: %s", session.identity, why)
        return {"status": "Failed", "statusInfo": {"reasonCode": "Unspecified", "additionalInfo": why}}
