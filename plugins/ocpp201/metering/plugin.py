"""OCPP 2.0.1 and 2.1, functional block J: meter values."""

from typing import Any

from broker.api import Action, BasePlugin, Call, Direction, SessionView, Version, answer, hookimpl

VERSIONS = ("ocpp2.0.1", "ocpp2.1")
ACTIONS = ("MeterValues",)


class Metering(BasePlugin):
    """OCPP 2.x meter values that belong to no transaction."""

    name = "ocpp201.metering"

    @hookimpl
    def register_actions(self) -> list[Action]:
        """The calls of this block that a station sends."""
        return [Action(Version(v), n, Direction.FROM_STATION, "MeterValues") for v in VERSIONS for n in ACTIONS]

    @answer(VERSIONS, *ACTIONS)
    def noted(self, session: SessionView, call: Call) -> dict[str, Any]:
        """J01: the answer is empty."""
        return {}
