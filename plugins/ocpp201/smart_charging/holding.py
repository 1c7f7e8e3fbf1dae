"""The part of `ocpp201.smart_charging` that knows: profiles and transactions, what a station can do and has told."""

import json
from collections.abc import Container, Iterable, Mapping
from typing import Any

from broker.api import BasePlugin, ChargingProfile, Context, OperationFailed, Reply, SessionView, Transaction
from plugins.ocpp201.smart_charging import limits
from plugins.ocpp201.smart_charging.book import row_of
from plugins.ocpp201.smart_charging.checks import Capabilities, capabilities
from plugins.ocpp201.smart_charging.config import SmartChargingConfig
from plugins.ocpp201.smart_charging.kept import Kept
from plugins.shared import values
from plugins.shared.ci_string import folded
from plugins.shared.station_documents import newest

#: Of one station: what it reports is its own to say.
_MOST = 200
NEEDS = "needs"
_MOST_ROWS = 50  # EVSEs, or transactions, of one station
_LONGEST = 300_000  # characters of a profile; three schedules of 1024 periods are less
_CONTROLLER = "SmartChargingCtrlr"
_REQUIRED = ("ProfileStackLevel", "PeriodsPerSchedule", "RateUnit")  # part 2, referenced variables of smart charging
_RESERVED_NAME = "MaxExternalConstraintsId"
_RESERVED = folded(_RESERVED_NAME)


class Holding(BasePlugin):
    """The book of charging profiles, and what is to be known beside it."""

    config: SmartChargingConfig

    def __init__(self, config: SmartChargingConfig, context: Context) -> None:
        super().__init__(config, context)
        self.needs = Kept(context, NEEDS)
        self.ceilings = Kept(context, "ceilings")
        self.limits = Kept(context, "limits")

    def load(self, kept: list[tuple[str, str, Any]]) -> None:
        """Of all documents: identity, key, value."""
        for each in (self.needs, self.ceilings, self.limits):
            each.load(kept)

    async def held(self, session: SessionView) -> dict[int, ChargingProfile]:
        """The station's profiles, read once a session: nobody but this plugin writes them."""
        found: dict[int, ChargingProfile] | None = session.state.get(self.context.name)
        if found is None:
            rows = await self.records.charging_profiles.of(session.identity)
            found = session.state.setdefault(self.context.name, {row.profile_id: row for row in rows})
        return found

    async def hold(self, session: SessionView, evse: Any, profile: Any, transaction: str | None = None) -> None:
        """The station has this profile now. By its id alone: another one in its place it would have refused (K01)."""
        row = row_of(session.identity, evse, profile, at=self.clock.now(), transaction=transaction)
        held = await self.held(session)
        if row is None or (len(held) >= _MOST and row.profile_id not in held) or len(json.dumps(profile)) > _LONGEST:
            return
        held[row.profile_id] = row
        self.records.later(self.records.charging_profiles.put(row))

    def forget(self, session: SessionView, held: dict[int, ChargingProfile], numbers: Iterable[int]) -> None:
        """The station does not have these any more."""
        for number in numbers:
            del held[number]
            self.records.later(self.records.charging_profiles.drop(session.identity, number))

    async def running(self, identity: str) -> list[Transaction]:
        """The open transactions of a station, the oldest first."""
        book = self.shared.get("ocpp201.transactions")
        found = await (self.records.transactions if book is None else book).open_of(identity)
        return sorted((each for each in found if not each.ended), key=lambda each: each.started_at or each.received_at)

    async def running_on(self, identity: str, evse: int) -> Transaction | None:
        """The newest transaction that runs on an EVSE."""
        return next((each for each in reversed(await self.running(identity)) if each.evse == evse), None)

    async def the_one(self, identity: str, evse: int | None, transaction: str | None) -> Transaction:
        """The transaction that an operator means; OperationFailed where that is none, or not clear."""
        known = await self.running(identity)
        if transaction is not None:
            known = [each for each in known if each.transaction_id == transaction]
        if evse:
            known = [each for each in known if each.evse == evse]
        if not known:
            where = f" on EVSE {evse}" if evse else ""
            raise OperationFailed(f"transactionId: no such transaction is known to run{where}")
        if len({each.evse for each in known}) > 1:
            raise OperationFailed("evseId: transactions run on several EVSEs, so say which")
        return known[-1]

    async def capable(self, identity: str) -> Capabilities:
        """What the station's SmartChargingCtrlr is known to be."""
        return capabilities(await self._of_controller(identity))

    async def reserved(self, identity: str) -> int:
        """The greatest id that the station uses for limits from outside; 0 where it does not say (K11.FR.06)."""
        return values.number((await self._of_controller(identity)).get(_RESERVED)) or 0

    async def _of_controller(self, identity: str) -> dict[str, str | None]:
        """Variables of SmartChargingCtrlr by their names in lower case.

        Each by its key, as a device model may be long. Every station has the required ones: if one is not to be found,
        this one has none, or writes names in its own case.
        """
        book = self.records.variables
        rows = [await book.get(identity, _CONTROLLER, name, "Actual") for name in (*_REQUIRED, _RESERVED_NAME)]
        if None in rows[: len(_REQUIRED)]:
            every = await book.of(identity)
            rows = [each for each in every if folded(each.component) == folded(_CONTROLLER)]
        return {folded(row.variable): row.value for row in rows if row and folded(row.attribute) == "actual"}

    # --- what EVs and others have told --------------------------------------------------------------------------------

    async def known_needs(self, identity: str) -> dict[str, dict[str, Any]]:
        """By EVSE: `payload`, `transaction` (None: it has not started yet), `at`, `promised` (a schedule, by us)."""
        return await self.needs.get(identity) or {}

    async def keep_needs(self, identity: str, evse: int, row: dict[str, Any]) -> None:
        """Of an EVSE, in the place of what was known."""
        await self.needs.change(identity, lambda known: newest(known, str(evse), row, _MOST_ROWS))

    async def needs_for(self, identity: str, transaction: Transaction) -> dict[str, Any] | None:
        """The NotifyEVChargingNeeds of the EV of this transaction."""
        row = (await self.known_needs(identity)).get(str(transaction.evse))
        return row["payload"] if row is not None and row["transaction"] == transaction.transaction_id else None

    async def has_needs(self, identity: str, transaction: Any) -> bool:
        """Whether the EV of this transaction has told its charging needs."""
        known = await self.known_needs(identity)
        return any(row["transaction"] == transaction for row in known.values())

    async def known_ceilings(self, identity: str) -> dict[str, tuple[float, str]]:
        """What operators allow transactions at most: the value and its unit, by transactionId."""
        known = await self.ceilings.get(identity) or {}
        return {number: (value, unit) for number, (value, unit) in known.items()}

    async def keep_ceiling(self, identity: str, transaction: str, ceiling: tuple[float, str] | None) -> None:
        """Of a transaction, in the place of what was known; None: there is none."""
        if ceiling is None:
            await self.ceilings.change(identity, lambda known: without(known, [transaction]))
        else:
            await self.ceilings.change(identity, lambda known: newest(known, transaction, list(ceiling), _MOST_ROWS))

    async def known_limits(self, identity: str) -> list[limits.Row]:
        """What others have set on the station."""
        return await self.limits.get(identity) or []


def without(known: Mapping[str, Any] | None, names: Container[str]) -> dict[str, Any]:
    """What is left of it."""
    return {name: value for name, value in (known or {}).items() if name not in names}


def status_of(reply: Reply) -> Any:
    """The status of an answer; None for an error."""
    return reply.payload.get("status") if reply.is_result else None
