"""Local authorization lists of stations, of any version: brought up to date, and known (1.6 5.10, 5.15; 2.x D)."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from broker.api import BasePlugin, Call, Context, LocalList, OperationFailed, Reply, SessionView
from plugins.shared.local_list import (
    Entries,
    Form,
    after_send,
    after_version,
    applied,
    known,
    missing,
    next_version,
    parts,
    unknown,
)
from plugins.shared.local_list_update import (
    DIFFERENTIAL,
    FULL,
    Update,
    UpdateType,
    as_given,
    differential,
    full,
    removals,
    to_be,
)
from plugins.shared.values import text, whole

#: Bytes of a SendLocalList beside its entries: the frame, its id, the list's version.
_FRAME = 200


@dataclass(frozen=True)
class Limits:
    """What a station can take, as far as it is known."""

    per_message: int
    """Entries of one SendLocalList."""
    bytes: int | None = None
    """Bytes of one SendLocalList."""
    entries: int | None = None
    """Entries of the whole list."""
    entries_of: str = ""
    """The setting that says so."""


@dataclass(frozen=True)
class Order:
    """What an operator wants of a list."""

    type: UpdateType | None
    """None: as it turns out."""
    version: int | None
    """None: the next one."""
    given: list[dict[str, Any]] | None
    """The operator's own entries; None: made from the tokens."""
    named: Sequence[str] | None
    """The ids that count; None: all."""
    force: bool

    @property
    def asks(self) -> bool:
        """Whether the station's version has to be known first: not for a Full list, which may have any."""
        return self.type is None or (self.type == DIFFERENTIAL and self.version is None)


Wanted = Callable[[], Awaitable[tuple[Entries, Entries]]]
"""What is said of the tokens, and those of them that are to stand in the list."""


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
        """A Full list next (1.6 5.15, D01). A Full one that is called too old is a matter of its version."""
        return self.status == "VersionMismatch" or (self.status == "Failed" and self.type == DIFFERENTIAL)


