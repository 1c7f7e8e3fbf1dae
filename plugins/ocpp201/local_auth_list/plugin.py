"""OCPP 2.0.1 and 2.1, functional block D: local authorization lists, and what a station has of them."""

from collections.abc import Sequence
from typing import Any, get_args

from pydantic import Field

from broker.api import (
    Action,
    BasePlugin,
    Call,
    Context,
    Direction,
    Reply,
    SessionView,
    Token,
    hookimpl,
    operation,
    record,
)
from plugins.ocpp201.device_model import number_of
from plugins.ocpp201.id_token_info import fits, info_of
from plugins.ocpp201.id_tokens import CENTRAL, GivenIdToken
from plugins.ocpp201.local_auth_list.form import FORM
from plugins.ocpp201.local_auth_list.params import Send, Status
from plugins.ocpp201.versions import V2, actions
from plugins.shared.local_list import Entries
from plugins.shared.local_list_desk import Limits, LocalListDesk
from plugins.shared.params import Params
from plugins.shared.values import number, text

#: The name under which other plugins find `LocalAuthList.forget`.
SHARED = "ocpp201.local_list"
_TO = Direction.TO_STATION
_COMPONENT = "LocalAuthListCtrlr"


class LocalAuthList(BasePlugin):
    """OCPP 2.x local authorization lists: made from the broker's tokens or given, and their versions."""

    name = "ocpp201.local_auth_list"

    class Config(BasePlugin.Config):
        include: frozenset[Status] = frozenset(get_args(Status))
        """The statuses of the tokens that a list is made from, where the operator names no tokens."""
        per_message: int = Field(default=1000, ge=1)
        """Entries of one SendLocalList where the station's ItemsPerMessage is not known."""

    config: Config

    def __init__(self, config: Config, context: Context) -> None:
        super().__init__(config, context)
        self._desk = LocalListDesk(context, FORM, self._limits)
        self.shared[SHARED] = self.forget

    @hookimpl
    def register_actions(self) -> list[Action]:
        """The calls of block D; a station sends none."""
        return actions("LocalAuthorizationListManagement", to_station=("GetLocalListVersion", "SendLocalList"))

    # --- what an operator asks --------------------------------------------------------------------------------------

    @operation("local-list-version", V2)
    async def version(self, session: SessionView, params: Params) -> dict[str, Any]:
        """Ask for the version of the local authorization list (D02): 0 is an empty one, or none."""
        return await self._desk.version(session)

    @operation("send-local-list", V2)
    async def send(self, session: SessionView, params: Send) -> dict[str, Any]:
        """Bring the local authorization list up to date (D01), from the tokens or with the entries given."""
        return await self._desk.send(session, params.order, lambda: self._tokens(session, params.idTokens))

    async def forget(self, session: SessionView, id_token: dict[str, Any]) -> None:
        """Take an idToken out of the station's list, where it may be in it (N10: customer data that was cleared).

        Raises OperationFailed, StationRefused or CallFailed where the station still has it.
        """
        one, kind = text(id_token.get("idToken")), text(id_token.get("type"))
        if one:
            await self._desk.remove(session, one, kind or CENTRAL)

    async def _tokens(self, session: SessionView, named: Sequence[GivenIdToken] | None) -> tuple[Entries, Entries]:
        """What is said of the tokens, and those of them that are to stand in the list."""
        if named is None:
            # C17: what is prepaid has to be asked for each time.
            tokens = [token for token in await self.records.tokens.all() if token.credit is None]
            infos = self._infos(session, [(token, token.type or CENTRAL) for token in tokens])
            return infos, {one: info for one, info in infos.items() if info["status"] in self.config.include}
        found = [(one, await self.records.tokens.find(one.idToken)) for one in named]
        wanted = self._infos(session, [(token, one.type or token.type or CENTRAL) for one, token in found if token])
        return {one.idToken: {"type": one.type or CENTRAL} for one, token in found if token is None} | wanted, wanted

    def _infos(self, session: SessionView, tokens: Sequence[tuple[Token, str]]) -> Entries:
        now = self.clock.now()
        return {
            token.id: {**info_of(token, session.identity, session.version, now, None), "type": kind}
            for token, kind in tokens
            if fits(token, kind, session.version)
        }

    async def _limits(self, identity: str) -> Limits:
        items = await number_of(self.records, identity, _COMPONENT, "ItemsPerMessage")
        most_bytes = await number_of(self.records, identity, _COMPONENT, "BytesPerMessage")
        entries = await self.records.variables.get(identity, _COMPONENT, "Entries", "Actual")
        characteristics = entries.details.get("characteristics") if entries is not None else None
        room = number(characteristics.get("maxLimit")) if isinstance(characteristics, dict) else None
        return Limits(
            per_message=items if items is not None and items > 0 else self.config.per_message,
            bytes=most_bytes if most_bytes is not None and most_bytes > 0 else None,
            entries=room if room is not None and room > 0 else None,
            entries_of=f"{_COMPONENT}.Entries maxLimit",
        )

    # --- what happens, whoever asked --------------------------------------------------------------------------------

    @record(V2, "SendLocalList", direction=_TO)
    async def sent(self, session: SessionView, call: Call, reply: Reply) -> None:
        """Keep what the station has now, or why it has not taken it."""
        await self._desk.was_sent(session, call, reply)

    @record(V2, "GetLocalListVersion", direction=_TO)
    async def told(self, session: SessionView, call: Call, reply: Reply) -> None:
        """Keep the version that the station names."""
        await self._desk.was_told(session, call, reply)
