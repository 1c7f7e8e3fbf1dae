"""OCPP 2.0.1 and 2.1, functional block B: provisioning."""

from typing import Any

from pydantic import Field

from broker.api import Action, BasePlugin, Call, Direction, SessionView, Version, answer, hookimpl

VERSIONS = ("ocpp2.0.1", "ocpp2.1")


class Provisioning(BasePlugin):
    """OCPP 2.x provisioning: a station's boot and its reports."""

    name = "ocpp201.provisioning"

    class Config(BasePlugin.Config):
        heartbeat_interval: int = Field(default=300, ge=1)
        """Seconds between Heartbeats, told in the answer to BootNotification."""

    config: Config

    @hookimpl
    def register_actions(self) -> list[Action]:
        """The calls of block B that a station sends."""
        names = ("BootNotification", "NotifyReport")
        return [Action(Version(v), n, Direction.FROM_STATION, "Provisioning") for v in VERSIONS for n in names]

    @answer(VERSIONS, "BootNotification")
    def boot(self, session: SessionView, call: Call) -> dict[str, Any]:
        """B01: accepted at once."""
        return {
            "currentTime": self.clock.iso(),
            "interval": self.config.heartbeat_interval,
            "status": "Accepted",
        }

    @answer(VERSIONS, "NotifyReport")
    def report(self, session: SessionView, call: Call) -> dict[str, Any]:
        """B07, B08: the answer is empty."""
        return {}
