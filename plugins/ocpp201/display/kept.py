"""The messages that each station shows, out of what it was sent and has told, whoever has sent it (O01 to O06)."""

from collections import OrderedDict
from collections.abc import Callable, Mapping
from typing import Any

from broker.api import BasePlugin, Call, Context, Direction, Reply, SessionView, hookimpl, on_call, record
from plugins.ocpp201.display import messages
from plugins.ocpp201.display.messages import Messages
from plugins.ocpp201.reports import Reports
from plugins.ocpp201.versions import V2
from plugins.shared.station_documents import StationDocuments
from plugins.shared.values import text, whole

CRITERIA = ("id", "priority", "state")
_DOCUMENT = "messages"
_REQUESTS = 1_000

Key = tuple[str, int]


class Kept(BasePlugin):
    """The part of `ocpp201.display` that writes down."""

    def __init__(self, config: BasePlugin.Config, context: Context) -> None:
        super().__init__(config, context)
        self.reports = Reports()
        self._asked: OrderedDict[Key, dict[str, Any]] = OrderedDict()
        """By report: the criteria it was asked with."""
        self._kept = StationDocuments(context, _DOCUMENT)
        self._with_transaction: set[str] = set()
        """Stations with a message of a transaction: the ends of no others cost a look at the store."""

    @hookimpl
    async def broker_starting(self, broker: Any) -> None:
        """Recall who shows a message of a transaction."""
        for identity, _, known in await self.documents.all():
            if messages.has_transaction(known):
                self._with_transaction.add(identity)

    @record(V2, "SetDisplayMessage", direction=Direction.TO_STATION)
    async def keep_set(self, session: SessionView, call: Call, reply: Reply) -> None:
        """O01, O02, O06: what the station has accepted."""
        if _status(reply) == "Accepted":
            new = messages.row_of(call.payload.get("message"), self.clock.now())
            await self._change(session.identity, lambda known: messages.merged(known, new))

    @record(V2, "ClearDisplayMessage", direction=Direction.TO_STATION)
    async def keep_cleared(self, session: SessionView, call: Call, reply: Reply) -> None:
        """O05: what is there no longer, or never was."""
        if _status(reply) in ("Accepted", "Unknown"):
            gone = {str(whole(call.payload.get("id")))}
            await self._change(session.identity, lambda known: messages.without(known, gone))

    @on_call(V2, "GetDisplayMessages", direction=Direction.TO_STATION)
    def note_request(self, session: SessionView, call: Call) -> None:
        """Before it goes out: its first part may overtake the answer."""
        number = whole(call.payload.get("requestId"))
        if number is not None:
            self._asked[(session.identity, number)] = {name: call.payload.get(name) for name in CRITERIA}
            while len(self._asked) > _REQUESTS:
                self._asked.popitem(last=False)

    @record(V2, "GetDisplayMessages", direction=Direction.TO_STATION)
    async def keep_none(self, session: SessionView, call: Call, reply: Reply) -> None:
        """O03.FR.03: a station that has no such message."""
        asked = self._asked.get((session.identity, whole(call.payload.get("requestId")) or 0))
        if _status(reply) == "Unknown" and asked is not None:
            await self._change(session.identity, lambda known: messages.after_report(known, asked, {}))

    @record(V2, "NotifyDisplayMessages", direction=Direction.FROM_STATION)
    async def keep_report(self, session: SessionView, call: Call, reply: Reply) -> None:
        """O03, O04: once all parts are there; they have no numbers."""
        number, part = whole(call.payload.get("requestId")), call.payload.get("messageInfo")
        if number is None:
            return
        part = part if isinstance(part, list) else []
        key, tbc = (session.identity, number), call.payload.get("tbc") is True
        with self.reports.keeping(*key, items=part, tbc=tbc, seq=None) as items:
            if items is not None:
                asked, new = self._asked.pop(key, None), messages.reported_in(items, self.clock.now())
                await self._change(session.identity, lambda known: messages.after_report(known, asked, new))

    @record(V2, "TransactionEvent", direction=Direction.FROM_STATION)
    async def keep_ended(self, session: SessionView, call: Call, reply: Reply) -> None:
        """O02.FR.02: the station removes the messages of a transaction when it ends."""
        if session.identity not in self._with_transaction or call.payload.get("eventType") != "Ended":
            return
        info = call.payload.get("transactionInfo")
        ended = text(info.get("transactionId")) if isinstance(info, Mapping) else None
        if ended:
            await self._change(
                session.identity, lambda known: messages.without(known, messages.of_transaction(known, ended))
            )

    async def _change(self, identity: str, change: Callable[[Messages], Messages]) -> None:
        now = self.clock.now()

        def changed(before: Messages | None) -> Messages:
            known = before or {}
            return change(messages.without(known, messages.past(known, now)))

        known = await self._kept.change(identity, changed)
        (self._with_transaction.add if messages.has_transaction(known) else self._with_transaction.discard)(identity)

    async def known(self, identity: str) -> Messages:
        """What is known of a station's messages, those that are over among them."""
        return await self._kept.get(identity) or {}


def _status(reply: Reply) -> str | None:
    return text(reply.payload.get("status")) if reply.is_result else None
