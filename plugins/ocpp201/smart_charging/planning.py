"""The part of `ocpp201.smart_charging` that gathers what a schedule follows from, and makes the profile of it."""

import asyncio
import inspect
import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any
from zoneinfo import ZoneInfo

from broker.api import Context, SessionView, Transaction
from plugins.ocpp201.smart_charging import limits
from plugins.ocpp201.smart_charging.book import Rows
from plugins.ocpp201.smart_charging.checks import Capabilities
from plugins.ocpp201.smart_charging.config import SmartChargingConfig
from plugins.ocpp201.smart_charging.ev_needs import Needs, needs_of
from plugins.ocpp201.smart_charging.needs import Situation, schedule_for
from plugins.ocpp201.smart_charging.operations import Operations
from plugins.ocpp201.smart_charging.prices import Prices, hourly, of_tariff
from plugins.ocpp201.smart_charging.profile import given
from plugins.ocpp201.versions import V21
from plugins.shared import values
from plugins.shared.charging.schedule import Limit, Schedule, schedule_of

#: A stranger's algorithm: of the session, the transaction and the situation the chargingSchedulePeriod, or None.
SCHEDULE = "ocpp201.smart_charging.schedule"
Algorithm = Callable[[SessionView, Transaction, Situation], Any]
_PATIENCE = 50.0  # K15.FR.05: what is Processing comes soon
_OF_STATION = ("ChargingStationMaxProfile", "ChargingStationExternalConstraints")


class Planning(Operations):
    """From needs, limits, prices and the site to a TxProfile."""

    def __init__(self, config: SmartChargingConfig, context: Context) -> None:
        super().__init__(config, context)
        self._zone = ZoneInfo(config.time_zone)
        self._hourly = hourly(config.prices, self._zone)

    # --- the schedule -----------------------------------------------------------------------------------------------

    async def situation(
        self,
        session: SessionView,
        transaction: Transaction,
        payload: dict[str, Any],
        ceilings: Sequence[tuple[float, str]] = (),
    ) -> Situation:
        """All that the schedule of this transaction follows from; `ceilings`: values with their unit."""
        needs = needs_of(payload) or Needs(mode="", phases=3)
        capable = await self.capable(session.identity)
        evse = transaction.evse or 0
        running = await self.running(session.identity)
        most = [each for each in (capable.max_periods, needs.tuples) if each is not None and each > 0]
        found = Situation(
            start=math.floor(self.clock.now()),
            unit=_unit(needs, capable),
            voltage=self.config.line_voltage,
            needs=needs,
            limits=(
                *limits.schedules_of(await self.known_limits(session.identity), evse),
                *_of_station(await self.held(session), evse),
            ),
            sharers=max(1, len(running)),
            prices=await self._prices(session, transaction, needs),
            most_periods=min(most, default=None),
        )
        told = (found.value_of(Limit(value, None), unit) for value, unit in ceilings)
        return replace(found, ceiling=min(told, default=None))

    async def periods(
        self, session: SessionView, transaction: Transaction, situation: Situation
    ) -> list[dict[str, Any]] | None:
        """The chargingSchedulePeriod: of a stranger's algorithm where there is one, else our own."""
        algorithm: Algorithm | None = self.shared.get(SCHEDULE)
        if algorithm is not None:
            try:
                return await self._theirs(algorithm, session, transaction, situation)
            except Exception:
                self.log.exception("%s: the algorithm in %s failed, so ours is used", session.identity, SCHEDULE)
        found = schedule_for(situation)
        if found is None:
            return None
        more: dict[str, Any] = {} if situation.needs.phases is None else {"numberPhases": situation.needs.phases}
        if session.version == V21 and situation.needs.bidirectional:
            more["operationMode"] = "ChargingOnly"  # Q01: what feeds back is for an operator, or another algorithm
        return [{"startPeriod": each.start, "limit": each.limit, **more} for each in found]

    async def _theirs(
        self, algorithm: Algorithm, session: SessionView, transaction: Transaction, situation: Situation
    ) -> list[dict[str, Any]] | None:
        async with asyncio.timeout(_PATIENCE):
            found = algorithm(session, transaction, situation)
            if inspect.isawaitable(found):
                found = await found
        if found is not None and not isinstance(found, list):
            raise TypeError("a list of periods, or None")
        return found or None

    async def profile_for(
        self, session: SessionView, transaction: Transaction, situation: Situation
    ) -> dict[str, Any] | None:
        """The TxProfile; None where there is nothing to say. It takes the place of the one before (K01.FR.39)."""
        periods = await self.periods(session, transaction, situation)
        if periods is None:
            return None
        level = self.config.stack_level
        rows = [row for row in (await self.held(session)).values() if row.transaction_id == transaction.transaction_id]
        same = [row.profile_id for row in rows if row.purpose == "TxProfile" and row.stack_level == level]
        number = same[0] if same else await self.fresh_number(session)
        schedule = {
            "id": number,
            "startSchedule": values.timestamp(situation.start),
            "chargingRateUnit": situation.unit,
            "chargingSchedulePeriod": periods,
        }
        return {
            "id": number,
            "stackLevel": level,
            "chargingProfilePurpose": "TxProfile",
            "chargingProfileKind": "Absolute",
            "transactionId": transaction.transaction_id,
            "chargingSchedule": [given(schedule)],
        }

    async def _prices(self, session: SessionView, transaction: Transaction, needs: Needs) -> Prices | None:
        """Of the tariff of the transaction's token where time matters in it, else of the configuration."""
        book = self.shared.get("ocpp201.tariffs")
        tariff = None
        if book is not None and transaction.token is not None:
            try:
                token = {"idToken": transaction.token, "type": transaction.token_type or ""}
                tariff = book.tariff_of(session, token)
                tariff = await tariff if inspect.isawaitable(tariff) else tariff
            except Exception:
                self.log.exception("%s: the tariff of a transaction cannot be had", session.identity)
        found = of_tariff(tariff, self._zone, direct=needs.phases is None)
        return self._hourly if found is None or found.flat else found


def _unit(needs: Needs, capable: Capabilities) -> str:
    """Amperes for AC, as they do not depend on the phases in use; watts for DC and for EVs that tell watts."""
    best = "A" if needs.phases is not None and needs.max_power is None else "W"
    allowed_units = capable.units or {best}
    return best if best in allowed_units else next(iter(sorted(allowed_units)))


def _of_station(held: Rows, evse: int) -> list[Schedule]:
    """What the station holds for all of itself, or was told by others for this EVSE."""
    rows = [row for row in held.values() if row.purpose in _OF_STATION and row.evse in (0, evse)]
    return [read for row in rows if (read := schedule_of(row.profile, row.evse)) is not None]