class LocalListDesk:
    """Sends lists of one version of OCPP, and keeps what is known of them."""

    def __init__(self, context: Context, form: Form, limits: Callable[[str], Awaitable[Limits]]) -> None:
        self._context = context
        self._form = form
        self._limits = limits

    # --- what an operator asks --------------------------------------------------------------------------------------

    async def version(self, session: SessionView) -> dict[str, Any]:
        """Ask for the version of the local authorization list."""
        answer = BasePlugin.result_of(await session.call("GetLocalListVersion", {}))
        return {self._form.version: answer.get(self._form.version)}

    async def send(self, session: SessionView, order: Order, wanted: Wanted) -> dict[str, Any]:
        """Bring the local authorization list up to date, from the tokens or with the entries given."""
        async with self._turns(session).sending:
            book = await self._book(session, ask=order.asks)
            update = await self._update(order, known(book), wanted)
            if update.needless and not order.force:
                note = {"entries": 0, "messages": 0, "note": "nothing has changed"}
                return {self._form.version: book.version, **note}
            first = next_version(book.version) if order.version is None else order.version
            sent = await self._send(session, update, first, known(book))
            if order.version is not None or not sent.retryable or update.whole is None:
                return self._told(sent)
            book = await self._book(session, ask=True)
            instead = full(self._form, update.whole)
            again = await self._send(session, instead, next_version(max(book.version, sent.version)), None)
            return {**self._told(again), "insteadOf": self._told(sent)}

    async def remove(self, session: SessionView, one: str, type_: str) -> None:
        """Take one id out of the list, where it may be in it. Raises OperationFailed if the station keeps it."""
        async with self._turns(session).sending:
            book = await self._book(session, ask=False)
            if book.version <= 0:
                book = await self._book(session, ask=True)
            before = known(book)
            if book.version <= 0 or (before is not None and missing([one], before)):
                return
            entries = removals(self._form, [one], {one: {"type": type_}} if before is None else before)
            update = as_given(self._form, DIFFERENTIAL, entries, before)
            sent = await self._send(session, update, next_version(book.version), before)
            if sent.retryable and update.whole is not None:
                again = full(self._form, update.whole)
                sent = await self._send(session, again, next_version(sent.version), None)
            if sent.status != "Accepted":
                raise OperationFailed(f"SendLocalList was answered {sent.status}")

    async def _book(self, session: SessionView, *, ask: bool) -> LocalList:
        """What is known of the station's list; `ask` the station first, which may have lost it."""
        if ask:  # one that cannot tell its version may take a list all the same
            await session.call("GetLocalListVersion", {})
        return await self._context.records.local_lists.get(session.identity) or unknown(session.identity)

    async def _update(self, order: Order, before: Entries | None, wanted_of: Wanted) -> Update:
        form = self._form
        if order.given is not None:
            return as_given(form, order.type or FULL, order.given, before)
        infos, wanted = await wanted_of()
        if order.type == DIFFERENTIAL:
            return differential(form, wanted, before, infos, order.named, force=order.force)
        if order.named is not None and (absent := missing(order.named, wanted)):
            raise OperationFailed(f"{len(absent)} of the tags are not known")
        return full(form, wanted) if order.type == FULL else to_be(form, wanted, before, force=order.force)

    async def _send(self, session: SessionView, update: Update, version: int, before: Entries | None) -> _Sent:
        """One message, or several where it is too long for one: then all but the first are Differentials."""
        limits = await self._limits(session.identity)
        self._check_length(update, before, limits)
        sent = _Sent("", update.type, version, 0, 0)
        for part in parts(update.entries, limits.per_message, limits.bytes and max(limits.bytes - _FRAME, 1)):
            kind: UpdateType = DIFFERENTIAL if sent.messages else update.type
            number = next_version(sent.version) if sent.messages else version
            payload: dict[str, Any] = {self._form.version: number, "updateType": kind}
            if part:
                payload["localAuthorizationList"] = part
            answer = BasePlugin.result_of(await session.call("SendLocalList", payload))
            status = text(answer.get("status")) or ""
            taken = len(part) if status == "Accepted" else 0
            sent = _Sent(status, kind, number, sent.entries + taken, sent.messages + 1)
            if sent.status != "Accepted":
                break
        return sent

    def _check_length(self, update: Update, before: Entries | None, limits: Limits) -> None:
        after = None if update.type == FULL else applied(self._form, before or {}, update.entries)
        length = len(update.entries if after is None else after)
        if limits.entries is not None and length > limits.entries:
            raise OperationFailed(f"the list would have {length} entries; its {limits.entries_of} is {limits.entries}")

    def _told(self, sent: _Sent) -> dict[str, Any]:
        return {
            "status": sent.status,
            "updateType": sent.type,
            self._form.version: sent.version,
            "entries": sent.entries,
            "messages": sent.messages,
        }

    # --- what happens, whoever asked --------------------------------------------------------------------------------

    async def was_sent(self, session: SessionView, call: Call, reply: Reply) -> None:
        """Keep what the station has now, or why it has not taken it."""
        status = text(reply.payload.get("status")) if reply.is_result else text(reply.code)
        async with self._turns(session).book:
            book = await self._book(session, ask=False)
            self._keep(after_send(self._form, book, call.payload, status or "", self._context.clock.now()))

    async def was_told(self, session: SessionView, call: Call, reply: Reply) -> None:
        """Keep the version that the station names."""
        version = whole(reply.payload.get(self._form.version))
        if version is None:
            return
        async with self._turns(session).book:
            book = await self._book(session, ask=False)
            self._keep(after_version(book, version, self._context.clock.now()))

    def _keep(self, book: LocalList) -> None:
        self._context.records.later(self._context.records.local_lists.put(book))

    def _turns(self, session: SessionView) -> _Turns:
        turns: _Turns = session.state.setdefault(self._context.name, _Turns())
        return turns
