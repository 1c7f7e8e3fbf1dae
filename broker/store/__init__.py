"""What outlives the process: outboxes, dead letters, transactions, ids, memories, routes, tokens, credentials.

`Store` is the door; `ops` makes what it writes, `rows` is what it reads. What a CSMS has to know is in the tables of
`csms`: `changes` makes what is written of them, and `broker.records` gives it meaning. SQLAlchemy and Alembic are
imported when a store is opened, not before: they cost a quarter of a second.
"""

from broker.store import changes, ops
from broker.store.errors import StoreError, StoreFailed
from broker.store.ops import Op
from broker.store.rows import DeadRow, OutboxRow, OutboxSummary, StationRows
from broker.store.store import Store

__all__ = [
    "DeadRow",
    "Op",
    "OutboxRow",
    "OutboxSummary",
    "StationRows",
    "Store",
    "StoreError",
    "StoreFailed",
    "changes",
    "ops",
]
