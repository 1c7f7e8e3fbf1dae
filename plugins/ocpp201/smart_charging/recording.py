"""The part of `ocpp201.smart_charging` that writes down which profiles a station holds, whoever has set them."""

from collections import OrderedDict
from collections.abc import Coroutine
from typing import Any

from broker.api import Call, ChargingProfile, Context, Direction, Reply, SessionView, hookimpl, record
from plugins.ocpp201.reports import Reports
from plugins.ocpp201.smart_charging.book import cleared_by, meeting, of_transaction
from plugins.ocpp201.smart_charging.config import SmartChargingConfig
from plugins.ocpp201.smart_charging.holding import Holding, status_of
from plugins.ocpp201.smart_charging.remote import RemoteStarts
from plugins.ocpp201.versions import V2
from plugins.shared import values

_CLEARED = ("Accepted", "Unknown")  # K10.FR.05: Unknown says that there is none such at the station
_MOST_ASKED = 500


class Recording(Holding):
    """What SetChargingProfile and the like have done, and what a transaction's end takes with it."""

    def __init__(self, config: SmartChargingConfig, context: Context) -> None:
        super().__init__(config, context)
        self.reports = Reports()
        self._asked: OrderedDict[tuple[str, int], dict[str, Any]] = OrderedDict()
        self._starts = RemoteStarts(self.documents, config.remote_start_timeout)

    @hookimpl
    async def broker_starting(self) -> None:
        """Learn what waits for a transaction."""
        self.load(await self.documents.all())

    def load(self, kept: list[tuple[str, str, Any]]) -> None:
        """Of all documents: identity, key, value."""
        super().load(kept)
        self._starts.load(kept)

    @record(V2, "SetChargingProfile", direction=Direction.TO_STATION)
    async def note_set(self, session: SessionView, call: Call, reply: Reply) -> None:
        """Accepted: the station holds it now."""
        if status_of(reply) == "Accepted":
            await self.hold(session, call.payload.get("evseId"), call.payload.get("chargingProfile"))

    @record(V2, "ClearChargingProfile", direction=Direction.TO_STATION)
    async def note_clear(self, session: SessionView, call: Call, reply: Reply) -> None:
        """Accepted: they are gone; Unknown: the station has none such, whatever the book says."""
        if status_of(reply) in _CLEARED:
            held = await self.held(session)
            self.forget(session, held, cleared_by(held, call.payload))

    @record(V2, "GetChargingProfiles", direction=Direction.TO_STATION)
    async def note_asked(self, session: SessionView, call: Call, reply: Reply) -> None:
        """What is asked for and not reported, the station does not have (K09)."""
        criteria, number = _criteria(call.payload), values.whole(call.payload.get("requestId"))
        if status_of(reply) == "NoProfiles":
            held = await self.held(session)
            self.forget(session, held, _reported(held, criteria))
        elif status_of(reply) == "Accepted" and number is not None:
            self._asked[(session.identity, number)] = criteria
            while len(self._asked) > _MOST_ASKED:
                self._asked.popitem(last=False)

    @record(V2, "ReportChargingProfiles", direction=Direction.FROM_STATION)
    async def note_report(self, session: SessionView, call: Call, reply: Reply) -> None:
        """One part of a report: what it tells of, the station holds, and once it is whole, nothing else."""
        payload, number = call.payload, values.whole(call.payload.get("requestId"))
        profiles = payload.get("chargingProfile")
        evse, source = values.whole(payload.get("evseId")), values.text(payload.get("chargingLimitSource"))
        rows = [
            {"evseId": evse, "chargingLimitSource": source, "chargingProfile": each}
            for each in (profiles if isinstance(profiles, list) else [])
            if isinstance(each, dict)
        ]
        for row in rows:
            await self.hold(session, row["evseId"], row["chargingProfile"])
        if number is None:
            return
        tbc = payload.get("tbc") is True
        with self.reports.keeping(session.identity, number, items=rows, tbc=tbc, seq=None) as whole:
            criteria = self._asked.pop((session.identity, number), None) if whole is not None else None
            if whole is not None and criteria is not None:
                told = {values.whole(row["chargingProfile"].get("id")) for row in whole}
                held = await self.held(session)
                self.forget(session, held, [each for each in _reported(held, criteria) if each not in told])

    @record(V2, "RequestStartTransaction", direction=Direction.TO_STATION)
    async def note_remote_start(self, session: SessionView, call: Call, reply: Reply) -> None:
        """Accepted with a profile: that waits for the transaction, or belongs to the one that runs already."""
        profile = call.payload.get("chargingProfile")
        if status_of(reply) != "Accepted" or not isinstance(profile, dict):
            return
        transaction = values.text(reply.payload.get("transactionId"))
        if transaction is not None:
            await self.hold(session, call.payload.get("evseId"), profile, transaction)
        else:
            self.records.later(self._starts.add(session.identity, call.payload, self.clock.now()))

    @record(V2, "TransactionEvent", direction=Direction.FROM_STATION, trylast=True)
    def note_event(self, session: SessionView, call: Call, reply: Reply) -> Coroutine[Any, Any, None] | None:
        """A TxProfile ends with its transaction; most other events have nothing to say here."""
        if call.payload.get("eventType") in ("Started", "Ended") or self.awaits_event(session.identity):
            return self.transaction_event(session, call)
        return None

    def awaits_event(self, identity: str) -> bool:
        """Whether any event of a transaction may be the one that is waited for."""
        return self._starts.waits(identity)

    async def transaction_event(self, session: SessionView, call: Call) -> None:
        """The profile of a remote start becomes the transaction's, and what was the transaction's ends with it."""
        payload = call.payload
        info, evse = payload.get("transactionInfo"), payload.get("evse")
        info, evse = info if isinstance(info, dict) else {}, evse if isinstance(evse, dict) else {}
        transaction = values.text(info.get("transactionId"))
        if transaction is None:
            return
        profile = None
        if "remoteStartId" in info:
            profile, changes = self._starts.take(session.identity, info["remoteStartId"], self.clock.now())
            self.records.later(*changes)
        held = await self.held(session)
        if payload.get("eventType") == "Ended":
            self.forget(session, held, of_transaction(held.values(), transaction))
        elif profile is not None:
            await self.hold(session, evse.get("id"), profile, transaction)


def _criteria(payload: dict[str, Any]) -> dict[str, Any]:
    """Of a GetChargingProfiles, in one."""
    profile = payload.get("chargingProfile")
    criteria = dict(profile) if isinstance(profile, dict) else {}
    return criteria | ({"evseId": payload["evseId"]} if "evseId" in payload else {})


def _reported(held: dict[int, ChargingProfile], criteria: dict[str, Any]) -> list[int]:
    """Those that such a report would tell of. Who has set a profile is not in the book: then nobody can say."""
    return [] if "chargingLimitSource" in criteria else meeting(held, criteria)
