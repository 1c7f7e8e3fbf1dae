"""OCPP 2.0.1 and 2.1, functional block E: transactions."""

from typing import Any

from broker.api import Action, BasePlugin, Call, Direction, SessionView, Version, answer, hookimpl

VERSIONS = ("ocpp2.0.1", "ocpp2.1")
AUTHORIZATION = "ocpp201.authorization"


class Transactions(BasePlugin):
    """OCPP 2.x transactions: takes every TransactionEvent, and says whether its idToken is good."""

    name = "ocpp201.transactions"

    @hookimpl
    def register_actions(self) -> list[Action]:
        """The call of block E that a station sends."""
        return [Action(Version(v), "TransactionEvent", Direction.FROM_STATION, "Transactions") for v in VERSIONS]

    @answer(VERSIONS, "TransactionEvent")
    async def event(self, session: SessionView, call: Call) -> dict[str, Any]:
        """E01 to E15: idTokenInfo where the event names an idToken, else empty. The event itself is never refused."""
        id_token = call.payload.get("idToken")
        if id_token is None:
            return {}
        info = self.shared.get(AUTHORIZATION)  # without that plugin nobody vouches for a token
        return {"idTokenInfo": await info(session, id_token) if info else {"status": "Unknown"}}
