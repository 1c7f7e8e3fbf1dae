"""OCPP 2.1, functional block N: what its diagnostics have beyond 2.0.1, periodic event streams."""

from typing import Any

from broker.api import Action, BasePlugin, Call, Direction, SessionView, Version, answer, hookimpl


class Diagnostics(BasePlugin):
    """OCPP 2.1 diagnostics: periodic event streams, taken and not kept."""

    name = "ocpp21.diagnostics"

    @hookimpl
    def register_actions(self) -> list[Action]:
        """The messages of periodic event streams that a station sends."""
        names = ("ClosePeriodicEventStream", "NotifyPeriodicEventStream", "OpenPeriodicEventStream")
        return [Action(Version.V21, name, Direction.FROM_STATION, "Diagnostics") for name in names]

    @answer("ocpp2.1", "OpenPeriodicEventStream")
    def opened(self, session: SessionView, call: Call) -> dict[str, Any]:
        """Block N: accepted."""
        return {"status": "Accepted"}

    @answer("ocpp2.1", "ClosePeriodicEventStream")
    def closed(self, session: SessionView, call: Call) -> dict[str, Any]:
        """Block N: the answer is empty."""
        return {}

    @answer("ocpp2.1", "NotifyPeriodicEventStream")
    def stream(self, session: SessionView, call: Call) -> None:
        """Block N: a SEND, which has no answer (OCPP-J 2.1, message type 6)."""
