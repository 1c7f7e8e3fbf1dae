"""OCPP 1.6 security extension (whitepaper "Improved security for OCPP 1.6-J", edition 3): the station's calls."""

from typing import Any

from broker.api import Action, BasePlugin, Call, Direction, SessionView, Version, answer, hookimpl

NOTIFICATIONS = ("LogStatusNotification", "SecurityEventNotification", "SignedFirmwareStatusNotification")


class Security(BasePlugin):
    """OCPP 1.6 security extension: takes notifications, signs no certificates."""

    name = "ocpp16.security"

    @hookimpl
    def register_actions(self) -> list[Action]:
        """The calls of the extension that a station sends."""
        names = (*NOTIFICATIONS, "SignCertificate")
        return [Action(Version.V16, name, Direction.FROM_STATION, "Security") for name in names]

    @answer("ocpp1.6", *NOTIFICATIONS)
    def noted(self, session: SessionView, call: Call) -> dict[str, Any]:
        """Security whitepaper: the answer is empty."""
        return {}

    @answer("ocpp1.6", "SignCertificate")
    def sign(self, session: SessionView, call: Call) -> dict[str, Any]:
        """Security whitepaper: rejected, as no authority is connected here; the station keeps its certificate."""
        return {"status": "Rejected"}
