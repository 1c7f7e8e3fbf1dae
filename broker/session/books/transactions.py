"""The transactions of one station: who started them, and what the station and each upstream call them.

Pure. The station sees its upstream's own transactionId wherever that is free, so that a lost table degrades to what a
cable would have done; an upstream never sees another one's (design.md 5, point 4). Repeated messages are recognised by
content and get the same answer again (field-notes Q-38).
"""

from collections.abc import Callable, Iterable, Iterator
from math import inf

from broker.ocpp import Call, Reply, Version
from broker.ocpp.heads import Head, Kind, head_of
from broker.session.books.recent import Recent
from broker.session.books.transaction import Tx, connector_of, members, refusal_status, transaction_id

__all__ = ["Transactions", "Tx"]

_CLOSED = 64
_OPEN_ON_CONNECTOR = 8
_OPEN = 256
_LATE = 3600.0  # seconds for which messages may follow after the end
_LARGEST = 2**31 - 1
_MAY_BE_ALIKE = frozenset({Kind.METER, Kind.SECURITY})
_TO_PEER = frozenset({"MeterValues", "StopTransaction"})


class Transactions:
    """All that is known of one station's transactions; what changed is collected for the store.

    A transaction that has ended is kept until 64 others have ended after it, and as long as a message from its time
    waits for anybody. One whose end got lost is closed when 8 later ones have begun on its connector.
    """

    __slots__ = ("_by_station", "_changed", "_closed", "_dropped", "_known", "_new_ref", "_next", "_oldest", "_recent")

    def __init__(
        self,
        rows: Iterable[Tx] = (),
        *,
        new_ref: Callable[[], int],
        first_free: int,
        oldest_waiting: Callable[[], float] | None = None,
    ) -> None:
        """`first_free`: where ids of our own begin, 1 to 2**31-1. `oldest_waiting`: when the oldest message that is
        still to be delivered to anybody was received (Unix time; infinite for none)."""
        self._new_ref = new_ref
        self._next = first_free
        self._oldest = oldest_waiting
        self._known: dict[int, Tx] = {}
        self._by_station: dict[int | str, Tx] = {}
        self._closed: dict[int, None] = {}
        """In the order in which they ended."""
        self._changed: dict[int, Tx] = {}
        self._dropped: list[int] = []
        self._recent = Recent()
        for tx in sorted(rows, key=lambda row: (not row.closed, row.closed_at, row.ref)):
            self._known[tx.ref] = self._by_station[tx.station_id] = tx
            if tx.closed:
                self._closed[tx.ref] = None

    # --- what the station says --------------------------------------------------------------------------------------

    def repeated(self, head: Head, tx: Tx | None = None) -> Reply | None:
        """The answer that the station got when it sent the same message before; None where it is a new one."""
        tx = tx or self.of(head)
        if tx is not None and head.begins and tx.start_key == head.key:
            return Reply.result(tx.start_reply)
        if tx is not None and head.ends and tx.stop_key == head.key:
            return Reply.result(tx.stop_reply)
        return self._recent.get(head.key, earlier=head.kind in _MAY_BE_ALIKE)

    def reconnected(self) -> None:
        """The station has another connection from here on: what it sends again was not answered on the last one."""
        self._recent.reconnected()

    def of(self, head: Head) -> Tx | None:
        """The transaction that a message belongs to, also when it has ended. None for a start that makes a new one."""
        if head.kind is Kind.START:
            return next((tx for tx in self._known.values() if tx.start_key == head.key and not tx.used), None)
        tx = self._by_station.get(head.transaction) if head.transaction is not None else None
        if tx is not None and tx.closed and head.begins and tx.start_key not in ("", head.key):
            return None  # it has had its start: the station has forgotten that it used the id before
        return tx

    def answered(self, head: Head, reply: Reply, *, peer: str, owner: str, at: float) -> Reply:
        """`peer` has answered a message, for itself or in the place of `owner`; returns what the station is to get.

        An error is no answer: the message may come again, and then it is asked again. `at` is Unix time.
        """
        if head.kind is Kind.START:
            return self._started(head, reply, peer, owner, at)
        tx = self.of(head)
        if tx is None and head.kind is Kind.EVENT and head.transaction is not None and reply.is_result:
            tx = self._begin(head, head.transaction, peer, owner, at)
        if tx is not None and not tx.used and not head.begins:
            tx.used = True  # whatever was answered: the station knows the id
            self.changed(tx)
        if reply.is_result and not (tx is not None and self._noted(tx, head, reply, at)):
            self._recent.note(head.key, reply)
        return reply

    def _noted(self, tx: Tx, head: Head, reply: Reply, at: float) -> bool:
        """Keep the answer with the transaction, if it is the first one to its begin or its end."""
        if head.begins and not tx.start_key:
            tx.start_key, tx.start_reply = head.key, reply.raw
        elif head.ends and not tx.stop_key:
            tx.stop_key, tx.stop_reply = head.key, reply.raw
            self._close(tx, at)
        else:
            return False
        self.changed(tx)
        return True

    def _started(self, head: Head, reply: Reply, peer: str, owner: str, at: float) -> Reply:
        number = transaction_id(reply)
        if number is None:
            return reply
        tx = self.of(head)
        if tx is None:
            station_id = number if number not in self._by_station else self._fresh()
            tx = self._begin(head, station_id, peer, owner, at)
        tx.ids.setdefault(peer, number)
        if tx.station_id != number:
            reply = reply.replaced({**reply.payload, "transactionId": tx.station_id})
        tx.start_key, tx.start_reply = head.key, reply.raw
        self.changed(tx)
        return reply

    def _begin(self, head: Head, station_id: int | str, peer: str, owner: str, at: float) -> Tx:
        tx = Tx(
            ref=self._new_ref(),
            version=head.call.version.value,
            station_id=station_id,
            owner=owner,
            connector=connector_of(head),
            provisional=peer != owner,
            started_at=at,
        )
        if station_id in self._by_station:
            self._recent.clear()  # answers from the other one's time
        self._known[tx.ref] = self._by_station[station_id] = tx
        self._supersede(tx, at)
        self.changed(tx)
        return tx

    def _supersede(self, begun: Tx, at: float) -> None:
        """Transaction messages come in order (1.6 3.7): a connector that begins anew repeats no earlier start."""
        running = [tx for tx in self.open() if tx is not begun]
        earlier = [tx for tx in running if begun.connector is not None and tx.connector == begun.connector]
        for tx in earlier:
            if not tx.used:
                tx.used = True
                self.changed(tx)
        for tx in {one.ref: one for one in earlier[:-_OPEN_ON_CONNECTOR] + running[:-_OPEN]}.values():
            self._close(tx, at)
            self.changed(tx)

    def _fresh(self) -> int:
        """A number that nobody uses for a transaction of this station."""
        taken = {number for tx in self._known.values() for number in tx.ids.values()}
        while True:
            number = self._next
            self._next = number % _LARGEST + 1
            if number not in taken and number not in self._by_station:
                return number

    # --- what the peers say -----------------------------------------------------------------------------------------

    def learn(self, tx: Tx, peer: str, reply: Reply) -> bool:
        """`peer` has answered the copy of a start or of an event; False where it has no id for the transaction."""
        if peer == tx.owner and tx.provisional and not tx.closed and not tx.must_stop:
            tx.must_stop = refusal_status(reply, tx.version)
            if tx.must_stop:
                self.changed(tx)
        if tx.version != Version.V16:
            return reply.is_result
        number = transaction_id(reply)
        if number is None:
            self.refuse(tx, peer)
            return False
        tx.ids[peer] = number
        if peer in tx.refused:
            tx.refused.remove(peer)  # a dead letter that was sent again
        self.changed(tx)
        return True

    def refuse(self, tx: Tx, peer: str) -> None:
        """`peer` will not have an id for it; what was to be sent there of it cannot be."""
        if peer not in tx.refused and peer not in tx.ids:
            tx.refused.append(peer)
            self.changed(tx)

    # --- translation ------------------------------------------------------------------------------------------------

    def to_peer(self, tx: Tx | None, peer: str, call: Call) -> Call | None:
        """A message of the station in the peer's own id, the same object where that makes no difference.

        None where the peer has no id for it. Ids that nobody knows (-1 of a station that has never got one, errata
        3.18) go out as they are, but never when the number is another transaction of that peer.
        """
        if call.version is not Version.V16 or call.action not in _TO_PEER:
            return call
        if tx is None:
            if not self._known:
                return call
            head = head_of(call)
            number = head.transaction if head is not None else None
            return None if number is not None and self._of_peer(peer, number) is not None else call
        own = tx.ids.get(peer)
        if own is None or own == tx.station_id:
            return call if own is not None else None
        payload = members(call)
        return call.replaced({**payload, "transactionId": own}) if payload else None

    def to_station(self, peer: str, transaction: int) -> int | None:
        """What the station calls the transaction that `peer` calls so; None: it is not the peer's.

        A number that nobody knows stays what it is.
        """
        tx = self._of_peer(peer, transaction)
        if tx is None:
            return None if transaction in self._by_station else transaction
        return tx.station_id if isinstance(tx.station_id, int) else None

    def _of_peer(self, peer: str, number: int | str) -> Tx | None:
        """The open one, or the latest, where a peer has used a number twice."""
        found = [tx for tx in self._known.values() if tx.ids.get(peer) == number]
        return max(found, key=lambda tx: (not tx.closed, tx.ref)) if found else None

    # --- the books --------------------------------------------------------------------------------------------------

    def open(self, owner: str | None = None) -> list[Tx]:
        """The transactions that have not ended, of one owner or of all."""
        return [tx for tx in self._known.values() if not tx.closed and owner in (None, tx.owner)]

    def __iter__(self) -> Iterator[Tx]:
        return iter(list(self._known.values()))

    def by_ref(self, ref: int) -> Tx | None:
        return self._known.get(ref)

    def find(self, transaction: int | str) -> Tx | None:
        """By the station's own id: the open one, else the latest that had it."""
        return self._by_station.get(transaction)

    def changed(self, tx: Tx) -> None:
        """Have this one written with the next `changes`."""
        if tx.ref in self._known:
            self._changed[tx.ref] = tx

    @property
    def dirty(self) -> bool:
        """Whether `changes` has something to say."""
        return bool(self._changed or self._dropped)

    def changes(self) -> tuple[list[Tx], list[int]]:
        """The rows to be written, and the refs of those to be deleted, since the last call."""
        changed, dropped = list(self._changed.values()), self._dropped
        self._changed, self._dropped = {}, []
        return changed, dropped

    def _close(self, tx: Tx, at: float) -> None:
        if tx.closed:
            return
        tx.closed = True
        tx.must_stop = ""
        tx.closed_at = at
        self._closed[tx.ref] = None
        self._prune()

    def _prune(self) -> None:
        excess = len(self._closed) - _CLOSED
        if excess <= 0:
            return
        # A message that waits needs its transaction's ids, however many others have ended since.
        oldest = self._oldest() if self._oldest is not None else inf
        for ref in list(self._closed)[:excess]:
            tx = self._known[ref]
            if tx.closed_at + _LATE < oldest:
                self._forget(tx)

    def _forget(self, tx: Tx) -> None:
        del self._known[tx.ref], self._closed[tx.ref]
        if self._by_station.get(tx.station_id) is tx:
            del self._by_station[tx.station_id]
        self._changed.pop(tx.ref, None)
        self._dropped.append(tx.ref)
