"""OCPP 2.0.1 and 2.1, functional block A: security."""

from typing import Any

from broker.api import Action, BasePlugin, Call, Direction, SessionView, Version, answer, hookimpl

VERSIONS = ("ocpp2.0.1", "ocpp2.1")


class Security(BasePlugin):
    """OCPP 2.x security: takes security events, signs no certificates."""

    name = "ocpp201.security"

    @hookimpl
    def register_actions(self) -> list[Action]:
        """The calls of block A that a station sends."""
        names = ("SecurityEventNotification", "SignCertificate")
        return [Action(Version(v), n, Direction.FROM_STATION, "Security") for v in VERSIONS for n in names]

    @answer(VERSIONS, "SecurityEventNotification")
    def event(self, session: SessionView, call: Call) -> dict[str, Any]:
        """A04: the answer is empty."""
        return {}

    @answer(VERSIONS, "SignCertificate")
    def sign(self, session: SessionView, call: Call) -> dict[str, Any]:
        """A02, A03: rejected, as no authority is connected here; the station keeps its certificate."""
        return {"status": "Rejected"}
