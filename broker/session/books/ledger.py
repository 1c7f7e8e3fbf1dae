"""What the broker knows of one station beyond its connection, and keeps on disk.

A ledger outlives sessions: a station that reconnects, on whichever version, finds its transactions, the ids that each
upstream knows them by, and what still waits for each upstream.
"""

import asyncio
import secrets
from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from itertools import count, islice
from math import inf
from typing import Any

import msgspec
from msgspec.structs import replace

from broker.ocpp import Reply
from broker.session.books.idmap import IdMap, IdRow
from broker.session.books.memory import Memory
from broker.session.books.transactions import Transactions, Tx
from broker.session.delivery.outbox import Backlog, Outbox
from broker.store import Op, OutboxRow, OutboxSummary, StationRows, Store, ops

#: Told what became of a message that was in flight: its reply, or None where nobody answered it.
Waiter = Callable[[Reply | None], None]

_KEPT = 4096  # ledgers of stations that are away, in memory

_encode = msgspec.json.Encoder().encode


class Unsaved(msgspec.Struct):
    """What could not be committed; the station was told nothing, and will send the message again."""

    reply: Reply
    rows: list[Any]
    ref: int
    begins: bool
    ends: bool
    """Of its transaction; that it was answered is not written down without the rows: a restart would believe it."""


class Ledger:
    """One station's books. Changes are collected, and go to the store with the next commit."""

    __slots__ = (
        "_backlog",
        "_store",
        "flights",
        "identity",
        "ids",
        "memory",
        "outboxes",
        "read",
        "transactions",
        "unsaved",
        "users",
    )

    def __init__(
        self,
        identity: str,
        store: "Store | None",
        rows: "StationRows | None" = None,
        *,
        new_ref: Callable[[], int] | None = None,
        backlog: Backlog | None = None,
    ) -> None:
        self.identity = identity
        self._backlog = backlog or Backlog()
        self._store = store
        self.memory = _memory(rows)
        self.outboxes: dict[str, Outbox] = {}
        if not self.memory.first_free:
            # A random start: another broker, or one that has lost its store, hands out other numbers.
            self.memory.first_free = secrets.randbelow(2**31 - 2) + 1
        txs = [msgspec.json.decode(data, type=Tx) for data in rows.transactions] if rows else []
        self.transactions = Transactions(
            txs,
            new_ref=new_ref or (store.new_id if store else count(1).__next__),
            first_free=self.memory.first_free,
            oldest_waiting=self._oldest_waiting,
        )
        self.ids = IdMap([IdRow(space, peer, theirs, ours) for space, peer, theirs, ours in rows.ids] if rows else ())
        for summary in rows.outboxes if rows else ():
            self.outboxes[summary.upstream] = Outbox(identity, summary.upstream, store, self._backlog, summary)
        self.flights: dict[str, list[Waiter]] = {}
        """By content key: who waits for the answer to a message that is with its upstream."""
        self.unsaved: dict[str, Unsaved] = {}
        self.users = 0
        self.read = True
        """False where it is not known whether the store knows more."""

    def outbox(self, upstream: str) -> Outbox:
        found = self.outboxes.get(upstream)
        if found is None:
            found = self.outboxes[upstream] = Outbox(self.identity, upstream, self._store, self._backlog)
        return found

    def _oldest_waiting(self) -> float:
        return min((box.oldest for box in self.outboxes.values() if box.depth), default=inf)

    @property
    def undelivered(self) -> bool:
        return any(not outbox.empty for outbox in self.outboxes.values())

    @property
    def depth(self) -> int:
        """How many messages wait, for all upstreams together."""
        return sum(outbox.depth for outbox in self.outboxes.values())

    # --- messages in flight -----------------------------------------------------------------------------------------

    def depart(self, key: str) -> None:
        self.flights.setdefault(key, [])

    def land(self, key: str, reply: Reply | None) -> None:
        """A message has been answered, or given up: tell whoever sent the same again meanwhile."""
        for waiter in self.flights.pop(key, ()):
            waiter(reply)

    # --- the store --------------------------------------------------------------------------------------------------

    def commit(self, rows: "Sequence[OutboxRow]" = (), more: "Iterable[Op]" = ()) -> asyncio.Future[None] | None:
        """Write the changes and these rows of outboxes in one group; None where nothing is kept on disk.

        The future is done when all of it is on disk, and fails with StoreFailed.
        """
        if self._store is None:
            for row in rows:
                self._enter(row, 0)
            return None
        changed, books = self._changes()
        books += more
        for row in rows:
            self.outbox(row.upstream).expect(1)
        group = [*self._put(changed), *books, *(ops.put_outbox(row) for row in rows)]
        written = self._store.write(group)
        written.add_done_callback(lambda done: self._written(rows, changed, books, done))
        return written

    def _enter(self, row: "OutboxRow", expected: int) -> None:
        box = self.outbox(row.upstream)
        box.expect(1 - expected)
        box.committed(row)

    def _written(
        self, rows: "Sequence[OutboxRow]", changed: list[Tx], books: "list[Op]", done: asyncio.Future[None]
    ) -> None:
        good = not done.cancelled() and done.exception() is None
        if not good and self._store is not None:
            # What an upstream has answered stays true; what a station has said is not written without its rows.
            for tx in changed if rows else ():
                self.transactions.changed(tx)
            self._store.later(books if rows else [*self._put(changed), *books])
        for row in rows:
            box = self.outbox(row.upstream)
            if good:
                box.committed(row)
            else:
                box.failed(1)

    def save(self) -> None:
        """Have the changes written soon; nobody waits for it."""
        if self._store is not None:
            changed, books = self._changes()
            if changed or books:
                self._store.later([*self._put(changed), *books])

    def save_memory(self) -> None:
        if self._store is not None:
            self._store.later([ops.put_memory(self.identity, _encode(self.memory))])

    def _changes(self) -> "tuple[list[Tx], list[Op]]":
        """The transactions that have changed, and everything else that is to be written."""
        changed, gone = self.transactions.changes()
        added, removed = self.ids.changes()
        books = [
            *(ops.drop_transaction(ref) for ref in gone),
            *(ops.drop_id(self.identity, row.space, row.peer, row.peer_id) for row in removed),
            *(ops.put_id(self.identity, row.space, row.peer, row.peer_id, row.station_id) for row in added),
        ]
        return changed, books

    def _put(self, changed: list[Tx]) -> "list[Op]":
        held = {unsaved.ref: unsaved for unsaved in self.unsaved.values() if unsaved.begins or unsaved.ends}
        group = []
        for tx in changed:
            unsaved = held.get(tx.ref)
            if unsaved is not None:  # the rest of it goes with the rows
                self.transactions.changed(tx)
                if unsaved.begins:
                    continue
                tx = replace(tx, closed=False, stop_key="", stop_reply=b"")
            group.append(ops.put_transaction(self.identity, tx.ref, _encode(tx)))
        return group


