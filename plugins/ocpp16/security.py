"""OCPP 1.6 security extension (white paper "Improved security for OCPP 1.6-J", edition 3)."""

from typing import Any

from aiohttp import web
from prometheus_client import CollectorRegistry

from broker.api import Action, Direction, SessionView, Version, hookimpl, operation
from plugins.ocpp16.certificate_signing import CertificateSigning
from plugins.ocpp16.installed_certificates import RootCertificates
from plugins.ocpp16.security_config import SecurityConfig
from plugins.ocpp16.security_credentials import Credentials
from plugins.ocpp16.security_events import SecurityEvents
from plugins.ocpp16.security_params import ExtendedTrigger
from plugins.ocpp16.security_requests import Requests

FROM_STATION = (
    "LogStatusNotification",
    "SecurityEventNotification",
    "SignCertificate",
    "SignedFirmwareStatusNotification",
)
TO_STATION = (
    "CertificateSigned",
    "DeleteCertificate",
    "ExtendedTriggerMessage",
    "GetInstalledCertificateIds",
    "GetLog",
    "InstallCertificate",
    "SignedUpdateFirmware",
)
_LAST_DELIVERIES = 2.0  # seconds that events get when the broker stops


class Security(SecurityEvents, CertificateSigning, RootCertificates, Requests, Credentials):
    """OCPP 1.6 security extension: events, certificates, logs, signed firmware, keys and security profiles."""

    name = "ocpp16.security"

    class Config(SecurityConfig):
        """See there."""

    config: Config

    @hookimpl
    def register_actions(self) -> list[Action]:
        """The actions of the extension."""
        return [
            Action(Version.V16, name, direction, "Security")
            for direction, names in ((Direction.FROM_STATION, FROM_STATION), (Direction.TO_STATION, TO_STATION))
            for name in names
        ]

    @hookimpl
    def register_metrics(self, registry: CollectorRegistry) -> None:
        """`switchboard_plugin_ocpp16_security_events_total{type}`, and what became of events and requests."""
        self.count_events()
        self.count_requests()

    @hookimpl
    def register_routes(self) -> list[web.RouteDef]:
        """`GET requests/{identity}`: logs and signed firmware that a station was asked for."""
        return [web.get("/requests/{identity}", self.show_requests)]

    @hookimpl
    async def broker_starting(self, broker: Any) -> None:
        """Learn which stations were promised a certificate."""
        await self.load_promises()

    @hookimpl
    async def broker_stopping(self, broker: Any) -> None:
        """Send on what waits."""
        await self.close_outlets(_LAST_DELIVERIES)

    @hookimpl
    async def session_opened(self, session: SessionView) -> None:
        """Give the station the certificate that it was promised before it left."""
        if session.version is Version.V16:
            await self.resume_signing(session)

    @operation("extended-trigger", "ocpp1.6")
    async def extended_trigger(self, session: SessionView, params: ExtendedTrigger) -> dict[str, Any]:
        """Have the station send a message now."""
        payload = params.model_dump(exclude_none=True)
        return {"status": self.result_of(await session.call("ExtendedTriggerMessage", payload)).get("status")}
