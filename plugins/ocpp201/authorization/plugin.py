"""OCPP 2.0.1 and 2.1, functional block C: authorization."""

from typing import Any

from pydantic import Field

from broker.api import Action, BasePlugin, Call, Context, SessionView, Token, answer, hookimpl, operation
from plugins.ocpp201.authorization.contract import applied, checked, is_presented
from plugins.ocpp201.authorization.issued import IssuedTokens
from plugins.ocpp201.id_token_info import Info, info_of, is_of_type
from plugins.ocpp201.id_tokens import NO_AUTHORIZATION
from plugins.ocpp201.versions import V2, actions
from plugins.shared.params import Params
from plugins.shared.values import text

#: The names under which other plugins find `Authorization.info`, and what has been issued by the CSMS itself.
SHARED = "ocpp201.authorization"
CENTRAL = "ocpp201.authorization.central"
_OCSP = "ocpp201.ocsp"


class Authorization(BasePlugin):
    """OCPP 2.x authorization: says which idTokens may charge."""

    name = "ocpp201.authorization"
    time_limit = 20.0
    """OCSP responders are asked while a station waits."""

    class Config(BasePlugin.Config):
        accept_unknown: bool = False
        """Accept an idToken that nobody has registered."""
        cache_seconds: float | None = Field(default=None, gt=0)
        """Seconds that a station may keep an answer in its authorization cache; None: as long as it likes."""
        central_seconds: float = Field(default=86_400, gt=0)
        """Seconds that an idToken is accepted which the CSMS has made for a remote start."""

    config: Config

    def __init__(self, config: Config, context: Context) -> None:
        super().__init__(config, context)
        self._issued = IssuedTokens(context, config.central_seconds)
        self.shared[SHARED] = self.info
        self.shared[CENTRAL] = self._issued

    @hookimpl
    def register_actions(self) -> list[Action]:
        """The calls of block C."""
        return actions("Authorization", from_station=("Authorize",), to_station=("ClearCache",))

    @answer(V2, "Authorize")
    async def authorize(self, session: SessionView, call: Call) -> dict[str, Any]:
        """C01 to C04, C06, C09, C16; C07 where there is a contract certificate, C17 for what is prepaid."""
        payload = call.payload
        info = await self.info(session, payload.get("idToken"))
        if not is_presented(payload):
            return {"idTokenInfo": info}
        return applied(info, await checked(payload, self.shared.get(_OCSP)))

    async def info(self, session: SessionView, id_token: Any) -> Info:
        """The idTokenInfo of an idToken as it stands in a call: `{"idToken": ..., "type": ...}`."""
        if not isinstance(id_token, dict):
            return {"status": "Invalid"}
        if id_token.get("type") == NO_AUTHORIZATION:  # C02: a start button asks nobody for a token
            return {"status": "Accepted"}
        said = session.known_token({"idToken": id_token})
        if said is not None:  # the broker stands in for the upstream that decides
            return said
        value = text(id_token.get("idToken"))
        token = None if value is None else await self.records.tokens.find(value)
        if token is not None:
            return self._known(session, token, id_token)
        if value is None:
            return {"status": "Unknown"}
        accepted = self.config.accept_unknown or await self._issued.is_allowed(session.identity, id_token)
        return {"status": "Accepted" if accepted else "Unknown"}

    @operation("clear-cache", V2)
    async def clear_cache(self, session: SessionView, params: Params) -> dict[str, Any]:
        """Have the station empty its authorization cache (C11)."""
        return {"status": self.result_of(await session.call("ClearCache", {})).get("status")}

    def _known(self, session: SessionView, token: Token, id_token: dict[str, Any]) -> Info:
        if not is_of_type(token, id_token):
            return {"status": "Invalid"}
        return info_of(token, session.identity, session.version, self.clock.now(), self.config.cache_seconds)
