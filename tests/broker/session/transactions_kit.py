"""What a station says and a peer answers about transactions."""

from collections.abc import Iterable
from itertools import count
from typing import Any

import msgspec

from broker.ocpp import Call, Reply, Version
from broker.ocpp.heads import Head, head_of
from broker.session.books.transactions import Transactions, Tx

A, B, LOCAL = "a", "b", "local"


def head(action: str, payload: dict[str, Any], version: Version = Version.V16) -> Head:
    found = head_of(Call(action, msgspec.json.encode(payload), version))
    assert found is not None
    return found


def start(connector: int = 1, *, tag: str = "T", when: str = "1970-01-01T00:00:00Z", **more: Any) -> Head:
    fields = {"connectorId": connector, "idTag": tag, "meterStart": 0, "timestamp": when}
    return head("StartTransaction", {**fields, **more})


def meter(transaction: Any, value: str = "1") -> Head:
    return head("MeterValues", {"connectorId": 1, "transactionId": transaction, "meterValue": [{"v": value}]})


def stop(transaction: Any, when: str = "1970-01-01T00:00:00Z") -> Head:
    return head("StopTransaction", {"transactionId": transaction, "meterStop": 0, "timestamp": when})


def event(kind: str, transaction: str = "tx", seq: int = 0, *, evse: int | None = None, **more: Any) -> Head:
    info = {"transactionId": transaction}
    fields = {"eventType": kind, "timestamp": "1970-01-01T00:00:00Z", "triggerReason": "Trigger", "seqNo": seq}
    where = {} if evse is None else {"evse": {"id": evse}}
    return head("TransactionEvent", {**fields, "transactionInfo": info, **where, **more}, Version.V201)


def started(transaction: Any, status: str = "Accepted") -> Reply:
    return Reply.result({"transactionId": transaction, "idTagInfo": {"status": status}})


DONE = Reply.result({})
FAILED = Reply.error("InternalError")


def table(rows: Iterable[Tx] = (), *, first_free: int = 1000, **more: Any) -> Transactions:
    rows = list(rows)
    refs = count(max((tx.ref for tx in rows), default=0) + 1)
    return Transactions(rows, new_ref=lambda: next(refs), first_free=first_free, **more)


class Disk:
    """Keeps the rows as the store does: as bytes."""

    def __init__(self) -> None:
        self.rows: dict[int, bytes] = {}

    def save(self, transactions: Transactions) -> None:
        changed, gone = transactions.changes()
        for tx in changed:
            self.rows[tx.ref] = msgspec.json.encode(tx)
        for ref in gone:
            self.rows.pop(ref, None)

    def load(self) -> list[Tx]:
        return [msgspec.json.decode(raw, type=Tx) for raw in self.rows.values()]

    def restarted(self, transactions: Transactions, **more: Any) -> Transactions:
        self.save(transactions)
        return table(self.load(), **more)


def ask(transactions: Transactions, said: Head, reply: Reply, peer: str = A, owner: str = "", at: float = 1.0) -> Reply:
    """`said` was answered by `peer`; what the station gets."""
    return transactions.answered(said, reply, peer=peer, owner=owner or peer, at=at)


def begin(transactions: Transactions, said: Head, number: Any, peer: str = A, owner: str = "", at: float = 1.0) -> Tx:
    """The transaction that a start has made."""
    ask(transactions, said, started(number), peer, owner, at)
    tx = transactions.of(said)
    assert tx is not None
    return tx
