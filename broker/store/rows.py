"""What is read from the store."""

from struct import Struct
from zlib import crc32

import msgspec

_numbers = Struct("<qd").pack


class OutboxRow(msgspec.Struct, frozen=True):
    """One message that an upstream has not answered yet."""

    id: int
    """`Store.new_id()`: the order of an outbox is the order of its ids."""
    identity: str
    upstream: str
    version: str
    action: str
    key: str
    """The message's content key: two submissions of the same message have the same."""
    ref: int
    """The transaction's own number (`Tx.ref`), 0 for none."""
    kind: str
    payload: bytes
    received_at: float
    """Unix time: metadata, the message's own timestamps stay the station's (field-notes F-09)."""
    attempts: int = 0
    error: str = ""
    """What the last attempt came to."""


class DeadRow(msgspec.Struct, frozen=True):
    """One message that could not be delivered: what its outbox row was, and why it is here."""

    id: int
    identity: str
    upstream: str
    version: str
    action: str
    key: str
    ref: int
    kind: str
    payload: bytes
    received_at: float
    attempts: int
    error: str
    reason: str
    buried_at: float


class OutboxSummary(msgspec.Struct, frozen=True):
    """One outbox that is not empty."""

    identity: str
    upstream: str
    depth: int
    bytes: int
    """Of the payloads."""
    oldest: float
    """The earliest `received_at`."""
    first_id: int


class StationRows(msgspec.Struct, frozen=True):
    """All that is known of one station."""

    transactions: list[bytes]
    """In the order of their refs."""
    ids: list[tuple[str, str, int, int]]
    """space, peer, peer_id, station_id, in the order in which they were first put."""
    memory: bytes | None
    route: bytes | None
    outboxes: list[OutboxSummary]


def checksum(row: OutboxRow | DeadRow) -> int:
    """Over all that does not change while a message waits: SQLite itself does not notice a flipped bit in a row.

    Not over the id, which is another one once a dead letter has been revived.
    """
    texts = f"{row.identity}\n{row.upstream}\n{row.version}\n{row.action}\n{row.key}\n{row.kind}"
    head = crc32(texts.encode("utf-8", "surrogatepass"))
    return crc32(row.payload, crc32(_numbers(row.ref, row.received_at), head))
