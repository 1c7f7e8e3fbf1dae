"""OCPP 1.6 Smart Charging profile: charging profiles of every purpose, set, cleared, computed, and known (3.13)."""

import math
from collections.abc import Iterable
from typing import Any

from pydantic import Field

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
    Transaction,
    Version,
    hookimpl,
    operation,
    record,
)
from plugins.ocpp16.charging_book import cleared_by, described, of_ended, of_others, replaced_by, row_of
from plugins.ocpp16.charging_checks import capabilities, faults
from plugins.ocpp16.charging_params import ClearParams, CompositeParams, NoParams, SetParams
from plugins.ocpp16.charging_profile import composed
from plugins.ocpp16.charging_remote import RemoteStarts
from plugins.ocpp16.remote_start import fresh_id
from plugins.shared import values
from plugins.shared.charging.composite import Asked, composite
from plugins.shared.charging.schedule import schedule_of

V16 = "ocpp1.6"
ACTIONS = ("ClearChargingProfile", "GetCompositeSchedule", "SetChargingProfile")
_CLEARED = ("Accepted", "Unknown")  # 7.21: Unknown says that there is none such at the station


class SmartCharging(BasePlugin):
    """OCPP 1.6 Smart Charging: sends charging profiles, and knows those that a station holds."""

    name = "ocpp16.smart_charging"

    class Config(BasePlugin.Config):
        line_voltage: float | None = Field(default=None, gt=0)
        """Volts between a phase and neutral, as set for the area (7.12). Without it, an expected composite schedule
        leaves profiles in the other unit out."""
        valid_days: float = Field(default=365, gt=0, le=36_500)
        """How long a composed profile is valid where neither validTo nor duration says so."""
        remote_start_timeout: float = Field(default=900, gt=0)
        """Seconds in which a remote start becomes a transaction, or its profile is forgotten."""

    config: Config

    def __init__(self, config: Config, context: Context) -> None:
        super().__init__(config, context)
        self._starts: RemoteStarts | None = None

    @hookimpl
    def register_actions(self) -> list[Action]:
        """The calls of this profile; all of them go to the station."""
        return [Action(Version.V16, name, Direction.TO_STATION, "SmartCharging") for name in ACTIONS]

    # What an operator asks for.

    @operation("set-charging-profile", V16)
    async def set_profile(self, session: SessionView, params: SetParams) -> dict[str, Any]:
        """Compose a charging profile, or take one that is given whole, and set it (5.16)."""
        rows = await self.records.charging_profiles.of(session.identity)
        if params.csChargingProfiles is None:
            connector, profile = await self._composed(session, params, rows)
        else:
            connector, profile = await self._given(session, params, params.csChargingProfiles)
        if not params.force:
            await self._check(session, connector, profile)
        payload = {"connectorId": connector, "csChargingProfiles": profile}
        answer = self.result_of(await session.call("SetChargingProfile", payload))
        shown = {"status": answer.get("status"), "chargingProfileId": profile.get("chargingProfileId")}
        return shown | payload

    @operation("clear-charging-profile", V16)
    async def clear_profile(self, session: SessionView, params: ClearParams) -> dict[str, Any]:
        """Clear the charging profiles that meet all that is given; all of them where nothing is (5.5)."""
        payload = params.model_dump(exclude_none=True)
        answer = self.result_of(await session.call("ClearChargingProfile", payload))
        return {"status": answer.get("status")}

    @operation("get-composite-schedule", V16)
    async def composite_schedule(self, session: SessionView, params: CompositeParams) -> dict[str, Any]:
        """Ask for the composite schedule of a connector, and show what is expected beside it (5.7)."""
        answer = self.result_of(await session.call("GetCompositeSchedule", params.model_dump(exclude_none=True)))
        return answer | {"expected": await self._expected(session, params, answer)}

    @operation("charging-profiles", V16)
    async def profiles(self, session: SessionView, params: NoParams) -> dict[str, Any]:
        """The charging profiles that the station is known to hold, without asking it."""
        rows = await self.records.charging_profiles.of(session.identity)
        return {"chargingProfiles": [described(row) for row in sorted(rows, key=lambda row: row.profile_id)]}

    # What happened, whoever asked for it.

    @record(V16, "SetChargingProfile", direction=Direction.TO_STATION)
    async def note_set(self, session: SessionView, call: Call, reply: Reply) -> None:
        """Accepted: the station holds it now."""
        if _status(reply) != "Accepted":
            return
        connector, profile = call.payload.get("connectorId"), call.payload.get("csChargingProfiles")
        transaction = None
        if isinstance(profile, dict) and profile.get("chargingProfilePurpose") == "TxProfile":  # may name none (5.16)
            running = await self._running(session.identity, values.whole(connector) or 0)
            transaction = None if running is None else running.transaction_id
        await self._hold(session, connector, profile, transaction)

    @record(V16, "ClearChargingProfile", direction=Direction.TO_STATION)
    async def note_clear(self, session: SessionView, call: Call, reply: Reply) -> None:
        """Accepted: they are gone; Unknown: the station has none such, whatever the book says."""
        if _status(reply) in _CLEARED:
            held = await self._held(session)
            self._forget(session, held, cleared_by(held, call.payload))

    @record(V16, "RemoteStartTransaction", direction=Direction.TO_STATION)
    async def note_remote_start(self, session: SessionView, call: Call, reply: Reply) -> None:
        """Accepted with a profile: that waits for the transaction (5.16.2)."""
        if _status(reply) == "Accepted" and isinstance(call.payload.get("chargingProfile"), dict):
            starts = await self._remote_starts()
            self.records.later(starts.add(session.identity, call.payload, self.clock.now()))

    @record(V16, "StartTransaction", direction=Direction.FROM_STATION)
    async def note_start(self, session: SessionView, call: Call, reply: Reply) -> None:
        """The profile of a remote start becomes the transaction's; those of the transaction before are gone."""
        transaction = values.whole(reply.payload.get("transactionId")) if reply.is_result else None
        connector = values.whole(call.payload.get("connectorId"))
        if transaction is None or connector is None:
            return
        starts = await self._remote_starts()
        profile, changes = starts.take(session.identity, call.payload, self.clock.now())
        if changes:
            self.records.later(*changes)
        held = session.state.get(self.context.name)
        if held:
            self._forget(session, held, of_others(held.values(), connector, str(transaction)))
        if profile is not None:
            await self._hold(session, connector, profile, str(transaction))

    @record(V16, "StopTransaction", direction=Direction.FROM_STATION)
    async def note_stop(self, session: SessionView, call: Call, reply: Reply) -> None:
        """A TxProfile ends with its transaction (3.13.1, 7.10)."""
        transaction = values.whole(call.payload.get("transactionId"))
        if transaction is not None and reply.is_result:
            held = await self._held(session)
            self._forget(session, held, of_ended(held.values(), str(transaction)))

    # How.

    async def _composed(
        self, session: SessionView, params: SetParams, rows: Iterable[ChargingProfile]
    ) -> tuple[int, dict[str, Any]]:
        connector, transaction = params.connectorId, None
        if params.purpose == "TxProfile" and params.transactionId is None:
            running = await self._running(session.identity, connector)
            if running is not None:
                connector, transaction = running.evse, values.number(running.transaction_id)
            elif not params.force:
                where = "" if connector is None else f" on connector {connector}"
                raise OperationFailed(f"transactionId: no transaction is known to run{where}")
        if connector is None:
            connector = await self._connector_of(session, params.purpose, params.transactionId)
        number = fresh_id({row.profile_id for row in rows})
        try:
            profile = composed(
                params, number=number, transaction=transaction, now=self.clock.now(), valid_days=self.config.valid_days
            )
        except ValueError as error:
            raise OperationFailed(str(error)) from None
        return connector, profile

    async def _given(
        self, session: SessionView, params: SetParams, profile: dict[str, Any]
    ) -> tuple[int, dict[str, Any]]:
        more = params.model_fields_set - {"csChargingProfiles", "connectorId", "force"}
        if more:
            raise OperationFailed(f"{', '.join(sorted(more))}: has no place beside csChargingProfiles")
        if params.connectorId is not None:
            return params.connectorId, profile
        purpose, transaction = profile.get("chargingProfilePurpose"), values.whole(profile.get("transactionId"))
        return await self._connector_of(session, purpose, transaction), profile

    async def _connector_of(self, session: SessionView, purpose: Any, transaction: int | None) -> int:
        """The connector where none is said: that of the transaction, or the whole station."""
        if purpose != "TxProfile":
            return 0
        found = None
        if transaction is not None:
            found = await self.records.transactions.get(session.identity, str(transaction))
        connector = None if found is None else found.evse
        if not connector:
            raise OperationFailed("connectorId: is not known for this transaction, so say it")
        return connector

    async def _check(self, session: SessionView, connector: int, profile: dict[str, Any]) -> None:
        keys = await self.records.variables.of(session.identity)
        found = faults(profile, connector, capabilities({row.variable: row.value for row in keys}))
        if found:
            raise OperationFailed("; ".join(map(str, found)))

    async def _running(self, identity: str, connector: Any) -> Transaction | None:
        """The newest transaction that runs on the connector; where none is named, the one that runs at all."""
        known = await self.records.transactions.open_of(identity)
        known = [each for each in known if each.evse and connector in (None, each.evse)]
        if connector is None and len({each.evse for each in known}) > 1:
            raise OperationFailed("connectorId: transactions run on several connectors, so say which")
        return max(known, key=lambda each: each.started_at or each.received_at, default=None)

    async def _expected(self, session: SessionView, params: CompositeParams, answer: dict[str, Any]) -> dict[str, Any]:
        """The composite schedule by the book, for the time and in the unit of the station's answer."""
        rows = await self.records.charging_profiles.of(session.identity)
        read = [schedule_of(row.profile, row.evse, row.transaction_id) for row in rows]
        schedules = [each for each in read if each is not None]
        running = await self._running(session.identity, params.connectorId)
        start = values.moment(answer.get("scheduleStart"))
        began = running.started_at if running is not None else None
        told = answer.get("chargingSchedule")
        unit = params.chargingRateUnit or (told.get("chargingRateUnit") if isinstance(told, dict) else None)
        asked = Asked(
            evse=params.connectorId,
            start=math.floor(self.clock.now() if start is None else start),
            duration=params.duration,
            unit=unit or (schedules[0].unit if schedules else "A"),
            voltage=self.config.line_voltage,
            transaction=None if running is None else running.transaction_id,
            transaction_start=None if began is None else math.floor(began),
        )
        return composite(schedules, asked).describe()

    async def _hold(self, session: SessionView, connector: Any, profile: Any, transaction: str | None) -> None:
        now = self.clock.now()
        row = row_of(session.identity, connector, profile, at=now, transaction=transaction)
        if row is None:
            return
        held = await self._held(session)
        self._forget(session, held, replaced_by(held, row))
        held[row.profile_id] = row
        self.records.later(self.records.charging_profiles.put(row))

    def _forget(self, session: SessionView, held: dict[int, ChargingProfile], numbers: Iterable[int]) -> None:
        book = self.records.charging_profiles
        for number in numbers:
            del held[number]
            self.records.later(book.drop(session.identity, number))

    async def _held(self, session: SessionView) -> dict[int, ChargingProfile]:
        """The station's profiles, read once a session: nobody but this plugin writes them."""
        held: dict[int, ChargingProfile] | None = session.state.get(self.context.name)
        if held is None:
            rows = await self.records.charging_profiles.of(session.identity)
            held = session.state.setdefault(self.context.name, {row.profile_id: row for row in rows})
        return held

    async def _remote_starts(self) -> RemoteStarts:
        if self._starts is None:
            self._starts = RemoteStarts(self.documents, self.config.remote_start_timeout)
        await self._starts.load()
        return self._starts


def _status(reply: Reply) -> Any:
    return reply.payload.get("status") if reply.is_result else None
