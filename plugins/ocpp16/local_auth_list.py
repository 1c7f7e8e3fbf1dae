"""OCPP 1.6 Local Auth List Management profile: local authorization lists, and what a station has of them."""

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
    Version,
    hookimpl,
    operation,
    record,
)
from plugins.ocpp16.configuration import Known, by_key
from plugins.ocpp16.idtags import LONGEST, IdTags
from plugins.ocpp16.local_list import FORM
from plugins.ocpp16.local_list_params import AskVersion, Send, Status
from plugins.shared.local_list import Entries
from plugins.shared.local_list_desk import Limits, LocalListDesk
from plugins.shared.values import whole

V16 = "ocpp1.6"
ACTIONS = ("GetLocalListVersion", "SendLocalList")
_TO = Direction.TO_STATION
_LIST_LENGTH = "LocalAuthListMaxLength"


class LocalAuthList(BasePlugin):
    """OCPP 1.6 Local Auth List Management: local authorization lists from the broker's tokens, and their versions."""

    name = "ocpp16.local_auth_list"

    class Config(BasePlugin.Config):
        include: frozenset[Status] = frozenset(get_args(Status))
        """The statuses of the tokens that a list is made from, where the operator names no tokens."""
        per_message: int = Field(default=1000, ge=1)
        """Entries of one SendLocalList where the station's SendLocalListMaxLength is not known."""

    config: Config

    def __init__(self, config: Config, context: Context) -> None:
        super().__init__(config, context)
        self._id_tags = IdTags(self.clock, accept_unknown=False)
        self._desk = LocalListDesk(context, FORM, self._limits)

    @hookimpl
    def register_actions(self) -> list[Action]:
        """The calls of the profile; a station sends none."""
        return [Action(Version.V16, name, _TO, "LocalAuthListManagement") for name in ACTIONS]

    # --- what an operator asks --------------------------------------------------------------------------------------

    @operation("local-list-version", V16)
    async def version(self, session: SessionView, params: AskVersion) -> dict[str, Any]:
        """Ask for the version of the local authorization list: 0 is an empty one, -1 none at all."""
        return await self._desk.version(session)

    @operation("send-local-list", V16)
    async def send(self, session: SessionView, params: Send) -> dict[str, Any]:
        """Bring the local authorization list up to date, from the tokens or with the entries given."""
        return await self._desk.send(session, params.order, lambda: self._tokens(session.identity, params.tags))

    async def _tokens(self, identity: str, tags: list[str] | None) -> tuple[Entries, Entries]:
        """What is said of the tokens, and those of them that are to stand in the list."""
        if tags is None:
            tokens = await self.records.tokens.all()
        else:
            found = [await self.records.tokens.find(tag) for tag in tags]
            tokens = [token for token in found if token is not None]
        tokens = [token for token in tokens if 0 < len(token.id) <= LONGEST]
        infos = {token.id: self._id_tags.of(token, identity) for token in tokens}
        if tags is not None:
            return infos, infos
        return infos, {tag: info for tag, info in infos.items() if info["status"] in self.config.include}

    async def _limits(self, identity: str) -> Limits:
        keys = by_key(await self.records.variables.of(identity))
        most = _limit(keys, "SendLocalListMaxLength") or self.config.per_message
        return Limits(per_message=most, entries=_limit(keys, _LIST_LENGTH), entries_of=_LIST_LENGTH)

    # --- what happens, whoever asked --------------------------------------------------------------------------------

    @record(V16, "SendLocalList", direction=_TO)
    async def sent(self, session: SessionView, call: Call, reply: Reply) -> None:
        """Keep what the station has now, or why it has not taken it."""
        await self._desk.was_sent(session, call, reply)

    @record(V16, "GetLocalListVersion", direction=_TO)
    async def told(self, session: SessionView, call: Call, reply: Reply) -> None:
        """Keep the version that the station names."""
        await self._desk.was_told(session, call, reply)


def _limit(keys: Known, name: str) -> int | None:
    """A limit of the station, as far as its configuration is known."""
    row = keys.get(name.casefold())  # as `by_key` has them
    limit = whole(row.value) if row is not None else None
    return limit if limit is not None and limit > 0 else None
