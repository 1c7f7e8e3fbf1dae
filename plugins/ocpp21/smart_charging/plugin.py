"""OCPP 2.1 priority and dynamic charging, functional block K: what 2.0.1 does not have (K21, K22, K28, E17)."""

import inspect
from typing import Any

from broker.api import (
    Action,
    BasePlugin,
    Call,
    ChargingProfile,
    Context,
    Direction,
    OperationFailed,
    Reply,
    SessionView,
    answer,
    hookimpl,
    operation,
    record,
)
from plugins.ocpp21.smart_charging.params import RATES, PriorityParams, UpdateParams
from plugins.ocpp201.versions import V21, actions
from plugins.shared import values
from plugins.shared.charging.schedule import first_schedule
from plugins.shared.station_documents import StationDocuments, newest

#: A stranger's word on what a Dynamic profile is to say now: of the session and the profile a ChargingScheduleUpdate.
UPDATE = "ocpp21.smart_charging.update"
_BASE = "ocpp201.smart_charging"
_UPDATES, _PRIORITY = "updates", "priority"
_MOST = 100


class SmartCharging(BasePlugin):
    """OCPP 2.1 priority and dynamic charging."""

    name = "ocpp21.smart_charging"

    def __init__(self, config: BasePlugin.Config, context: Context) -> None:
        super().__init__(config, context)
        self._updates = StationDocuments(context, _UPDATES)
        self._priority = StationDocuments(context, _PRIORITY)

    @hookimpl
    def register_actions(self) -> list[Action]:
        """The calls of this block that are new in 2.1."""
        return actions(
            "SmartCharging",
            from_station=("NotifyPriorityCharging", "PullDynamicScheduleUpdate"),
            to_station=("UpdateDynamicSchedule", "UsePriorityCharging"),
            versions=(V21,),
        )

    # --- priority charging ------------------------------------------------------------------------------------------

    @operation("use-priority-charging", V21)
    async def use_priority(self, session: SessionView, params: PriorityParams) -> dict[str, Any]:
        """Let a transaction charge by the PriorityCharging profile, or no more (K21)."""
        transaction = params.transactionId or await self._running(session, params.evseId)
        payload = {"transactionId": transaction, "activate": params.activate}
        answered = self.result_of(await session.call("UsePriorityCharging", payload))
        return {"status": answered.get("status"), **payload}

    @record(V21, "UsePriorityCharging", direction=Direction.TO_STATION)
    async def note_used(self, session: SessionView, call: Call, reply: Reply) -> None:
        """Accepted: it is so; the station does not tell of it (K21)."""
        if _accepted(reply):
            await self._note_priority(session, call.payload.get("transactionId"), call.payload.get("activate"))

    @answer(V21, "NotifyPriorityCharging")
    def answer_priority(self, session: SessionView, call: Call) -> dict[str, Any]:
        """The answer is empty (K22)."""
        return {}

    @record(V21, "NotifyPriorityCharging", direction=Direction.FROM_STATION)
    async def note_priority(self, session: SessionView, call: Call, reply: Reply) -> None:
        """The EV driver has asked for it at the station (K22)."""
        await self._note_priority(session, call.payload.get("transactionId"), call.payload.get("activated"))

    async def _note_priority(self, session: SessionView, transaction: Any, activated: Any) -> None:
        number = (values.text(transaction) or "")[:36]
        row = {"activated": activated is True, "since": values.timestamp(self.clock.now())}
        await self._priority.change(session.identity, lambda known: newest(known, number, row, _MOST))

    # --- dynamic profiles -------------------------------------------------------------------------------------------

    @operation("update-dynamic-schedule", V21)
    async def update(self, session: SessionView, params: UpdateParams) -> dict[str, Any]:
        """Give a Dynamic profile other values, now or when the station asks for them (K28)."""
        said = {name: value for name in RATES if (value := getattr(params, name)) is not None}
        if not said:
            raise OperationFailed("limit: say a limit, a setpoint or another rate")
        number = params.chargingProfileId
        if number is None:
            number = await self._dynamic(session)
        payload = {"chargingProfileId": number, "scheduleUpdate": said}
        if not params.send:
            await self._note_update(session, number, said)
            return {"status": "Kept", **payload}
        answered = self.result_of(await session.call("UpdateDynamicSchedule", payload))
        return {"status": answered.get("status"), **payload}

    @record(V21, "UpdateDynamicSchedule", direction=Direction.TO_STATION)
    async def note_update(self, session: SessionView, call: Call, reply: Reply) -> None:
        """Accepted: that is what the profile says now."""
        number, said = values.whole(call.payload.get("chargingProfileId")), call.payload.get("scheduleUpdate")
        if _accepted(reply) and number is not None and isinstance(said, dict):
            await self._note_update(session, number, said)

    @record(V21, "SetChargingProfile", direction=Direction.TO_STATION)
    async def note_set(self, session: SessionView, call: Call, reply: Reply) -> None:
        """A new profile says what it says, whatever another of its number was told."""
        profile = call.payload.get("chargingProfile")
        number = str(values.whole(profile.get("id")) if isinstance(profile, dict) else None)
        if _accepted(reply):
            await self._updates.change(
                session.identity, lambda known: {name: one for name, one in (known or {}).items() if name != number}
            )

    @answer(V21, "PullDynamicScheduleUpdate")
    async def pulled(self, session: SessionView, call: Call) -> dict[str, Any]:
        """What the profile is to say now; Rejected where there is no such Dynamic profile (K28)."""
        number = values.whole(call.payload.get("chargingProfileId"))
        row = None if number is None else await self.records.charging_profiles.get(session.identity, number)
        if row is None or row.kind != "Dynamic":
            reason = "NotFound" if row is None else "InvalidProfile"
            return {"status": "Rejected", "statusInfo": {"reasonCode": reason}}
        update = await self._update_of(session, row)
        if not update:
            return {"status": "Rejected", "statusInfo": {"reasonCode": "NotFound"}}
        return {"status": "Accepted", "scheduleUpdate": update}

    async def _update_of(self, session: SessionView, row: ChargingProfile) -> dict[str, Any]:
        """Of a stranger's plugin, else of an operator, beside what the profile itself says."""
        source = self.shared.get(UPDATE)
        if source is not None:
            found = source(session, row)
            found = await found if inspect.isawaitable(found) else found
            if found is not None:
                return dict(found)
        periods = (first_schedule(row.profile) or {}).get("chargingSchedulePeriod")
        period = periods[0] if isinstance(periods, list) and periods and isinstance(periods[0], dict) else {}
        known = await self._updates.get(session.identity) or {}
        said = {**period, **known.get(str(row.profile_id), {})}
        return {name: said[name] for name in RATES if name in said}

    async def _note_update(self, session: SessionView, number: int, said: dict[str, Any]) -> None:
        new = {name: said[name] for name in RATES if name in said}

        def changed(known: dict[str, Any] | None) -> dict[str, Any]:
            return newest(known, str(number), (known or {}).get(str(number), {}) | new, _MOST)

        await self._updates.change(session.identity, changed)

    async def _dynamic(self, session: SessionView) -> int:
        rows = await self.records.charging_profiles.of(session.identity)
        found = [row.profile_id for row in rows if row.kind == "Dynamic"]
        if len(found) != 1:
            many = "several" if found else "no"
            raise OperationFailed(
                f"chargingProfileId: the station is known to hold {many} Dynamic profiles, so say one"
            )
        return found[0]

    # --- resumed transactions ---------------------------------------------------------------------------------------

    @record(V21, "TransactionEvent", direction=Direction.FROM_STATION, trylast=True)
    def note_event(self, session: SessionView, call: Call, reply: Reply) -> None:
        """A transaction that goes on gets its charging profiles again (E17, B116)."""
        info = call.payload.get("transactionInfo")
        transaction = values.text(info.get("transactionId")) if isinstance(info, dict) else None
        base = self.shared.get(_BASE)
        if call.payload.get("triggerReason") != "TxResumed" or transaction is None or call.answered_by != "local":
            return
        if base is not None:
            self.spawn(self._resume(base, session, transaction), name="resumed transaction")

    async def _resume(self, base: Any, session: SessionView, transaction: str) -> None:
        for each in await base.running(session.identity):
            if each.transaction_id == transaction:
                await base.resume(session, each)

    async def _running(self, session: SessionView, evse: int | None) -> str:
        """The transaction where none is said."""
        base = self.shared.get(_BASE)
        if base is None:
            raise OperationFailed("transactionId: say it")
        found: str = (await base.the_one(session.identity, evse, None)).transaction_id
        return found


def _accepted(reply: Reply) -> bool:
    return reply.is_result and reply.payload.get("status") == "Accepted"
