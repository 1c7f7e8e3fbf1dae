"""The part of `ocpp201.smart_charging` that does what operators ask."""

import math
from typing import Any

from broker.api import Context, OperationFailed, SessionView, Transaction, operation
from plugins.ocpp201.request_ids import RequestIds
from plugins.ocpp201.smart_charging.book import described, fresh_number
from plugins.ocpp201.smart_charging.checks import faults
from plugins.ocpp201.smart_charging.config import SmartChargingConfig
from plugins.ocpp201.smart_charging.holding import status_of
from plugins.ocpp201.smart_charging.params import (
    ClearParams,
    CompositeParams,
    NoParams,
    ReportParams,
    SetParams,
)
from plugins.ocpp201.smart_charging.profile import composed, given
from plugins.ocpp201.smart_charging.recording import Recording
from plugins.ocpp201.versions import V2
from plugins.shared import values
from plugins.shared.charging.composite import Asked, composite
from plugins.shared.charging.schedule import schedule_of


class Operations(Recording):
    """Sets, clears, asks for and computes."""

    def __init__(self, config: SmartChargingConfig, context: Context) -> None:
        super().__init__(config, context)
        self._numbers = RequestIds(self.clock)

    @operation("set-charging-profile", V2)
    async def set_profile(self, session: SessionView, params: SetParams) -> dict[str, Any]:
        """Compose a charging profile, or take one that is given whole, and set it (K01 to K04)."""
        if params.chargingProfile is None:
            evse, profile = await self._composed(session, params)
        else:
            evse, profile = await self._given(session, params, params.chargingProfile)
        if not params.force:
            negotiated = await self.has_needs(session.identity, profile.get("transactionId"))
            found = faults(profile, evse, await self.capable(session.identity), negotiated=negotiated)
            if found:
                raise OperationFailed("; ".join(map(str, found)))
        payload = {"evseId": evse, "chargingProfile": profile}
        answer = self.result_of(await session.call("SetChargingProfile", payload))
        return given({"status": answer.get("status"), "statusInfo": answer.get("statusInfo")}) | payload

    @operation("clear-charging-profile", V2)
    async def clear_profile(self, session: SessionView, params: ClearParams) -> dict[str, Any]:
        """Clear one profile by its id, or all that meet the criteria; every one where none is given (K10)."""
        criteria = _criteria(params.evseId, params.purpose, params.stackLevel)
        payload = given({"chargingProfileId": params.id, "chargingProfileCriteria": criteria or None})
        if not payload:
            payload = {"chargingProfileCriteria": {}}  # K10.FR.02: one of the two is there
        answer = self.result_of(await session.call("ClearChargingProfile", payload))
        return given({"status": answer.get("status"), "statusInfo": answer.get("statusInfo")})

    @operation("get-charging-profiles", V2)
    async def get_profiles(self, session: SessionView, params: ReportParams) -> dict[str, Any]:
        """Have the station report the charging profiles that it holds (K09)."""
        number = self._numbers.next() if params.requestId is None else params.requestId
        criteria = given({"chargingProfilePurpose": params.purpose, "stackLevel": params.stackLevel})
        criteria |= given(
            {"chargingProfileId": params.chargingProfileId, "chargingLimitSource": params.chargingLimitSource}
        )
        payload = given({"requestId": number, "evseId": params.evseId, "chargingProfile": criteria})
        shown: dict[str, Any] = {"requestId": number, "complete": False, "chargingProfiles": []}
        if params.wait:
            self.reports.open(session.identity, number)
        try:
            reply = await session.call("GetChargingProfiles", payload)
            shown |= {"status": self.result_of(reply).get("status")}
            if status_of(reply) == "NoProfiles":
                shown["complete"] = True
            elif status_of(reply) == "Accepted" and params.wait:
                rows, complete = await self.reports.collect(session.identity, number, params.timeout)
                shown |= {"chargingProfiles": rows, "complete": complete}
        finally:
            if params.wait:
                self.reports.close(session.identity, number)
        return shown

    @operation("get-composite-schedule", V2)
    async def composite_schedule(self, session: SessionView, params: CompositeParams) -> dict[str, Any]:
        """Ask for the composite schedule of an EVSE, and show what is expected beside it (K08)."""
        answer = self.result_of(await session.call("GetCompositeSchedule", params.model_dump(exclude_none=True)))
        return answer | {"expected": await self._expected(session, params, answer)}

    @operation("charging-profiles", V2)
    async def profiles(self, session: SessionView, params: NoParams) -> dict[str, Any]:
        """The charging profiles that the station is known to hold, without asking it."""
        rows = (await self.held(session)).values()
        return {"chargingProfiles": [described(row) for row in sorted(rows, key=lambda row: row.profile_id)]}

    async def _composed(self, session: SessionView, params: SetParams) -> tuple[int, dict[str, Any]]:
        evse, transaction = params.evseId, params.transactionId
        if params.purpose == "TxProfile" and (evse is None or transaction is None):
            running = await self._meant(session, params)
            if running is not None:
                evse = evse or running.evse
                transaction = transaction or running.transaction_id
        number = await self.fresh_number(session)
        try:
            profile = composed(
                params,
                number=number,
                transaction=transaction if params.purpose == "TxProfile" else None,
                now=self.clock.now(),
                valid_days=self.config.valid_days,
            )
        except ValueError as error:
            raise OperationFailed(str(error)) from None
        return evse or 0, profile

    async def _meant(self, session: SessionView, params: SetParams) -> Transaction | None:
        try:
            return await self.the_one(session.identity, params.evseId, params.transactionId)
        except OperationFailed:
            if params.force:
                return None
            raise

    async def _given(
        self, session: SessionView, params: SetParams, profile: dict[str, Any]
    ) -> tuple[int, dict[str, Any]]:
        more = params.model_fields_set - {"chargingProfile", "evseId", "force"}
        if more:
            raise OperationFailed(f"{', '.join(sorted(more))}: has no place beside chargingProfile")
        if params.evseId is not None or profile.get("chargingProfilePurpose") != "TxProfile":
            return params.evseId or 0, profile
        running = await self.the_one(session.identity, None, values.text(profile.get("transactionId")))
        return running.evse or 0, profile

    async def fresh_number(self, session: SessionView) -> int:
        """An id that no profile has, and that stations do not use for limits from outside (K11.FR.06)."""
        return fresh_number(await self.held(session), above=await self.reserved(session.identity))

    async def _expected(self, session: SessionView, params: CompositeParams, answer: dict[str, Any]) -> dict[str, Any]:
        """The composite schedule by the book, for the time and in the unit of the station's answer."""
        rows = (await self.held(session)).values()
        read = [schedule_of(row.profile, row.evse, row.transaction_id) for row in rows]
        schedules = [each for each in read if each is not None]
        running = await self.running_on(session.identity, params.evseId)
        told = answer.get("schedule")
        told = told if isinstance(told, dict) else {}
        start = values.moment(told.get("scheduleStart"))
        began = running.started_at if running is not None else None
        unit = params.chargingRateUnit or told.get("chargingRateUnit")
        asked = Asked(
            evse=params.evseId,
            start=math.floor(self.clock.now() if start is None else start),
            duration=params.duration,
            unit=unit if unit in ("A", "W") else (schedules[0].unit if schedules else "A"),
            voltage=self.config.line_voltage,
            transaction=None if running is None else running.transaction_id,
            transaction_start=None if began is None else math.floor(began),
        )
        return composite(schedules, asked).describe()


def _criteria(evse: int | None, purpose: str | None, level: int | None) -> dict[str, Any]:
    return given({"evseId": evse, "chargingProfilePurpose": purpose, "stackLevel": level})
