"""The reservations of all stations: a row each, and which of them something is still to come of.

The second is kept in memory, so that a StatusNotification or a StartTransaction of a station without reservations
costs no read, and as the plugin's documents, so that it outlives the process. The rows are the truth: each is read
before it is changed, as an operator may have deleted it, or its idTag, meanwhile.
"""

import asyncio
from collections.abc import Callable

from broker.api import Change, Context, Reservation
from plugins.shared.reservations import awaited, expired, next_look

Step = Callable[[Reservation | None], Reservation | None]
"""From the row as it is, None for none, to the row as it shall be, None for no change."""


class ReservationBook:
    """Reads and writes reservations, one change at a time."""

    __slots__ = ("_context", "_open", "_turn")

    def __init__(self, context: Context) -> None:
        self._context = context
        self._open: dict[str, dict[int, float]] | None = None
        self._turn = asyncio.Lock()

    async def rows(self, identity: str) -> list[Reservation]:
        """The station's reservations, ended ones too; none where nothing is to come of any."""
        known = await self._known()
        return await self._context.records.reservations.of(identity) if identity in known else []

    async def change(self, identity: str, number: int, step: Step) -> None:
        """Take a reservation one step on. Raises StoreFailed where it cannot be read."""
        known = await self._known()
        async with self._turn:
            after = step(await self._context.records.reservations.get(identity, number))
            if after is not None:
                self._context.records.later(self._put(after), *self._noted(known, after))

    async def sweep(self) -> None:
        """End the reservations whose time is over, of every station, connected or not."""
        now = self._context.clock.now()
        known = await self._known()
        due = [(identity, number) for identity, mine in known.items() for number, at in mine.items() if at <= now]
        for identity, number in due:
            async with self._turn:
                await self._look(known, identity, number, now)

    async def _look(self, known: dict[str, dict[int, float]], identity: str, number: int, now: float) -> None:
        row = await self._context.records.reservations.get(identity, number)
        after = None if row is None else expired(row, now)
        last = after or row
        changes = [] if after is None else [self._put(after)]
        if last is not None and awaited(last) and next_look(last) > now:
            changes += self._noted(known, last)
        else:
            changes += self._dropped(known, identity, number)
        self._context.records.later(*changes)

    async def _known(self) -> dict[str, dict[int, float]]:
        """By station: the numbers of its awaited reservations, and when to look at each."""
        if self._open is None:
            documents = await self._context.documents.all()
            if self._open is None:
                self._open = {}
                for identity, key, at in documents:
                    self._open.setdefault(identity, {})[int(key)] = float(at)
        return self._open

    def _put(self, row: Reservation) -> Change:
        return self._context.records.reservations.put(row)

    def _noted(self, known: dict[str, dict[int, float]], row: Reservation) -> list[Change]:
        if not awaited(row):
            return self._dropped(known, row.identity, row.reservation_id)
        at = next_look(row)
        known.setdefault(row.identity, {})[row.reservation_id] = at
        return [self._context.documents.put(row.identity, str(row.reservation_id), at)]

    def _dropped(self, known: dict[str, dict[int, float]], identity: str, number: int) -> list[Change]:
        mine = known.get(identity, {})
        if mine.pop(number, None) is None:
            return []
        if not mine:
            del known[identity]
        return [self._context.documents.drop(identity, str(number))]
