"""Security events of 1.6 stations (white paper, SecurityEventNotification)."""

from typing import Any

from broker.api import Call, Direction, Reply, SessionView, answer, record
from plugins.shared import security_events as shared

V16 = "ocpp1.6"
CRITICAL = frozenset(
    {
        "FirmwareUpdated",
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
    "CentralSystemFailedToAuthenticate",
    "FailedToAuthenticateAtCentralSystem",
    "InvalidCentralSystemCertificate",
    "InvalidChargePointCertificate",
    "InvalidFirmwareSignature",
    "InvalidFirmwareSigningCertificate",
    "InvalidMessages",
    "InvalidTLSCipherSuite",
    "InvalidTLSVersion",
    "ReconfigurationOfSecurityParameters",
}
"""The events that the white paper names."""


class SecurityEvents(shared.SecurityEvents):
    """The part of `ocpp16.security` that hears of security events."""

    known_events = TYPES
    critical_events = CRITICAL

    @answer(V16, "SecurityEventNotification")
    def event_noted(self, session: SessionView, call: Call) -> dict[str, Any]:
        """The answer is empty."""
        return {}

    @record(V16, "SecurityEventNotification", direction=Direction.FROM_STATION)
    async def keep_event(self, session: SessionView, call: Call, reply: Reply) -> None:
        """Keep it, whoever has answered it."""
        await self.note_event(session, call)
