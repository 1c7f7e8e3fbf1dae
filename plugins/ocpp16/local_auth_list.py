"""OCPP 1.6 Local Auth List Management profile: local authorization lists, and what a station has of them."""

import asyncio
from dataclasses import dataclass, field
from typing import Any, get_args

from pydantic import Field

from broker.api import (
    Action,
    BasePlugin,
    Call,
    Context,
    Direction,
    LocalList,
    OperationFailed,
    Reply,
    SessionView,
    Version,
    hookimpl,
    operation,
    record,
)
from plugins.ocpp16.configuration import Known, by_key
from plugins.ocpp16.idtags import LONGEST, IdTags
from plugins.ocpp16.local_list import (
    Entries,
    after_send,
    after_version,
    applied,
    known,
    missing,
    next_version,
    parts,
    unknown,
)
from plugins.ocpp16.local_list_params import AskVersion, Send, Status
from plugins.ocpp16.local_list_update import DIFFERENTIAL, FULL, Update, UpdateType, as_given, differential, full, to_be
from plugins.shared.values import text, whole

V16 = "ocpp1.6"
ACTIONS = ("GetLocalListVersion", "SendLocalList")
_TO = Direction.TO_STATION


@dataclass
class _Turns:
    """One station's list is changed by one operation at a time, and its book by one reply at a time."""

    sending: asyncio.Lock = field(default_factory=asyncio.Lock)
    book: asyncio.Lock = field(default_factory=asyncio.Lock)


@dataclass(frozen=True)
class _Sent:
    """What the last message of an update was, and how it was answered."""

    status: str
    type: UpdateType
    version: int
    entries: int
    messages: int

    @property
    def retryable(self) -> bool:
        """1.6 5.15 wants a Full list next. A Full one that a station calls too old is another matter of its version."""
        return self.status == "VersionMismatch" or (self.status == "Failed" and self.type == DIFFERENTIAL)

    def as_result(self) -> dict[str, Any]:
        return {
            "status": self.status,
            "updateType": self.type,
            "listVersion": self.version,
            "entries": self.entries,
            "messages": self.messages,
        }


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

    @hookimpl
    def register_actions(self) -> list[Action]:
        """The calls of the profile; a station sends none."""
        return [Action(Version.V16, name, _TO, "LocalAuthListManagement") for name in ACTIONS]

    # --- what an operator asks --------------------------------------------------------------------------------------

    @operation("local-list-version", V16)
    async def version(self, session: SessionView, params: AskVersion) -> dict[str, Any]:
        """Ask for the version of the local authorization list: 0 is an empty one, -1 none at all."""
        answer = self.result_of(await session.call("GetLocalListVersion", {}))
        return {"listVersion": answer.get("listVersion")}

    @operation("send-local-list", V16)
    async def send(self, session: SessionView, params: Send) -> dict[str, Any]:
        """Bring the local authorization list up to date, from the tokens or with the entries given."""
        async with self._turns(session).sending:
            book = await self._book(session, ask=params.asks)
            update = await self._update(params, known(book))
            if update.needless and not params.force:
                return {"listVersion": book.version, "entries": 0, "messages": 0, "note": "nothing has changed"}
            first = next_version(book.version) if params.listVersion is None else params.listVersion
            sent = await self._send(session, update, first, known(book))
            instead = update.as_full() if params.listVersion is None and sent.retryable else None
            if instead is None:
                return sent.as_result()
            book = await self._book(session, ask=True)
            again = await self._send(session, instead, next_version(max(book.version, sent.version)), None)
            return {**again.as_result(), "insteadOf": sent.as_result()}

    async def _book(self, session: SessionView, *, ask: bool) -> LocalList:
        """What is known of the station's list; `ask` the station first, which may have lost it."""
        if ask:  # one that cannot tell its version may take a list all the same
            await session.call("GetLocalListVersion", {})
        return await self.records.local_lists.get(session.identity) or unknown(session.identity)

    async def _update(self, params: Send, before: Entries | None) -> Update:
        if params.given is not None:
            return as_given(params.type or FULL, params.given, before)
        infos, wanted = await self._tokens(params)
        if params.type == DIFFERENTIAL:
            return differential(wanted, before, infos, params.tags, force=params.force)
        if params.tags is not None and (absent := missing(params.tags, wanted)):
            raise OperationFailed(f"{len(absent)} of the tags are not known")
        return full(wanted) if params.type == FULL else to_be(wanted, before, force=params.force)

    async def _tokens(self, params: Send) -> tuple[Entries, Entries]:
        """What is said of the tokens, and those of them that are to stand in the list."""
        if params.tags is None:
            tokens = await self.records.tokens.all()
        else:
            found = [await self.records.tokens.find(tag) for tag in params.tags]
            tokens = [token for token in found if token is not None]
        tokens = [token for token in tokens if 0 < len(token.id) <= LONGEST]
        infos = {token.id: self._id_tags.of(token) for token in tokens}
        if params.tags is not None:
            return infos, infos
        return infos, {tag: info for tag, info in infos.items() if info["status"] in self.config.include}

    async def _send(self, session: SessionView, update: Update, version: int, before: Entries | None) -> _Sent:
        """One message, or several where it is too long for one: then all but the first are Differentials."""
        keys = by_key(await self.records.variables.of(session.identity))
        most = _limit(keys, "SendLocalListMaxLength") or self.config.per_message
        room = _limit(keys, "LocalAuthListMaxLength")
        length = len(update.entries if update.type == FULL else applied(before or {}, update.entries))
        if room is not None and length > room:
            raise OperationFailed(f"the list would have {length} entries; its LocalAuthListMaxLength is {room}")
        sent = _Sent("", update.type, version, 0, 0)
        for part in parts(update.entries, most):
            kind: UpdateType = DIFFERENTIAL if sent.messages else update.type
            number = next_version(sent.version) if sent.messages else version
            payload = {"listVersion": number, "updateType": kind, **({"localAuthorizationList": part} if part else {})}
            answer = self.result_of(await session.call("SendLocalList", payload))
            status = text(answer.get("status")) or ""
            taken = len(part) if status == "Accepted" else 0
            sent = _Sent(status, kind, number, sent.entries + taken, sent.messages + 1)
            if sent.status != "Accepted":
                break
        return sent

    # --- what happens, whoever asked --------------------------------------------------------------------------------

    @record(V16, "SendLocalList", direction=_TO)
    async def sent(self, session: SessionView, call: Call, reply: Reply) -> None:
        """Keep what the station has now, or why it has not taken it."""
        status = text(reply.payload.get("status")) if reply.is_result else text(reply.code)
        async with self._turns(session).book:
            book = await self._book(session, ask=False)
            self._keep(after_send(book, call.payload, status or "", self.clock.now()))

    @record(V16, "GetLocalListVersion", direction=_TO)
    async def told(self, session: SessionView, call: Call, reply: Reply) -> None:
        """Keep the version that the station names."""
        version = whole(reply.payload.get("listVersion"))
        if version is None:
            return
        async with self._turns(session).book:
            book = await self._book(session, ask=False)
            self._keep(after_version(book, version, self.clock.now()))

    def _keep(self, book: LocalList) -> None:
        self.records.later(self.records.local_lists.put(book))

    def _turns(self, session: SessionView) -> _Turns:
        turns: _Turns = session.state.setdefault(self.context.name, _Turns())
        return turns


def _limit(keys: Known, name: str) -> int | None:
    """A limit of the station, as far as its configuration is known."""
    row = keys.get(name.casefold())  # as `by_key` has them
    limit = whole(row.value) if row is not None else None
    return limit if limit is not None and limit > 0 else None
