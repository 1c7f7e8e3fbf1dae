"""The part of `ocpp201.smart_charging` that negotiates with EVs: their needs, their schedules, and what has changed.

K15 to K19: a NotifyEVChargingNeeds is answered, and the schedule follows in a SetChargingProfile that nobody has asked
for. K11 to K14: what others limit changes the schedules that were made.
"""

from fnmatch import fnmatchcase
from typing import Any

from broker.api import (
    Call,
    Context,
    Direction,
    OperationFailed,
    Reply,
    SessionView,
    Transaction,
    answer,
    operation,
    record,
)
from plugins.ocpp201.smart_charging import limits
from plugins.ocpp201.smart_charging.answering import ev_schedule, within
from plugins.ocpp201.smart_charging.balancing import Balancing
from plugins.ocpp201.smart_charging.book import of_transaction
from plugins.ocpp201.smart_charging.config import SmartChargingConfig
from plugins.ocpp201.smart_charging.ev_needs import needs_of
from plugins.ocpp201.smart_charging.holding import NEEDS, status_of, without
from plugins.ocpp201.smart_charging.params import NoParams, RenegotiateParams
from plugins.ocpp201.smart_charging.planning import SCHEDULE
from plugins.ocpp201.versions import V2, V21
from plugins.shared import values
from plugins.shared.charging.schedule import schedule_of

#: Whether an EV may have the energy transfer that it asks for; an offer of the plugin that knows.
TRANSFER = "ocpp21.bidirectional"
_PLANNED = ("Accepted", "Processing")
_MOST_REFUSALS = 5  # in a row: an EV that never keeps within its limits is not asked for ever


