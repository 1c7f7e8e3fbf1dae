"""OCPP 2.0.1 and 2.1, functional block I: what transactions cost, calculated by the CSMS."""

import asyncio
from decimal import Decimal
from typing import Any

import msgspec

from broker.api import (
    Action,
    BasePlugin,
    Call,
    CallFailed,
    Context,
    Direction,
    OperationFailed,
    Replace,
    Reply,
    SessionView,
    StoreFailed,
    Transaction,
    hookimpl,
    on_reply,
    operation,
    record,
)
from plugins.ocpp201.tariff_cost import rows
from plugins.ocpp201.tariff_cost.config import TariffOptions
from plugins.ocpp201.tariff_cost.cost import Cost
from plugins.ocpp201.tariff_cost.messages import message_of
from plugins.ocpp201.tariff_cost.money import plain
from plugins.ocpp201.tariff_cost.params import CostUpdated
from plugins.ocpp201.tariff_cost.prepaid import PREPAID, Prepaid
from plugins.ocpp201.tariff_cost.running import Told, running_of
from plugins.ocpp201.tariff_cost.tariffs import SHARED, Tariffs
from plugins.ocpp201.versions import V2, V21, actions
from plugins.shared.values import moment, text

TRANSACTIONS = "ocpp201.transactions"
_FROM = Direction.FROM_STATION
_ENDED = "Ended"


