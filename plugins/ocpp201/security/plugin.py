"""OCPP 2.0.1 and 2.1, functional block A: security."""

from typing import Any

from prometheus_client import CollectorRegistry

from broker.api import Action, SessionView, hookimpl
from plugins.ocpp201.security.events import SecurityEvents
from plugins.ocpp201.security.signing import CertificateSigning
from plugins.ocpp201.versions import V2, actions
from plugins.shared.security_options import EventOptions, SigningOptions

_LAST_DELIVERIES = 2.0  # seconds that events get when the broker stops


class Security(SecurityEvents, CertificateSigning):
    """OCPP 2.x security: events are kept, counted and sent on, stations get their certificates.

    Passwords and security profiles are `ocpp201.provisioning`'s, as they are variables of the device model.
    """

    name = "ocpp201.security"

    class Config(SigningOptions, EventOptions):
        """Where events go to, and how often is signed."""

    config: Config

    @hookimpl
    def register_actions(self) -> list[Action]:
        """The actions of block A."""
        return actions(
            "Security",
            from_station=("SecurityEventNotification", "SignCertificate"),
            to_station=("CertificateSigned",),
        )

    @hookimpl
    def register_metrics(self, registry: CollectorRegistry) -> None:
        """`switchboard_plugin_ocpp201_security_events_total{type}`, and what became of events and requests."""
        self.count_events()
        self.count_requests()

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
        if session.version.value in V2:
            await self.resume_signing(session)
