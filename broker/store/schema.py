"""The tables. Imports SQLAlchemy: only what opens a store imports this."""

from sqlalchemy import BigInteger, Column, Float, Index, Integer, LargeBinary, MetaData, String, Table

metadata = MetaData()

# SQLite: only "INTEGER PRIMARY KEY" is the row's own number, which costs no index of its own.
_Number = BigInteger().with_variant(Integer, "sqlite")


def _message_columns() -> list[Column[object]]:
    return [
        Column("id", _Number, primary_key=True, autoincrement=False),
        Column("identity", String, nullable=False),
        Column("upstream", String, nullable=False),
        Column("version", String, nullable=False),
        Column("action", String, nullable=False),
        Column("key", String, nullable=False),
        Column("ref", BigInteger, nullable=False),
        Column("kind", String, nullable=False),
        Column("payload", LargeBinary, nullable=False),
        Column("received_at", Float, nullable=False),
        Column("attempts", Integer, nullable=False),
        Column("error", String, nullable=False),
        Column("size", Integer, nullable=False),
        Column("checksum", BigInteger, nullable=False),
    ]


outbox = Table("outbox", metadata, *_message_columns())
# Ends with what a summary needs, so that one of all outboxes never reads a payload.
Index("outbox_order", outbox.c.identity, outbox.c.upstream, outbox.c.id, outbox.c.size, outbox.c.received_at)

dead_letter = Table(
    "dead_letter",
    metadata,
    *_message_columns(),
    Column("reason", String, nullable=False),
    Column("buried_at", Float, nullable=False),
)
Index("dead_letter_station", dead_letter.c.identity, dead_letter.c.upstream, dead_letter.c.id)

station_transaction = Table(
    "station_transaction",
    metadata,
    Column("ref", _Number, primary_key=True, autoincrement=False),
    Column("identity", String, nullable=False),
    Column("data", LargeBinary, nullable=False),
)
Index("station_transaction_identity", station_transaction.c.identity)

station_id = Table(
    "station_id",
    metadata,
    Column("identity", String, primary_key=True),
    Column("space", String, primary_key=True),
    Column("peer", String, primary_key=True),
    Column("peer_id", BigInteger, primary_key=True),
    Column("station_id", BigInteger, nullable=False),
)

station_memory = Table(
    "station_memory",
    metadata,
    Column("identity", String, primary_key=True),
    Column("data", LargeBinary, nullable=False),
)

station_route = Table(
    "station_route",
    metadata,
    Column("identity", String, primary_key=True),
    Column("data", LargeBinary, nullable=False),
)

cached_token = Table(
    "cached_token",
    metadata,
    Column("upstream", String, primary_key=True),
    Column("digest", String, primary_key=True),
    Column("data", LargeBinary, nullable=False),
    Column("until", Float, nullable=False),
)

adopted_credential = Table(
    "adopted_credential",
    metadata,
    Column("identity", String, primary_key=True),
    Column("data", LargeBinary, nullable=False),
)

setting = Table(
    "setting",
    metadata,
    Column("name", String, primary_key=True),
    Column("data", LargeBinary, nullable=False),
)

# The store's own: numbers that were given out, the probe of a disk that was full.
counter = Table(
    "counter",
    metadata,
    Column("name", String, primary_key=True),
    Column("value", BigInteger, nullable=False),
)

probe = Table("probe", metadata, Column("id", _Number, primary_key=True), Column("data", LargeBinary, nullable=False))
