"""OCPP 1.6 Core profile, as far as a station boots, beats, authorises and runs a transaction."""

import secrets
from collections import OrderedDict
from typing import Any, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from broker.api import Action, BasePlugin, Call, Context, Direction, SessionView, Version, answer, hookimpl

V16 = "ocpp1.6"
ACTIONS = (
    "Authorize",
    "BootNotification",
    "DataTransfer",
    "Heartbeat",
    "MeterValues",
    "StartTransaction",
    "StatusNotification",
    "StopTransaction",
)
#: StartTransactions that are remembered, so that a retry of one gets the same transactionId.
REMEMBERED = 10_000
#: The largest transactionId: OCPP 1.6 says integer, and stations hold it in 32 bits.
MAX_TRANSACTION_ID = 2**31 - 1


class Token(BaseModel):
    """What is known of one idTag (1.6, IdTagInfo)."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    status: Literal["Accepted", "Blocked", "Expired", "Invalid"] = "Accepted"
    parent: str | None = Field(default=None, max_length=20)
    expires: AwareDatetime | None = None


class Core(BasePlugin):
    """OCPP 1.6 Core: answers the calls of a station."""

    name = "ocpp16.core"

    class Config(BasePlugin.Config):
        heartbeat_interval: int = Field(default=300, ge=1)
        """Seconds between Heartbeats, told in the answer to BootNotification."""
        tokens: dict[str, Token] = Field(default_factory=dict, repr=False)
        """By idTag, which is compared without regard to case (1.6, IdToken is a CiString20Type)."""
        accept_unknown: bool = False
        """Accept an idTag that `tokens` does not name."""

    config: Config

    def __init__(self, config: Config, context: Context) -> None:
        super().__init__(config, context)
        self._tokens = {tag.casefold(): token for tag, token in config.tokens.items()}
        self._started: OrderedDict[tuple[str, str], dict[str, Any]] = OrderedDict()

    @hookimpl
    def register_actions(self) -> list[Action]:
        """The calls of the Core profile that a station sends."""
        return [Action(Version.V16, name, Direction.FROM_STATION, "Core") for name in ACTIONS]

    @answer(V16, "BootNotification")
    def boot(self, session: SessionView, call: Call) -> dict[str, Any]:
        """1.6, 4.2: accepted at once."""
        return {
            "status": "Accepted",
            "currentTime": self.clock.iso(),
            "interval": self.config.heartbeat_interval,
        }

    @answer(V16, "Heartbeat")
    def heartbeat(self, session: SessionView, call: Call) -> dict[str, Any]:
        """1.6, 4.6: the time, which stations set their clocks by."""
        return {"currentTime": self.clock.iso()}

    @answer(V16, "StatusNotification", "MeterValues")
    def noted(self, session: SessionView, call: Call) -> dict[str, Any]:
        """1.6, 4.7 and 4.9: the answer is empty."""
        return {}

    @answer(V16, "DataTransfer")
    def data_transfer(self, session: SessionView, call: Call) -> dict[str, Any]:
        """1.6, 4.3: no vendor is known here; a plugin that knows one answers in `on_call`."""
        return {"status": "UnknownVendorId"}

    @answer(V16, "Authorize")
    def authorize(self, session: SessionView, call: Call) -> dict[str, Any]:
        """1.6, 4.1."""
        return {"idTagInfo": self._info(session, call.payload.get("idTag"))}

    @answer(V16, "StartTransaction")
    def start(self, session: SessionView, call: Call) -> dict[str, Any]:
        """1.6, 4.8: a transactionId in any case, for a refused idTag too; a retry of the same start gets the same."""
        wanted = [call.payload.get(key) for key in ("connectorId", "idTag", "meterStart", "timestamp")]
        key = (session.identity, repr(wanted))
        known = self._started.get(key)
        if known is not None:
            return known
        reply = {
            "transactionId": secrets.randbelow(MAX_TRANSACTION_ID) + 1,
            "idTagInfo": self._info(session, call.payload.get("idTag")),
        }
        self._started[key] = reply
        if len(self._started) > REMEMBERED:
            self._started.popitem(last=False)
        return reply

    @answer(V16, "StopTransaction")
    def stop(self, session: SessionView, call: Call) -> dict[str, Any]:
        """1.6, 4.10: always taken; idTagInfo where the call names an idTag."""
        tag = call.payload.get("idTag")
        return {} if tag is None else {"idTagInfo": self._info(session, tag)}

    def _info(self, session: SessionView, tag: Any) -> dict[str, Any]:
        said = session.known_token({"idTag": tag})
        if said is not None:  # the broker stands in for the upstream that decides
            return said
        token = self._tokens.get(tag.casefold()) if isinstance(tag, str) else None
        if token is None:
            return {"status": "Accepted" if self.config.accept_unknown and isinstance(tag, str) else "Invalid"}
        info: dict[str, Any] = {"status": token.status}
        if token.expires is not None:
            info["expiryDate"] = token.expires.isoformat().replace("+00:00", "Z")
            if token.status == "Accepted" and token.expires.timestamp() <= self.clock.now():
                info["status"] = "Expired"
        if token.parent is not None:
            info["parentIdTag"] = token.parent
        return info