class Negotiation(Balancing):
    """Answers EVs, and has them renegotiate."""

    def __init__(self, config: SmartChargingConfig, context: Context) -> None:
        super().__init__(config, context)
        self._waiting: set[str] = set()  # identities whose EV has told its needs before its transaction
        self._refused: dict[tuple[str, str], int] = {}

    def load(self, kept: list[tuple[str, str, Any]]) -> None:
        """Of all documents: what waits for a transaction."""
        super().load(kept)
        needs = ((identity, rows) for identity, key, rows in kept if key == NEEDS)
        self._waiting |= {identity for identity, rows in needs if any(_waits(row) for row in rows.values())}

    # --- the EV's needs ---------------------------------------------------------------------------------------------

    @answer(V2, "NotifyEVChargingNeeds")
    async def answer_needs(self, session: SessionView, call: Call) -> dict[str, Any]:
        """Accepted: the schedule is ready. Processing: it follows later. Else there will be none."""
        nothing = "NoChargingProfile" if session.version == V21 else "Rejected"  # K15.FR.04, K18.FR.04, K19.FR.04
        needs = needs_of(call.payload)
        if needs is None:
            return {"status": nothing, "statusInfo": {"reasonCode": "MissingParam"}}
        evse = values.whole(call.payload.get("evseId")) or 0
        transaction = await self.running_on(session.identity, evse)
        transfer = self.shared.get(TRANSFER)
        if transfer is not None and not await transfer.allowed(session, transaction, needs.mode):
            return {"status": "Rejected", "statusInfo": {"reasonCode": "UnsupportedParam"}}  # K18.FR.22, K19.FR.15
        if any(fnmatchcase(session.identity, pattern) for pattern in self.config.without_schedule):
            return {"status": nothing}
        if transaction is None or self.shared.get(SCHEDULE) is not None:
            return {"status": "Processing"}  # K15.FR.05
        planned = await self.plan(session, transaction, call.payload)
        return {"status": nothing if planned is None else "Accepted"}

    @record(V2, "NotifyEVChargingNeeds", direction=Direction.FROM_STATION, trylast=True)
    async def note_needs(self, session: SessionView, call: Call, reply: Reply) -> None:
        """Keep them; what was answered here is kept too, once the answer has gone."""
        evse, status = values.whole(call.payload.get("evseId")) or 0, status_of(reply)
        transaction = await self.running_on(session.identity, evse)
        number = None if transaction is None else transaction.transaction_id
        promised = call.answered_by == "local" and status in _PLANNED
        row = {"payload": _kept(call.payload), "transaction": number, "at": self.clock.now(), "promised": promised}
        await self.keep_needs(session.identity, evse, row)
        if not promised:
            return
        if transaction is None:
            self._waiting.add(session.identity)
        else:  # the last thing here, so that the answer goes first
            self.spawn(self._negotiate(session, transaction), name="charging schedule")

    # --- the EV's schedule ------------------------------------------------------------------------------------------

    @answer(V2, "NotifyEVChargingSchedule")
    async def answer_schedule(self, session: SessionView, call: Call) -> dict[str, Any]:
        """Accepted where the EV keeps within what it was given (K15.FR.08, K15.FR.09)."""
        theirs = ev_schedule(call.payload, self.clock.now())
        transaction = await self.running_on(session.identity, values.whole(call.payload.get("evseId")) or 0)
        if theirs is None or transaction is None:
            return {"status": "Accepted"}
        key = (session.identity, transaction.transaction_id)
        mine = [
            row
            for row in (await self.held(session)).values()
            if row.purpose == "TxProfile" and row.transaction_id == transaction.transaction_id
        ]
        mine.sort(key=lambda row: row.stack_level)
        ours = schedule_of(mine[-1].profile, transaction.evse or 0) if mine else None
        payload = await self.needs_for(session.identity, transaction)
        needs = None if payload is None else needs_of(payload)
        phases = 3 if needs is None or needs.phases is None else needs.phases
        if ours is None or within(theirs, ours, self.config.line_voltage, phases):
            self._refused.pop(key, None)
            return {"status": "Accepted"}
        return {"status": "Rejected", "statusInfo": {"reasonCode": "InvalidSchedule"}}

    @record(V2, "NotifyEVChargingSchedule", direction=Direction.FROM_STATION, trylast=True)
    async def note_schedule(self, session: SessionView, call: Call, reply: Reply) -> None:
        """Rejected: the EV gets its schedule again (K15.FR.09, K16)."""
        if call.answered_by != "local" or status_of(reply) != "Rejected":
            return
        transaction = await self.running_on(session.identity, values.whole(call.payload.get("evseId")) or 0)
        if transaction is None:
            return
        key = (session.identity, transaction.transaction_id)
        self._refused[key] = self._refused.get(key, 0) + 1
        if self._refused[key] <= _MOST_REFUSALS:
            self.spawn(self.resume(session, transaction), name="charging schedule")
        else:
            self.log.warning("%s: the EV's schedules stay above its limits", session.identity)

    # --- limits from outside ----------------------------------------------------------------------------------------

    @answer(V2, "NotifyChargingLimit")
    def answer_limit(self, session: SessionView, call: Call) -> dict[str, Any]:
        """The answer is empty (K11, K12)."""
        return {}

    @answer(V2, "ClearedChargingLimit")
    def answer_cleared(self, session: SessionView, call: Call) -> dict[str, Any]:
        """The answer is empty (K13)."""
        return {}

    @answer(V2, "ReportChargingProfiles")
    def answer_report(self, session: SessionView, call: Call) -> dict[str, Any]:
        """The answer is empty (K09)."""
        return {}

    @record(V2, "NotifyChargingLimit", direction=Direction.FROM_STATION, trylast=True)
    async def note_limit(self, session: SessionView, call: Call, reply: Reply) -> None:
        """Keep it, and keep to it."""
        now = self.clock.now()
        await self.limits.change(session.identity, lambda known: limits.noted(known or [], call.payload, now))
        await self._limits_changed(session, call)

    @record(V2, "ClearedChargingLimit", direction=Direction.FROM_STATION, trylast=True)
    async def note_cleared(self, session: SessionView, call: Call, reply: Reply) -> None:
        """It is gone."""
        await self.limits.change(session.identity, lambda known: limits.cleared(known or [], call.payload))
        await self._limits_changed(session, call)

    async def _limits_changed(self, session: SessionView, call: Call) -> None:
        if call.answered_by == "local" and await self.known_needs(session.identity):
            self.spawn(self._keep_within(session), name="charging limits")

    # --- transactions -----------------------------------------------------------------------------------------------

    def awaits_event(self, identity: str) -> bool:
        """Needs may wait for their transaction too."""
        return identity in self._waiting or super().awaits_event(identity)

    async def transaction_event(self, session: SessionView, call: Call) -> None:
        """A transaction begins or ends: its EV may wait for a schedule, and others of its site for their share."""
        await super().transaction_event(session, call)
        book = self.shared.get("ocpp201.transactions")
        if book is not None:
            await book.seen(session, call)  # whoever records it before or behind this
        if session.identity in self._waiting:
            await self._started(session, call)
        if call.payload.get("eventType") == "Ended":
            await self._ended(session)
        site = self.site_of(session)
        if call.answered_by == "local" and site is not None and call.payload.get("eventType") in ("Started", "Ended"):
            self.balance(site)

    async def _started(self, session: SessionView, call: Call) -> None:
        """Needs that came before their transaction have one now; what waits for too long, waits no more."""
        identity, now = session.identity, self.clock.now()
        running = {each.evse: each for each in await self.running(identity)}  # the newest of each EVSE
        begun: list[Transaction] = []

        def matched(known: dict[str, Any] | None) -> dict[str, Any]:
            rows = dict(known or {})
            for evse, row in (known or {}).items():
                transaction = running.get(int(evse))
                if _waits(row) and transaction is not None:
                    rows[evse] = {**row, "transaction": transaction.transaction_id}
                    begun.append(transaction)
                elif _waits(row) and now - row["at"] > self.config.remote_start_timeout:
                    del rows[evse]
            if not any(map(_waits, rows.values())):
                self._waiting.discard(identity)  # in this turn: what comes next waits again
            return rows

        await self.needs.change(identity, matched)
        for transaction in begun if call.answered_by == "local" else ():
            self.spawn(self._negotiate(session, transaction), name="charging schedule")

    async def _ended(self, session: SessionView) -> None:
        """What was known of transactions that run no more."""
        identity = session.identity
        known = await self.known_needs(identity)
        ceilings = await self.known_ceilings(identity)
        refused = {number for station, number in self._refused if station == identity}
        if not (known or ceilings or refused):
            return
        running = {each.transaction_id for each in await self.running(identity)}
        for number in refused - running:
            self._refused.pop((identity, number), None)
        if over := ceilings.keys() - running:
            await self.ceilings.change(identity, lambda now: without(now, over))
        gone = [row["transaction"] for row in known.values() if row["transaction"] not in (None, *running)]
        if gone:
            await self.needs.change(
                identity,
                lambda now: {evse: row for evse, row in (now or {}).items() if row["transaction"] not in gone},
            )

    # --- what operators ask -----------------------------------------------------------------------------------------

    @operation("renegotiate", V2)
    async def renegotiate(self, session: SessionView, params: RenegotiateParams) -> dict[str, Any]:
        """Make the schedule of a transaction anew, and send it; the EV negotiates again (K16)."""
        transaction = await self.the_one(session.identity, params.evseId, params.transactionId)
        payload = await self.needs_for(session.identity, transaction)
        number = transaction.transaction_id
        ceiling = None if params.limit is None else (params.limit, params.chargingRateUnit)
        ceilings: dict[str, tuple[float, str]] = {} if ceiling is None else {number: ceiling}
        async with self.lock_of(session):
            profile = await self.plan(session, transaction, payload or {}, ceilings=ceilings)
            if profile is None:
                raise OperationFailed("limit: say one, as neither a limit nor the needs of the EV are known")
            sent = {"evseId": transaction.evse, "chargingProfile": profile}
            answer = self.result_of(await session.call("SetChargingProfile", sent))
            if answer.get("status") == "Accepted":
                await self.keep_ceiling(session.identity, number, ceiling)
        return {"status": answer.get("status"), **sent}

    @operation("charging-limits", V2)
    async def charging_limits(self, session: SessionView, params: NoParams) -> dict[str, Any]:
        """What others have set on the station, as it has told, and what its EVs need."""
        rows = await self.known_limits(session.identity)
        known = await self.known_needs(session.identity)
        needs = [
            {
                "evseId": int(evse),
                "transactionId": row["transaction"],
                "since": values.timestamp(row["at"]),
                **row["payload"],
            }
            for evse, row in sorted(known.items(), key=lambda item: int(item[0]))
        ]
        return {"chargingLimits": [limits.described(row) for row in rows], "chargingNeeds": needs}

    # --- how --------------------------------------------------------------------------------------------------------

    async def _negotiate(self, session: SessionView, transaction: Transaction) -> None:
        """The schedule for an EV that has told its needs; at a site, after the others have made room.

        What it does not take is for the others then.
        """
        site = self.site_of(session)
        async with self.lock_of(session):
            if site is not None:
                await self.make_room(site, but=transaction.transaction_id)
            await self.send(session, transaction)
        if site is not None:
            self.balance(site)

    async def resume(self, session: SessionView, transaction: Transaction) -> None:
        """Say again what holds for a transaction: its schedule made anew, or without needs the profiles as they were.

        After an interruption, over which a station need not keep TxProfiles (2.1 E17), or where an EV goes beyond them.
        """
        if await self.needs_for(session.identity, transaction) is not None:
            await self._negotiate(session, transaction)
            return
        for number in of_transaction((await self.held(session)).values(), transaction.transaction_id):
            row = (await self.held(session)).get(number)
            if row is not None:
                await self.deliver(session, row.evse, row.profile)

    async def _keep_within(self, session: SessionView) -> None:
        """The limits of a station have changed, so that its EVs negotiate again."""
        async with self.lock_of(session):
            for transaction in await self.running(session.identity):
                await self.send(session, transaction, unless_same=True)


def _waits(row: dict[str, Any]) -> bool:
    """Whether a schedule was promised to an EV whose transaction is not known yet."""
    return row["transaction"] is None and row["promised"] is True


def _kept(payload: dict[str, Any]) -> dict[str, Any]:
    """Without what nobody here reads, which may be long."""
    needs = payload.get("chargingNeeds")
    if not isinstance(needs, dict):
        return {}
    left_out = ("evEnergyOffer", "derChargingParameters", "customData")
    kept = {name: value for name, value in needs.items() if name not in left_out}
    return {"maxScheduleTuples": payload.get("maxScheduleTuples"), "chargingNeeds": kept}
