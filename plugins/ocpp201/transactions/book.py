"""The transactions that are under way, in memory: each is read from the records once, and merged with each event.

What is here is ahead of the records by the event that is being answered. Bounded: the one that was not asked for
longest goes first, and is read again when it is.
"""

from collections import OrderedDict, deque
from collections.abc import Mapping
from typing import Any

import msgspec

from broker.api import Call, Change, Context, SessionView, Transaction
from plugins.ocpp201.transactions import merge
from plugins.ocpp201.transactions.event import Event, read, transaction_id_of

#: What others find it under.
SHARED = "ocpp201.transactions"
MOST = 4_096
_REPEATS = 16

Key = tuple[str, str]


class Entry:
    """One transaction, the event that it was merged with last, and which ones are written down."""

    __slots__ = ("event", "raw", "tx", "written")

    def __init__(self, tx: Transaction) -> None:
        self.tx = tx
        self.event: Event | None = None
        self.raw: bytes | None = None
        self.written: deque[int] = deque(maxlen=_REPEATS)
        """Digests of events that need no writing when they come again."""


class Book:
    """What `shared["ocpp201.transactions"]` offers, and what the recorder needs besides."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._entries: OrderedDict[Key, Entry] = OrderedDict()

    async def get(self, identity: str, transaction_id: str) -> Transaction | None:
        """All that is known of it now, the event that is being answered included; None for one that nobody knows."""
        entry = await self._of(identity, transaction_id)
        return None if entry is None else entry.tx

    async def note(self, identity: str, transaction_id: str, members: Mapping[str, Any]) -> Change | None:
        """Add members to its `details`, at once here; the change has to be given to the records. None: nobody knows it.

        What is merged out of events has its own members, see `merge`.
        """
        entry = await self._of(identity, transaction_id)
        if entry is None:
            return None
        entry.tx = msgspec.structs.replace(entry.tx, details={**entry.tx.details, **members})
        return self._context.records.transactions.put(entry.tx)

    async def seen(self, session: SessionView, call: Call) -> Transaction | None:
        """The transaction with this TransactionEvent, which may be shown here as often as anybody likes."""
        entry = self.known(session, call)
        if entry is None:
            entry = await self.entry(session, call)
        return None if entry is None else entry.tx

    async def open_of(self, identity: str) -> list[Transaction]:
        """Those of a station that have not ended."""
        found = {row.transaction_id: row for row in await self._context.records.transactions.open_of(identity)}
        found |= {key[1]: entry.tx for key, entry in self._entries.items() if key[0] == identity}
        return [row for row in found.values() if not row.ended]

    def known(self, session: SessionView, call: Call) -> Entry | None:
        """The entry with this event where nothing has to be read; else None."""
        transaction_id = transaction_id_of(call.payload)
        if transaction_id is None:
            return None
        key = (session.identity, transaction_id)
        entry = self._entries.get(key)
        if entry is None:
            return None
        self._entries.move_to_end(key)
        return self._merge(entry, call)

    async def entry(self, session: SessionView, call: Call) -> Entry | None:
        """The entry with this event; None where it names no transaction."""
        transaction_id = transaction_id_of(call.payload)
        if transaction_id is None:
            return None
        key = (session.identity, transaction_id)
        row = await self._context.records.transactions.get(*key)
        if row is None:
            row = merge.blank(*key, str(call.version), self._context.clock.now())
        return self._merge(self._enter(key, row), call)

    async def _of(self, identity: str, transaction_id: str) -> Entry | None:
        key = (identity, transaction_id)
        entry = self._entries.get(key)
        if entry is None:
            row = await self._context.records.transactions.get(identity, transaction_id)
            entry = None if row is None else self._enter(key, row)
        return entry

    def _enter(self, key: Key, row: Transaction) -> Entry:
        """Unless somebody else has entered it while it was read."""
        entry = self._entries.setdefault(key, Entry(row))
        while len(self._entries) > MOST:
            self._entries.popitem(last=False)
        return entry

    def _merge(self, entry: Entry, call: Call) -> Entry:
        if entry.raw is call.raw or entry.raw == call.raw:
            return entry
        event = read(call.payload)
        if event is not None:
            entry.tx = merge.merged(entry.tx, event, self._context.clock.now())
            entry.event, entry.raw = event, call.raw
        return entry
