"""OCPP 2.0.1 and 2.1, functional block L: firmware management."""

from typing import Any

from broker.api import Action, BasePlugin, Call, Direction, SessionView, Version, answer, hookimpl

VERSIONS = ("ocpp2.0.1", "ocpp2.1")
ACTIONS = ("FirmwareStatusNotification", "PublishFirmwareStatusNotification")


class Firmware(BasePlugin):
    """OCPP 2.x firmware management: takes the station's progress notifications."""

    name = "ocpp201.firmware"

    @hookimpl
    def register_actions(self) -> list[Action]:
        """The calls of this block that a station sends."""
        return [Action(Version(v), n, Direction.FROM_STATION, "FirmwareManagement") for v in VERSIONS for n in ACTIONS]

    @answer(VERSIONS, *ACTIONS)
    def noted(self, session: SessionView, call: Call) -> dict[str, Any]:
        """L01 to L04: the answer is empty."""
        return {}
