"""OCPP 2.0.1 and 2.1, functional block C: authorization."""

from typing import Any, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from broker.api import Action, BasePlugin, Call, Context, Direction, SessionView, Version, answer, hookimpl

VERSIONS = ("ocpp2.0.1", "ocpp2.1")
#: The name under which other plugins find `Authorization.info`.
SHARED = "ocpp201.authorization"

Status = Literal[
    "Accepted",
    "Blocked",
    "Expired",
    "Invalid",
    "NoCredit",
    "NotAllowedTypeEVSE",
    "NotAtThisLocation",
    "NotAtThisTime",
    "Unknown",
]


class Group(BaseModel):
    """The groupIdToken that a token belongs to."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str = Field(max_length=36)
    type: str = Field(default="Central", max_length=20)


class Token(BaseModel):
    """What is known of one idToken (2.0.1 part 2, IdTokenInfoType)."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    status: Status = "Accepted"
    group: Group | None = None
    expires: AwareDatetime | None = None


class Authorization(BasePlugin):
    """OCPP 2.x authorization: says which idTokens may charge."""

    name = "ocpp201.authorization"

    class Config(BasePlugin.Config):
        tokens: dict[str, Token] = Field(default_factory=dict, repr=False)
        """By idToken, which is compared without regard to case (2.0.1 part 2, IdTokenType)."""
        accept_unknown: bool = False
        """Accept an idToken that `tokens` does not name."""

    config: Config

    def __init__(self, config: Config, context: Context) -> None:
        super().__init__(config, context)
        self._tokens = {key.casefold(): token for key, token in config.tokens.items()}
        self.shared[SHARED] = self.info

    @hookimpl
    def register_actions(self) -> list[Action]:
        """The call of block C that a station sends."""
        return [Action(Version(v), "Authorize", Direction.FROM_STATION, "Authorization") for v in VERSIONS]

    @answer(VERSIONS, "Authorize")
    def authorize(self, session: SessionView, call: Call) -> dict[str, Any]:
        """C01 to C04."""
        return {"idTokenInfo": self.info(session, call.payload.get("idToken"))}

    def info(self, session: SessionView, id_token: Any) -> dict[str, Any]:
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
        token = self._tokens.get(value.casefold()) if isinstance(value, str) else None
        if token is not None:
            return self._known(token)
        return {"status": "Accepted" if self.config.accept_unknown and isinstance(value, str) else "Unknown"}

    def _known(self, token: Token) -> dict[str, Any]:
        info: dict[str, Any] = {"status": token.status}
        if token.expires is not None:
            info["cacheExpiryDateTime"] = token.expires.isoformat().replace("+00:00", "Z")
            if token.status == "Accepted" and token.expires.timestamp() <= self.clock.now():
                info["status"] = "Expired"
        if token.group is not None:
            info["groupIdToken"] = {"idToken": token.group.id, "type": token.group.type}
        return info
