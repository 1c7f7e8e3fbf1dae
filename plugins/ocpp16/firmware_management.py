"""OCPP 1.6 Firmware Management profile: takes the station's notifications."""

from typing import Any

from broker.api import Action, BasePlugin, Call, Direction, SessionView, Version, answer, hookimpl

ACTIONS = ("DiagnosticsStatusNotification", "FirmwareStatusNotification")


class FirmwareManagement(BasePlugin):
    """OCPP 1.6 Firmware Management: answers the station's progress notifications."""

    name = "ocpp16.firmware_management"

    @hookimpl
    def register_actions(self) -> list[Action]:
        """The notifications of this profile."""
        return [Action(Version.V16, name, Direction.FROM_STATION, "FirmwareManagement") for name in ACTIONS]

    @answer("ocpp1.6", *ACTIONS)
    def noted(self, session: SessionView, call: Call) -> dict[str, Any]:
        """1.6, 4.4 and 4.5: the answer is empty."""
        return {}
