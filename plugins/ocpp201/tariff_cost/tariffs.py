"""Whose tariff is which, and what a transaction costs by it: what other plugins find as `ocpp201.tariffs`."""

from collections import OrderedDict
from collections.abc import Mapping
from typing import Any

from broker.api import Context, SessionView, Token, Transaction
from plugins.ocpp201.device_model import number_of
from plugins.ocpp201.tariff_cost.config import TariffOptions
from plugins.ocpp201.tariff_cost.cost import Cost, cost
from plugins.ocpp201.tariff_cost.course import Course, milliseconds
from plugins.ocpp201.tariff_cost.readings import collect
from plugins.ocpp201.tariff_cost.rows import add_meter, course_of, last_moment, phases_of, refresh
from plugins.ocpp201.tariff_cost.tariff import Tariff
from plugins.shared.values import moment, text

SHARED = "ocpp201.tariffs"
#: Courses of transactions that are remembered for their running cost.
COURSES = 4096
_PAGE = 1000
_PAGES = 20


class Tariffs:
    """Chooses the tariff of a driver, and calculates."""

    def __init__(self, config: TariffOptions, context: Context) -> None:
        self._config = config
        self._context = context
        self._running: OrderedDict[tuple[str, str], Course] = OrderedDict()

    @property
    def by_id(self) -> Mapping[str, Tariff]:
        """The tariffs of the options."""
        return self._config.by_id

    def tariff_of(
        self, session: SessionView, who: Token | Mapping[str, Any] | str | None = None
    ) -> dict[str, Any] | None:
        """The TariffType that counts for a token, an IdTokenType or an idToken at this station; None: it is free.

        A token of the table that has not been read of late counts as one without a tariff of its own.
        """
        found = self.chosen(session.identity, self._token(who), self._context.clock.now())
        return None if found is None else found.as_ocpp()

    def chosen(self, identity: str, token: Token | None, at: float) -> Tariff | None:
        """The driver's own tariff, else that of the station, else the default; one that is not valid yet is none."""
        config = self._config
        names = (token.tariff if token is not None else None, config.stations.get(identity), config.default)
        found = (config.by_id[name] for name in names if name is not None and name in config.by_id)
        return next((one for one in found if one.validFrom is None or (moment(one.validFrom) or 0) <= at), None)

    async def of_transaction(self, tx: Transaction) -> Tariff | None:
        """The tariff for the token of a transaction."""
        token = await self._context.records.tokens.find(tx.token) if tx.token else None
        return self.chosen(tx.identity, token, tx.received_at if tx.started_at is None else tx.started_at)

    async def cost(self, session: SessionView, tx: Transaction) -> Cost | None:
        """What a transaction costs so far; None where no tariff applies."""
        return await self.cost_with(tx, ())

    async def cost_with(
        self, tx: Transaction, values: Any, at: float | None = None, *, elapsed: float = 0
    ) -> Cost | None:
        """The same, with meter values that may not be written down yet, up to a moment of the station's clock, or so
        many seconds after its last one.

        What has ended is read from the records once more: what was queued may have come in between.
        """
        phases = phases_of(tx, await self.of_transaction(tx))
        if not phases:
            return None
        course = await self._course(tx)
        refresh(course, tx)
        collect(course, values)
        add_meter(course, tx)
        until = last_moment(tx, course, at) + milliseconds(elapsed)
        if phases[0].at > until:  # the station has one that nobody here knows, until then
            return None
        return cost(phases, course, until, zone=self._config.zone, decimals=self._config.decimals)

    async def _course(self, tx: Transaction) -> Course:
        key = (tx.identity, tx.transaction_id)
        course = self._running.pop(key, None)
        if course is None or tx.ended:
            course = await self._read(tx)
        if not tx.ended:
            self._running[key] = course
            while len(self._running) > COURSES:
                self._running.popitem(last=False)
        return course

    async def _read(self, tx: Transaction) -> Course:
        course, records, after = course_of(tx), self._context.records, 0
        for _ in range(_PAGES):
            rows = await records.meter_values.of_transaction(
                tx.identity, tx.transaction_id, epoch=tx.epoch, after=after, limit=_PAGE
            )
            for row in rows:
                collect(course, row.values)
            if len(rows) < _PAGE:
                break
            after = rows[-1].id
        if tx.reservation_id is not None:
            reservation = await records.reservations.get(tx.identity, tx.reservation_id)
            if reservation is not None and reservation.created_at:
                course.reserved = max(0, course.start - milliseconds(reservation.created_at))
        if tx.evse is not None:
            course.evse_kind = await self._kind(tx.identity, tx.evse)
        return course

    async def _kind(self, identity: str, evse: int) -> str | None:
        """AC or DC: SupplyPhases is 0 for DC (part 2 appendix, EVSE)."""
        phases = await number_of(self._context.records, identity, f"EVSE@{evse}", "SupplyPhases")
        return None if phases is None else "DC" if phases == 0 else "AC"

    def _token(self, who: Token | Mapping[str, Any] | str | None) -> Token | None:
        if isinstance(who, Token) or who is None:
            return who
        named = text(who.get("idToken")) if isinstance(who, Mapping) else who
        try:
            return None if named is None else self._context.records.tokens.peek(named)
        except KeyError:
            return None
