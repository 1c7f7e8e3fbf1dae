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
from plugins.ocpp201.transactions.event import STARTED, Event, read, transaction_id_of
from plugins.shared.ci_string import folded

#: What others find it under.
SHARED = "ocpp201.transactions"
MOST = 4_096
_REPEATS = 16
_LATEST = 100
"""What a station may still tell of after a restart: it says again what was not answered, which is of its latest."""
_MOST_HEARD = 1_000

Key = tuple[str, str]


class Entry:
    """One transaction, the event that it was merged with last, and which ones are written down."""

    __slots__ = ("digest", "event", "tx", "written")

    def __init__(self, tx: Transaction) -> None:
        self.tx = tx
        self.event: Event | None = None
        """Without what it measured, which may be long, and is in the transaction."""
        self.digest: int | None = None
        self.written: deque[int] = deque(maxlen=_REPEATS)
        """Digests of events that need no writing when they come again."""


class Book:
    """What `shared["ocpp201.transactions"]` offers, and what the recorder needs besides."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._entries: OrderedDict[Key, Entry] = OrderedDict()
        self._heard: OrderedDict[str, set[int]] = OrderedDict()
        """By station, the hashes of the ids that may be in the records; a new transaction is not looked for there."""

    def forgotten(self, identity: str | None, token: str | None) -> None:
        """A station or a token was forgotten: what was written over in the records must not stay here."""
        name = None if token is None else folded(token)
        for key, entry in list(self._entries.items()):
            if key[0] == identity or (name is not None and name in _tokens_of(entry.tx)):
                del self._entries[key]

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
            if not self._is_new(key, call):
                return None
            entry = self._enter(key, self._blank(key, call))
        self._entries.move_to_end(key)
        return self._merge(entry, call)

    async def entry(self, session: SessionView, call: Call) -> Entry | None:
        """The entry with this event; None where it names no transaction."""
        transaction_id = transaction_id_of(call.payload)
        if transaction_id is None:
            return None
        key = (session.identity, transaction_id)
        row = await self._read(key, call)
        return self._merge(self._enter(key, row or self._blank(key, call)), call)

    async def _of(self, identity: str, transaction_id: str) -> Entry | None:
        key = (identity, transaction_id)
        entry = self._entries.get(key)
        if entry is None:
            row = await self._read(key)
            entry = None if row is None else self._enter(key, row)
        return entry

    async def _read(self, key: Key, call: Call | None = None) -> Transaction | None:
        """The row, which is looked for unless `call` is the begin of one that cannot be there."""
        identity, _ = key
        if identity not in self._heard:
            ids = await self._context.records.transactions.latest_ids(identity, _LATEST)
            self._heard.setdefault(identity, set()).update(map(hash, ids))
            while len(self._heard) > MOST:
                self._heard.popitem(last=False)
        if call is not None and self._is_new(key, call):
            return None
        return await self._context.records.transactions.get(*key)

    def _is_new(self, key: Key, call: Call) -> bool:
        """Whether the records cannot know it: it begins, and its station was heard of since, but not with its id."""
        heard = self._heard.get(key[0])
        return heard is not None and hash(key[1]) not in heard and call.payload.get("eventType") == STARTED

    def _blank(self, key: Key, call: Call) -> Transaction:
        return merge.blank(*key, str(call.version), self._context.clock.now())

    def _enter(self, key: Key, row: Transaction) -> Entry:
        """Unless somebody else has entered it while it was read."""
        entry = self._entries.setdefault(key, Entry(row))
        heard = self._heard.get(key[0])
        if heard is not None:
            heard.add(hash(key[1]))
            if len(heard) > _MOST_HEARD:
                del self._heard[key[0]]
        while len(self._entries) > MOST:
            self._entries.popitem(last=False)
        return entry

    def _merge(self, entry: Entry, call: Call) -> Entry:
        digest = hash(call.raw)
        if entry.digest == digest:
            return entry
        event = read(call.payload)
        if event is not None:
            entry.tx = merge.merged(entry.tx, event, self._context.clock.now())
            entry.event = msgspec.structs.replace(event, readings=[]) if event.readings else event
            entry.digest = digest
        return entry


def _tokens_of(tx: Transaction) -> set[str]:
    return {folded(one) for one in (tx.token, tx.stop_token, tx.parent) if one}