class TariffCost(BasePlugin):
    """OCPP 2.x tariff and cost: what a transaction costs, told while it runs and at its end."""

    name = "ocpp201.tariff_cost"

    class Config(TariffOptions):
        """Tariffs, and who is told of the cost when."""

    config: Config

    def __init__(self, config: Config, context: Context) -> None:
        super().__init__(config, context)
        self._prepaid = Prepaid(context)
        self._tariffs = Tariffs(config, context)
        self.shared.setdefault(SHARED, self._tariffs)  # a stranger's plugin may have put its own there

    @hookimpl
    def register_actions(self) -> list[Action]:
        """The call of block I that 2.0.1 has."""
        return actions("TariffCost", to_station=("CostUpdated",))

    @hookimpl
    async def broker_starting(self) -> None:
        """Begin to tell stations of the running cost."""
        if self.config.cost_updated_interval is not None:
            self.spawn(self._tell_again(self.config.cost_updated_interval), name="running cost")

    # --- what the station is answered -------------------------------------------------------------------------------

    @on_reply(V2, "Authorize", "TransactionEvent", direction=_FROM)
    async def described(self, session: SessionView, call: Call, reply: Reply) -> Replace | None:
        """I01: a driver who has no message of his own is shown the words of his tariff."""
        info = reply.payload.get("idTokenInfo") if session.answers == "local" and reply.is_result else None
        if not isinstance(info, dict) or info.get("status") != "Accepted" or "personalMessage" in info:
            return None
        id_token = call.payload.get("idToken")
        named = text(id_token.get("idToken")) if isinstance(id_token, dict) else None
        try:
            token = None if named is None else await self.records.tokens.find(named)
        except StoreFailed:
            return None
        tariff = self._tariffs.chosen(session.identity, token, self.clock.now())
        message = None if tariff is None else message_of(tariff, text(info.get("language1")), session.version)
        if message is None:
            return None
        return Replace({**reply.payload, "idTokenInfo": {**info, "personalMessage": message}})

    @on_reply(V2, "TransactionEvent", direction=_FROM)
    async def priced(self, session: SessionView, call: Call, reply: Reply) -> Replace | None:
        """I03: the total cost in the answer to Ended; I02: the running cost in the answer to Updated."""
        if session.answers != "local" or not reply.is_result or not self._is_told(session, call):
            return None
        try:
            tx = await self._seen(session, call)
            total = None if tx is None else await self._total(session, call, _with(tx, rows.of_event(tx, call.payload)))
        except StoreFailed as error:
            self.log.warning("%s: the cost of a transaction is not known: %s", session.identity, error)
            return None
        return None if total is None else Replace({**reply.payload, "totalCost": plain(total)})

    def _is_told(self, session: SessionView, call: Call) -> bool:
        kind, wanted = call.payload.get("eventType"), self.config.running_cost
        if kind == _ENDED:
            return True
        return kind == "Updated" and (wanted == "always" or (wanted == "2.1" and session.version == V21))

    async def _total(self, session: SessionView, call: Call, tx: Transaction) -> Decimal | None:
        """What the station has calculated with a tariff that it was given (I12), else what the CSMS calculates."""
        said = rows.station_total(tx.details.get(rows.STATION_COST))
        if said is not None:
            return said[0]
        cost = await self._cost(session, call, tx)
        return None if cost is None else cost.total.incl

    async def _cost(self, session: SessionView, call: Call, tx: Transaction) -> Cost | None:
        notes = running_of(session)
        if notes.call is not call:
            payload = call.payload
            at = moment(payload.get("timestamp"))
            notes.cost = await self._calculated(session, tx, payload.get("meterValue"), at)
            notes.call = call
        return notes.cost

    async def _calculated(
        self, session: SessionView, tx: Transaction, values: Any = (), at: float | None = None, *, elapsed: float = 0
    ) -> Cost | None:
        offered = self.shared[SHARED]
        if isinstance(offered, Tariffs):
            return await offered.cost_with(tx, values, at, elapsed=elapsed)
        cost: Cost | None = await offered.cost(session, tx)
        return cost

    # --- what is kept -----------------------------------------------------------------------------------------------

    @record(V2, "TransactionEvent", direction=_FROM)
    async def kept(self, session: SessionView, call: Call, reply: Reply) -> None:
        """Keep the cost with the transaction, and take it off a prepaid token when it has ended (C17.FR.04).

        Who tells others of the end does it last (2.1 C21), and finds the cost.
        """
        tx = await self._seen(session, call) if reply.is_result else None
        if tx is None:
            return
        is_local = call.answered_by == "local"
        before, members = tx.details, rows.of_event(tx, call.payload)
        tx = _with(tx, members)
        total = await self._total(session, call, tx) if is_local else None  # else it is the upstream's to say
        if total is not None:
            members |= rows.of_cost(tx, running_of(session).cost, total, await self._tariffs.of_transaction(tx))
        if any(before.get(name) != members[name] for name in members):
            await self._note(tx, members, wait=is_local and tx.ended)
        if not is_local:
            return
        if not tx.ended:
            self._follow(session, call, tx)
            return
        running_of(session).told.pop(tx.transaction_id, None)
        if total is not None and tx.token and await self._in_its_currency(tx):
            await self._settle(tx, total)

    async def _in_its_currency(self, tx: Transaction) -> bool:
        """Whether the cost is in the currency of the credit, which is its tariff's; a station may have another."""
        said = rows.station_total(tx.details.get(rows.STATION_COST))
        tariff = None if said is None else await self._tariffs.of_transaction(tx)
        if said is None or tariff is None or said[1] in ("", tariff.currency):
            return True
        self.log.warning("%s: costs in %s are not taken off a credit in %s", tx.identity, said[1], tariff.currency)
        return False

    async def _settle(self, tx: Transaction, total: Decimal) -> None:
        async def keep(note: dict[str, Any]) -> None:
            await self._note(tx, {PREPAID: note}, wait=True)

        await self._prepaid.settle(tx.token or "", total, tx.details.get(PREPAID), keep)

    async def _note(self, tx: Transaction, members: dict[str, Any], *, wait: bool) -> None:
        change = await self.shared[TRANSACTIONS].note(tx.identity, tx.transaction_id, members)
        if change is None:
            return
        if wait:
            await self.records.commit(change)
        else:
            self.records.later(change)

    async def _seen(self, session: SessionView, call: Call) -> Transaction | None:
        book = self.shared.get(TRANSACTIONS)
        found: Transaction | None = None if book is None else await book.seen(session, call)
        return found

    # --- the running cost -------------------------------------------------------------------------------------------

    def _follow(self, session: SessionView, call: Call, tx: Transaction) -> None:
        """I02.FR.01: the station is told at a relevant moment, which is a new reading."""
        told = running_of(session).follow(tx.transaction_id)
        is_reading = call.payload.get("eventType") == "Updated" and "meterValue" in call.payload
        if told is not None and is_reading and self._is_due(told):
            self.spawn(self._tell(session, tx.transaction_id, told), name="cost updated")

    def _is_due(self, told: Told) -> bool:
        interval = self.config.cost_updated_interval
        if interval is None or (told.at is not None and self.clock.monotonic() - told.at < interval):
            return False
        told.at = self.clock.monotonic()
        return True

    async def _tell_again(self, interval: float) -> None:
        while True:
            await asyncio.sleep(interval)
            self.tell_all()

    def tell_all(self) -> None:
        """Tell the stations, each by itself: one that does not answer holds up no other."""
        for session in self.sessions.all():
            if session.version in V2 and running_of(session).told:
                self.spawn(self.tell(session), name="running cost")

    async def tell(self, session: SessionView) -> None:
        """Tell a station what its transactions cost, those of which it has not heard for the interval."""
        notes = running_of(session)
        if notes.telling:
            return
        notes.telling = True
        try:
            for transaction_id, told in list(notes.told.items()):
                if self._is_due(told):
                    await self._tell(session, transaction_id, told)
        finally:
            notes.telling = False

    async def _tell(self, session: SessionView, transaction_id: str, told: Told) -> None:
        notes, book = running_of(session), self.shared.get(TRANSACTIONS)
        try:
            tx = None if book is None else await book.get(session.identity, transaction_id)
            if tx is None or tx.ended:
                notes.told.pop(transaction_id, None)
                return
            if notes.deaf or session.answers != "local" or rows.STATION_COST in tx.details:
                return
            elapsed = max(0.0, self.clock.now() - tx.updated_at)
            cost = await self._calculated(session, tx, elapsed=elapsed)
            if cost is None or cost.total.incl == told.amount:
                return
            payload = {"totalCost": plain(cost.total.incl), "transactionId": transaction_id}
            reply = await session.call("CostUpdated", payload)
        except (CallFailed, StoreFailed) as error:
            self.log.info("%s: not told what its transaction costs: %s", session.identity, error)
            return
        told.amount = cost.total.incl
        notes.deaf = not reply.is_result and reply.code in ("NotImplemented", "NotSupported")

    # --- what an operator asks --------------------------------------------------------------------------------------

    @operation("cost-updated", V2)
    async def cost_updated(self, session: SessionView, params: CostUpdated) -> dict[str, Any]:
        """Tell the station what a transaction costs so far: as calculated, or this amount (I02)."""
        transaction_id = params.transactionId or await self._only(session.identity)
        amount = params.totalCost
        if amount is None:
            tx = await self._known(session.identity, transaction_id)
            cost = None if tx is None else await self._calculated(session, tx)
            if cost is None:
                raise OperationFailed("no tariff says what this transaction costs: give totalCost")
            amount = plain(cost.total.incl)
        payload = {"totalCost": amount, "transactionId": transaction_id}
        self.result_of(await session.call("CostUpdated", payload))
        return payload

    async def _only(self, identity: str) -> str:
        running = await self.records.transactions.open_of(identity)
        if len(running) != 1:
            raise OperationFailed("give the transactionId: not exactly one transaction runs")
        return running[0].transaction_id

    async def _known(self, identity: str, transaction_id: str) -> Transaction | None:
        book = self.shared.get(TRANSACTIONS)
        source = book if book is not None else self.records.transactions
        found: Transaction | None = await source.get(identity, transaction_id)
        return found


def _with(tx: Transaction, members: dict[str, Any]) -> Transaction:
    return msgspec.structs.replace(tx, details={**tx.details, **members}) if members else tx
