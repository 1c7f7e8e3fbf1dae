"""The device model of each station in `records.variables`: written in lumps, so that a long report costs little.

Reading what is known of a station takes time in proportion to its variables, and a report of 3,000 has hundreds of
parts. So what is told is put aside for a moment, and written with one look at what is there.
"""

import asyncio
from collections.abc import Callable, Coroutine, Iterable, Sequence
from typing import Any
from weakref import WeakValueDictionary

from broker.api import Change, Clock, Records, StoreFailed, Variable
from plugins.ocpp201.provisioning.inventory import MOST
from plugins.ocpp201.provisioning.told import Key, Told, key_of, row_of

#: So many are written at once, at the latest.
_LUMP = 2_000
#: So long after the first, at the latest, in seconds.
_SECONDS = 2.0
#: So few are looked up one by one.
_FEW = 20
#: After so many rows, others have their turn on the event loop.
_TURN = 250

Spawn = Callable[[Coroutine[Any, Any, None]], object]


class DeviceModels:
    """Writes what stations tell of their variables."""

    def __init__(self, records: Records, clock: Clock, spawn: Spawn) -> None:
        self._records, self._clock, self._spawn = records, clock, spawn
        self._waiting: dict[str, dict[Key, Told]] = {}
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    async def report(self, identity: str, told: Iterable[Told]) -> None:
        """Part of a report; with the rest of it, or in two seconds."""
        waiting = self._waiting.get(identity)
        if waiting is None:
            waiting = self._waiting[identity] = {}
            self._spawn(self._soon(identity, waiting))
        waiting.update((one.key, one) for one in told)
        if len(waiting) >= _LUMP:
            await self.flush(identity)

    async def flush(self, identity: str, *, all_of_it: set[Key] | None = None) -> int:
        """Write what waits; what is not in `all_of_it`, the station has no more. How many variables it has then."""
        async with self._lock(identity):
            return await self._flush(identity, all_of_it)

    async def _flush(self, identity: str, all_of_it: set[Key] | None = None) -> int:
        waiting = self._waiting.pop(identity, {})
        known = {key_of(row): row for row in await self._rows(identity)}
        await self._write(identity, waiting.values(), known)
        gone = [] if all_of_it is None else [row for key, row in known.items() if key not in all_of_it]
        self._records.later(*(self._drop(row) for row in gone))
        return len(known.keys() | waiting.keys()) - len(gone)

    async def flush_all(self) -> None:
        """Write what waits of all stations."""
        for identity in tuple(self._waiting):
            await self.flush(identity)

    async def learn(self, identity: str, told: Sequence[Told], gone: Sequence[Key] = ()) -> None:
        """What an answer to a call has said: these are as told, and those of the keys `gone` there are none."""
        async with self._lock(identity):  # what was told before is not to be written after it
            if identity in self._waiting:
                await self._flush(identity)
            known = await self._known(identity, [*(one.key for one in told), *gone], told)
            await self._write(identity, told, known)
            self._records.later(*(self._drop(known[key]) for key in gone if key in known))

    def _lock(self, identity: str) -> asyncio.Lock:
        """Rows are read, changed and written: one after another for each station."""
        return self._locks.setdefault(identity, asyncio.Lock())

    async def _soon(self, identity: str, waiting: dict[Key, Told]) -> None:
        await asyncio.sleep(_SECONDS)
        if self._waiting.get(identity) is waiting:
            await self.flush(identity)

    async def _known(self, identity: str, keys: Sequence[Key], told: Sequence[Told]) -> dict[Key, Variable]:
        """The rows of these keys, and perhaps others; one by one where they are few, and written as they are known."""
        if len(keys) == len(told) <= _FEW:
            try:
                rows = [
                    await self._records.variables.get(identity, one.component, one.variable, one.attribute)
                    for one in told
                ]
            except StoreFailed:
                return {}
            if None not in rows:
                return {key_of(row): row for row in rows if row is not None}
        return {key_of(row): row for row in await self._rows(identity)}

    async def _rows(self, identity: str) -> list[Variable]:
        try:
            return await self._records.variables.of(identity)
        except StoreFailed:  # nothing that a station's answer should wait for
            return []

    async def _write(self, identity: str, told: Iterable[Told], known: dict[Key, Variable]) -> None:
        now, room = self._clock.now(), MOST - len(known)
        changes: list[Change] = []
        for number, one in enumerate(told):
            if number % _TURN == _TURN - 1:
                await asyncio.sleep(0)
            before = known.get(one.key)
            room -= before is None
            row = row_of(identity, one, before, now) if before is not None or room >= 0 else None
            if row is not None:
                changes.append(self._records.variables.put(row))
        self._records.later(*changes)

    def _drop(self, row: Variable) -> Change:
        return self._records.variables.drop(row.identity, row.component, row.variable, row.attribute)
