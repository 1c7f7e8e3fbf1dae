"""OCPP 2.0.1 and 2.1, functional block G: availability."""

from typing import Any

from broker.api import Action, BasePlugin, Call, Direction, SessionView, Version, answer, hookimpl

VERSIONS = ("ocpp2.0.1", "ocpp2.1")


class Availability(BasePlugin):
    """OCPP 2.x availability: heartbeats and connector status."""

    name = "ocpp201.availability"

    @hookimpl
    def register_actions(self) -> list[Action]:
        """The calls of block G that a station sends."""
        names = ("Heartbeat", "StatusNotification")
        return [Action(Version(v), n, Direction.FROM_STATION, "Availability") for v in VERSIONS for n in names]

    @answer(VERSIONS, "Heartbeat")
    def heartbeat(self, session: SessionView, call: Call) -> dict[str, Any]:
        """G02: the time, which stations set their clocks by."""
        return {"currentTime": self.clock.iso()}

    @answer(VERSIONS, "StatusNotification")
    def status(self, session: SessionView, call: Call) -> dict[str, Any]:
        """G01: the answer is empty."""
        return {}
