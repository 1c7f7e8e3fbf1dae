"""OCPP 2.0.1 and 2.1, functional block N: diagnostics."""

from typing import Any

from broker.api import Action, BasePlugin, Call, Direction, SessionView, Version, answer, hookimpl

VERSIONS = ("ocpp2.0.1", "ocpp2.1")
ACTIONS = ("LogStatusNotification", "NotifyCustomerInformation", "NotifyEvent", "NotifyMonitoringReport")


class Diagnostics(BasePlugin):
    """OCPP 2.x diagnostics: takes events, monitoring reports, customer data and log progress."""

    name = "ocpp201.diagnostics"

    @hookimpl
    def register_actions(self) -> list[Action]:
        """The calls of this block that a station sends."""
        return [Action(Version(v), n, Direction.FROM_STATION, "Diagnostics") for v in VERSIONS for n in ACTIONS]

    @answer(VERSIONS, *ACTIONS)
    def noted(self, session: SessionView, call: Call) -> dict[str, Any]:
        """N01 to N09: the answer is empty."""
        return {}
