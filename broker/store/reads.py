"""What can be asked of a store."""

import sqlite3
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Any, TypeVar

import structlog

from broker.store import ops, queries
from broker.store.ops import Op, Param
from broker.store.rows import DeadRow, OutboxRow, OutboxSummary, StationRows

T = TypeVar("T")

_DAMAGED = "damaged in the store"

_log = structlog.get_logger("broker.store")


class Reads(ABC):
    """The reading half of `Store`. Everything that was committed or given to `later` before is seen.

    `StoreFailed` where the database cannot be read. While the store has failed, reads go on as far as they can, and do
    not see what is kept for later.
    """

    @abstractmethod
    async def _read(self, work: Callable[[sqlite3.Connection], T]) -> T: ...

    @abstractmethod
    def later(self, changes: Sequence[Op]) -> None: ...

    async def outbox(self, identity: str, upstream: str, *, after: int = 0, limit: int = 64) -> list[OutboxRow]:
        """The messages of one outbox, in the order of their ids.

        A damaged one, its bits not what they were when it was written, is not delivered: it goes to the dead letters.
        """
        found: list[OutboxRow] = []
        while True:
            count = limit - len(found)
            good, damaged = await self._read(partial(_outbox, identity, upstream, after, count))
            found += good
            if not damaged:
                return found
            _log.error("damaged messages in the store", identity=identity, upstream=upstream, ids=damaged)
            self.later([ops.bury(number, _DAMAGED, time.time()) for number in damaged])
            if len(good) + len(damaged) < count:
                return found
            after = max([*damaged, *(row.id for row in good)])

    async def outboxes(self) -> list[OutboxSummary]:
        """All outboxes that are not empty."""
        return await self._read(queries.outboxes)

    async def station(self, identity: str) -> StationRows:
        """All that is known of one station."""
        return await self._read(partial(queries.station, identity=identity))

    async def dead(
        self,
        *,
        identity: str | None = None,
        upstream: str | None = None,
        ids: Iterable[int] | None = None,
        after: int = 0,
        limit: int = 100,
    ) -> list[DeadRow]:
        """Dead letters: those with these `ids`, or a page of those of a station, an upstream, or all."""
        if ids is not None:
            return await self._read(partial(queries.dead_by_id, ids=tuple(ids)))
        return await self._read(partial(queries.dead, identity=identity, upstream=upstream, after=after, limit=limit))

    async def tokens(self, upstream: str) -> dict[str, tuple[bytes, float]]:
        """What this upstream said of tokens: data and until when, by digest."""
        return await self._read(partial(queries.tokens, upstream=upstream))

    async def routes(self) -> dict[str, bytes]:
        """Routes that were set while the broker ran, by identity."""
        return await self._read(queries.routes)

    async def credentials(self) -> dict[str, bytes]:
        """What stations were told to log in with, by identity."""
        return await self._read(queries.credentials)

    async def setting(self, name: str) -> bytes | None:
        """What was kept under that name."""
        return await self._read(partial(queries.setting, name=name))

    async def select(
        self,
        table: str,
        where: Sequence[tuple[str, Param]] = (),
        *,
        columns: tuple[str, ...] = (),
        order: tuple[str, ...] = (),
        limit: int | None = None,
    ) -> list[tuple[Any, ...]]:
        """Rows of a table of `csms`: `where` pairs of column and operator, `identity =` say, and value."""
        return await self._read(
            partial(queries.select, table=table, where=where, columns=columns, order=order, limit=limit)
        )

    async def latest_meter_values(self, identity: str, columns: tuple[str, ...]) -> list[tuple[Any, ...]]:
        """The newest of each evse of a station."""
        return await self._read(partial(queries.latest_meter_values, identity=identity, columns=columns))

    async def counts(self, column: str, value: Param) -> dict[str, int]:
        """In how many rows that column has that value, by table."""
        return await self._read(partial(queries.counts, column=column, value=value))

    async def size(self) -> int:
        """Bytes that the rows take, without what is free in the file."""
        return await self._read(queries.size)


def _outbox(
    identity: str, upstream: str, after: int, limit: int, connection: sqlite3.Connection
) -> tuple[list[OutboxRow], list[int]]:
    return queries.outbox(connection, identity, upstream, after, limit)
