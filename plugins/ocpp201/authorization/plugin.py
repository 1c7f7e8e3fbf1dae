"""OCPP 2.0.1 and 2.1, functional block C: authorization."""

from datetime import UTC, datetime
from typing import Any

from broker.api import Action, BasePlugin, Call, Context, Direction, SessionView, Token, Version, answer, hookimpl

VERSIONS = ("ocpp2.0.1", "ocpp2.1")
#: The name under which other plugins find `Authorization.info`.
SHARED = "ocpp201.authorization"


class Authorization(BasePlugin):
    """OCPP 2.x authorization: says which idTokens may charge."""

    name = "ocpp201.authorization"

    class Config(BasePlugin.Config):
        accept_unknown: bool = False
        """Accept an idToken that nobody has registered."""

    config: Config

    def __init__(self, config: Config, context: Context) -> None:
        super().__init__(config, context)
        self.shared[SHARED] = self.info

    @hookimpl
    def register_actions(self) -> list[Action]:
        """The call of block C that a station sends."""
        return [Action(Version(v), "Authorize", Direction.FROM_STATION, "Authorization") for v in VERSIONS]

    @answer(VERSIONS, "Authorize")
    async def authorize(self, session: SessionView, call: Call) -> dict[str, Any]:
        """C01 to C04."""
        return {"idTokenInfo": await self.info(session, call.payload.get("idToken"))}

    async def info(self, session: SessionView, id_token: Any) -> dict[str, Any]:
        """The idTokenInfo of an idToken as it stands in a call: `{"idToken": ..., "type": ...}`."""
        if not isinstance(id_token, dict):
            return {"status": "Invalid"}
        # C02: a station with a start button asks nobody for a token.
        if id_token.get("type") == "NoAuthorization":
            return {"status": "Accepted"}
        said = session.known_token({"idToken": id_token})
        if said is not None:  # the broker stands in for the upstream that decides
            return said
        value = id_token.get("idToken")
        token = await self.records.tokens.find(value) if isinstance(value, str) else None
        if token is not None:
            return self._known(token)
        return {"status": "Accepted" if self.config.accept_unknown and isinstance(value, str) else "Unknown"}

    def _known(self, token: Token) -> dict[str, Any]:
        info: dict[str, Any] = {"status": token.status}
        if token.expires is not None:
            info["cacheExpiryDateTime"] = datetime.fromtimestamp(token.expires, UTC).isoformat().replace("+00:00", "Z")
            if token.status == "Accepted" and token.expires <= self.clock.now():
                info["status"] = "Expired"
        if token.parent is not None:
            info["groupIdToken"] = {"idToken": token.parent, "type": token.parent_type or "Central"}
        return info