def _memory(rows: "StationRows | None") -> Memory:
    return msgspec.json.decode(rows.memory, type=Memory) if rows is not None and rows.memory else Memory()


class Ledgers:
    """The ledgers in memory: of every station that is connected or has something undelivered, and the last others."""

    def __init__(self, store: "Store | None" = None) -> None:
        self.store = store
        self._used: dict[str, Ledger] = {}
        self._idle: OrderedDict[str, Ledger] = OrderedDict()
        self._refs = count(1)
        self._backlog = Backlog()
        self.unopened: dict[str, list[OutboxSummary]] = {}
        """What waits for upstreams of stations that have not been here since the broker started, by identity."""

    async def start(self) -> None:
        """Find out what has been left undelivered."""
        if self.store is None:
            return
        for summary in await self.store.outboxes():
            self.unopened.setdefault(summary.identity, []).append(summary)
            self._backlog.bytes += summary.bytes

    @property
    def bytes(self) -> int:
        """Of all outboxes together."""
        return self._backlog.bytes

    async def load(self, identity: str) -> Ledger:
        """The ledger of a station, read from the store where it is not in memory.

        Raises StoreFailed where it cannot be read.
        """
        ledger = self.get(identity)
        if ledger is None:
            rows = await self.store.station(identity) if self.store is not None else None
            ledger = self.get(identity)  # somebody else may have loaded it meanwhile
            if ledger is None:
                ledger = self._made(identity, rows)
                self.unopened.pop(identity, None)
                self._rest(ledger)
        return ledger

    def blank(self, identity: str) -> Ledger:
        """A ledger for one connection only: what is known of the station cannot be read."""
        ledger = self.get(identity)
        if ledger is None:
            ledger = self._made(identity, None)
            ledger.read = False
        return ledger

    def _made(self, identity: str, rows: "StationRows | None") -> Ledger:
        refs = None if self.store else self._refs.__next__
        return Ledger(identity, self.store, rows, new_ref=refs, backlog=self._backlog)

    async def open(self, identity: str) -> Ledger:
        """The ledger of a station, which stays in memory until `close` was called as often as this."""
        return self.take(await self.load(identity))

    def take(self, ledger: Ledger) -> Ledger:
        """Keep a ledger in memory until `close`."""
        self._idle.pop(ledger.identity, None)
        self._used[ledger.identity] = ledger
        ledger.users += 1
        return ledger

    def close(self, ledger: Ledger) -> None:
        ledger.users -= 1
        if ledger.users > 0:
            return
        del self._used[ledger.identity]
        if ledger.read:
            self._rest(ledger)

    def _rest(self, ledger: Ledger) -> None:
        self._idle[ledger.identity] = ledger
        if len(self._idle) > _KEPT:
            spare = (one for one in self._idle.values() if not one.undelivered and not one.unsaved)
            for one in list(islice(spare, len(self._idle) - _KEPT)):
                del self._idle[one.identity]

    def get(self, identity: str) -> Ledger | None:
        """The ledger if it is in memory."""
        return self._used.get(identity) or self._idle.get(identity)

    def all(self) -> list[Ledger]:
        return [*self._used.values(), *self._idle.values()]

    def forget(self, identity: str) -> bool:
        """Let go of a station's ledger; False where it is in use or something of it is undelivered."""
        ledger = self.get(identity)
        if identity in self._used or identity in self.unopened or (ledger and (ledger.undelivered or ledger.unsaved)):
            return False
        self._idle.pop(identity, None)
        return True
