"""OCPP 2.0.1 and 2.1, functional block E: transactions."""

from collections.abc import Coroutine, Mapping
from typing import Any

import msgspec

from broker.api import (
    Action,
    BasePlugin,
    Call,
    Change,
    Context,
    Direction,
    Reply,
    SessionView,
    StoreFailed,
    answer,
    hookimpl,
    operation,
    record,
)
from plugins.ocpp201.transactions import merge
from plugins.ocpp201.transactions.book import SHARED, Book, Entry
from plugins.ocpp201.transactions.concurrent import charges_elsewhere
from plugins.ocpp201.transactions.gaps import Gaps
from plugins.ocpp201.transactions.meter_values import of_event
from plugins.ocpp201.transactions.params import GetTransactionStatus
from plugins.ocpp201.versions import V2, actions
from plugins.shared.values import text

AUTHORIZATION = "ocpp201.authorization"
_STATUS = ("ongoingIndicator", "messagesInQueue")

Payload = dict[str, Any]
Kept = Coroutine[Any, Any, None] | None


class Transactions(BasePlugin):
    """OCPP 2.x transactions: makes one of all its TransactionEvents, and asks for those that are missing."""

    name = "ocpp201.transactions"

    class Config(BasePlugin.Config):
        concurrent_tx: bool = False
        """Refuse a second transaction of an idToken while another EVSE runs one (ConcurrentTx)."""

    config: Config

    def __init__(self, config: Config, context: Context) -> None:
        super().__init__(config, context)
        self.book = Book(context)
        self._gaps = Gaps(self.log)
        self.shared[SHARED] = self.book

    @hookimpl
    def register_actions(self) -> list[Action]:
        """The calls of block E."""
        return actions("Transactions", from_station=("TransactionEvent",), to_station=("GetTransactionStatus",))

    @hookimpl
    def broker_starting(self) -> None:
        """Hear of what is to be forgotten."""
        self.records.forgotten.append(self.book.forgotten)

    @hookimpl
    def broker_stopping(self) -> None:
        """Hear of nothing any more."""
        if self.book.forgotten in self.records.forgotten:
            self.records.forgotten.remove(self.book.forgotten)

    @answer(V2, "TransactionEvent")
    def event(self, session: SessionView, call: Call) -> Payload | Coroutine[Any, Any, Payload]:
        """E01 to E15: idTokenInfo where the event names an idToken, else empty. The event itself is never refused."""
        if call.payload.get("idToken") is None:
            return {}
        return self._judged(session, call)

    async def _judged(self, session: SessionView, call: Call) -> Payload:
        id_token = call.payload["idToken"]
        info = self.shared.get(AUTHORIZATION)  # without that plugin nobody vouches for a token
        found: Payload = await info(session, id_token) if info else {"status": "Unknown"}
        if found.get("status") == "Accepted" and isinstance(id_token, Mapping):
            found = await self._here(session, call, found)
        return {"idTokenInfo": found}

    async def _here(self, session: SessionView, call: Call, info: Payload) -> Payload:
        """The same, unless it is good somewhere else or charges somewhere else; who stops may do so anywhere."""
        entry = await self._entry(session, call) if self.config.concurrent_tx or info.get("evseId") else None
        if entry is None or entry.event is None or entry.event.stops:
            return info
        if info.get("evseId") and entry.tx.evse is not None and entry.tx.evse not in info["evseId"]:
            return {**info, "status": "NotAtThisLocation"}
        if not self.config.concurrent_tx or entry.tx.ended or not entry.event.token:
            return info
        elsewhere = await charges_elsewhere(self.records, entry.tx, entry.event.token)
        return {**info, "status": "ConcurrentTx"} if elsewhere else info

    async def _entry(self, session: SessionView, call: Call) -> Entry | None:
        return self.book.known(session, call) or await self.book.entry(session, call)

    @record(V2, "TransactionEvent", direction=Direction.FROM_STATION)
    def happened(self, session: SessionView, call: Call, reply: Reply) -> Kept:
        """Keep the transaction with this event, and what it measured."""
        if not reply.is_result:
            return None
        entry = None if call.answered_by == "local" else self.book.known(session, call)
        if entry is None:
            return self._happened(session, call, reply)
        self._later(session, call, reply, entry)
        return None

    async def _happened(self, session: SessionView, call: Call, reply: Reply) -> None:
        entry = await self._entry(session, call)
        if entry is None:
            self.log.warning("%s: a TransactionEvent without a transactionId", session.identity)
            return
        if call.answered_by != "local":
            self._later(session, call, reply, entry)
            return
        changes = self._changes(session, call, reply, entry)
        if changes:
            await self.records.commit(*changes)
            entry.written.append(hash(call.raw))
        if entry.tx.ended and self._gaps.begin(entry.tx):
            self.spawn(self._gaps.ask(session, entry.tx.transaction_id), name="gap")

    def _later(self, session: SessionView, call: Call, reply: Reply, entry: Entry) -> None:
        self.records.later(*self._changes(session, call, reply, entry))
        entry.written.append(hash(call.raw))

    def _changes(self, session: SessionView, call: Call, reply: Reply, entry: Entry) -> list[Change]:
        """What is to be written of it; nothing of an event that came again and got the same answer."""
        repeated = hash(call.raw) in entry.written
        row = entry.tx if entry.event is None else merge.answered(entry.tx, entry.event, reply.payload)
        if row is entry.tx and repeated:
            return []
        if row.answered_by != call.answered_by:
            row = msgspec.structs.replace(row, answered_by=call.answered_by)
        entry.tx = row
        changes = [self.records.transactions.put(row)]
        measured = None if repeated else of_event(call)
        if measured is not None:
            changes.append(
                self.records.meter_values.add(
                    session.identity,
                    row.transaction_id,
                    evse=row.evse,
                    connector=row.connector,
                    version=str(call.version),
                    payload=measured,
                    received_at=self.clock.now(),
                )
            )
        return changes

    @operation("get-transaction-status", V2)
    async def transaction_status(self, session: SessionView, params: GetTransactionStatus) -> Payload:
        """Ask whether a transaction goes on, and whether messages about it still wait in the station (E14)."""
        payload = params.model_dump(exclude_none=True)
        result = self.result_of(await session.call("GetTransactionStatus", payload))
        return {name: result[name] for name in _STATUS if name in result}

    @record(V2, "GetTransactionStatus", direction=Direction.TO_STATION)
    async def status_told(self, session: SessionView, call: Call, reply: Reply) -> None:
        """Keep what the station said of a transaction, whoever asked."""
        transaction_id = text(call.payload.get("transactionId"))
        if not transaction_id or not reply.is_result:
            return
        told = {name: reply.payload[name] for name in _STATUS if isinstance(reply.payload.get(name), bool)}
        try:
            change = await self.book.note(session.identity, transaction_id, told)
        except StoreFailed:
            return  # nothing that a caller's answer should wait for
        if change is not None:
            self.records.later(change)
