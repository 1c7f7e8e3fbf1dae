"""Security events of stations of 2.x (A04), by the list of part 2, appendix 1."""

from typing import Any

from broker.api import Call, Direction, Reply, SessionView, answer, record
from plugins.ocpp201.versions import V2
from plugins.shared import security_events as shared

CRITICAL = frozenset(
    {
        "DiscardedRenewedClientCertificate",
        "FirmwareUpdated",
        "InvalidChargingStationCertificate",
        "InvalidCsmsCertificate",
        "InvalidFirmwareSignature",
        "InvalidFirmwareSigningCertificate",
        "InvalidTLSCipherSuite",
        "InvalidTLSVersion",
        "MaintenanceLoginAccepted",
        "MaintenanceLoginFailed",
        "MemoryExhaustion",
        "ResetOrReboot",
        "SecurityLogWasCleared",
        "SettingSystemTime",
        "StartupOfTheDevice",
        "TamperDetectionActivated",
    }
)
TYPES = CRITICAL | {
    "AttemptedReplayAttacks",
    "CsmsFailedToAuthenticate",
    "FailedToAuthenticateAtCsms",
    "InvalidMessages",
    "ReconfigurationOfSecurityParameters",
}
"""The events that the appendix names."""


class SecurityEvents(shared.SecurityEvents):
    """The part of `ocpp201.security` that hears of security events."""

    known_events = TYPES
    critical_events = CRITICAL

    @answer(V2, "SecurityEventNotification")
    def event_noted(self, session: SessionView, call: Call) -> dict[str, Any]:
        """A04: the answer is empty."""
        return {}

    @record(V2, "SecurityEventNotification", direction=Direction.FROM_STATION)
    async def keep_event(self, session: SessionView, call: Call, reply: Reply) -> None:
        """Keep it, whoever has answered it."""
        await self.note_event(session, call)
