"""Reservations of one version of OCPP: their numbers, and what happens to them, whoever asked for it."""

import asyncio
from collections.abc import Iterable

from broker.api import Context, OperationFailed, Reply, Reservation, SessionView, StoreFailed
from plugins.shared.ci_string import folded
from plugins.shared.reservation_book import ReservationBook, Step
from plugins.shared.reservations import LIVE, Start, answered, asked, cancelled, ends, fresh_id, meant, used
from plugins.shared.values import text

#: Seconds between two looks for reservations whose time is over.
_LOOK = 60.0


class ReservationDesk:
    """Keeps the reservations of all stations."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._book = ReservationBook(context)
        self._given: dict[str, int] = {}

    # --- for operations ---------------------------------------------------------------------------------------------

    async def fresh(self, identity: str) -> int:
        """A number that no reservation of this station has."""
        rows = await self._context.records.reservations.of(identity)
        chosen = fresh_id({row.reservation_id for row in rows} | {self._given.get(identity, 0)})
        self._given[identity] = chosen  # one that is on its way may have no row yet
        return chosen

    async def only(self, identity: str, evse: int | None, token: str | None) -> int:
        """The number of the one reservation that is open, of this EVSE and for this token where they are said."""
        now = self._context.clock.now()
        wanted = folded(token) if token is not None else None
        rows = [
            row
            for row in await self._context.records.reservations.of(identity)
            if row.status in LIVE
            and ends(row) > now
            and evse in (None, row.evse)
            and wanted in (None, folded(row.token))
        ]
        if len(rows) == 1:
            return rows[0].reservation_id
        if not rows:
            raise OperationFailed("no such reservation is known; one that is not known is cancelled by reservationId")
        numbers = ", ".join(str(row.reservation_id) for row in rows)
        raise OperationFailed(f"that may be several: give the reservationId, one of {numbers}")

    # --- what happens -----------------------------------------------------------------------------------------------

    async def was_asked(self, wanted: Reservation | None) -> None:
        """ReserveNow goes out: noted before, as its answer may never come."""
        if wanted is not None:
            await self._change(wanted, lambda row: asked(row, wanted))

    async def was_answered(self, wanted: Reservation | None, reply: Reply) -> None:
        """The station's word on ReserveNow; the same number again takes the place of what it was."""
        answer, now = _word(reply), self._context.clock.now()
        if wanted is not None:
            await self._change(wanted, lambda row: answered(row, wanted, answer, now))

    async def was_cancelled(self, session: SessionView, number: int | None, reply: Reply) -> None:
        """The station's word on CancelReservation."""
        answer, now = _word(reply), self._context.clock.now()
        await self.step(session.identity, number, lambda row: row and cancelled(row, answer, now))

    async def step(self, identity: str, number: int | None, step: Step) -> None:
        """Take a reservation one step on; None has no number."""
        if number is not None:
            await self._book.change(identity, number, step)

    async def live(self, identity: str) -> list[int]:
        """The numbers of the station's reservations that may still be there."""
        return [row.reservation_id for row in await self._book.rows(identity) if row.status in LIVE]

    async def was_started(self, session: SessionView, start: Start, group: str | None) -> None:
        """Note which reservation a transaction has used; nothing here keeps a transaction from being acknowledged.

        `group` is that of the token that starts, as the answer says.
        """
        try:
            await self._started(session.identity, start, group)
        except StoreFailed as error:
            log = self._context.log
            log.warning("%s: which reservation a transaction has used is not known: %s", session.identity, error)

    async def _started(self, identity: str, start: Start, group: str | None) -> None:
        now, named, transaction_id = self._context.clock.now(), start.reservation_id, start.transaction_id
        rows = [] if named is not None else await self._book.rows(identity)
        if named is None and (not rows or _is_noted(rows, transaction_id)):
            return
        first = await self._first_received(identity, transaction_id)
        if named is None:
            found = meant(rows, start, await self._groups(start.token, group))
            named = None if found is None else found.reservation_id
        await self.step(
            identity, named, lambda row: used(row, transaction_id, now) if row and row.created_at <= first else None
        )

    async def _first_received(self, identity: str, transaction_id: str | None) -> float:
        """When this start came for the first time: a repetition must not use what was reserved after it."""
        transactions = self._context.records.transactions
        known = await transactions.get(identity, transaction_id) if transaction_id is not None else None
        return self._context.clock.now() if known is None else known.received_at

    async def _groups(self, token: str, said: str | None) -> list[str]:
        """The groups of the token that starts, as the answer says and as the tokens say."""
        known = await self._context.records.tokens.find(token) if token else None
        return [group for group in (said, known.parent if known is not None else None) if group]

    async def _change(self, wanted: Reservation, step: Step) -> None:
        await self._book.change(wanted.identity, wanted.reservation_id, step)

    async def watch(self) -> None:
        """End reservations whose time is over, those of stations that are away too."""
        while True:
            try:
                await self._book.sweep()
            except StoreFailed as error:
                self._context.log.warning("reservations whose time is over are not noted: %s", error)
            await asyncio.sleep(_LOOK)


def _is_noted(rows: Iterable[Reservation], transaction_id: str | None) -> bool:
    return any(row.transaction_id == transaction_id is not None for row in rows)


def _word(reply: Reply) -> str:
    """The station's word: its status, or the code of its CALLERROR."""
    return (text(reply.payload.get("status")) if reply.is_result else text(reply.code)) or ""
