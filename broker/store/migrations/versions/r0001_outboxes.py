"""Outboxes, dead letters, and what is known of each station."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_NUMBER = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """From nothing."""
    op.create_table("outbox", *_message_columns())
    op.create_index("outbox_order", "outbox", ["identity", "upstream", "id", "size", "received_at"])
    op.create_table("dead_letter", *_message_columns(), _text("reason"), _real("buried_at"))
    op.create_index("dead_letter_station", "dead_letter", ["identity", "upstream", "id"])
    op.create_table("station_transaction", _number("ref"), _text("identity"), _data())
    op.create_index("station_transaction_identity", "station_transaction", ["identity"])
    keys = (_key("identity"), _key("space"), _key("peer"), sa.Column("peer_id", sa.BigInteger, primary_key=True))
    op.create_table("station_id", *keys, sa.Column("station_id", sa.BigInteger, nullable=False))
    op.create_table("station_memory", _key("identity"), _data())
    op.create_table("station_route", _key("identity"), _data())
    op.create_table("cached_token", _key("upstream"), _key("digest"), _data(), _real("until"))
    op.create_table("adopted_credential", _key("identity"), _data())
    op.create_table("setting", _key("name"), _data())
    op.create_table("counter", _key("name"), sa.Column("value", sa.BigInteger, nullable=False))
    op.create_table("probe", sa.Column("id", _NUMBER, primary_key=True), _data())


def _message_columns() -> list[sa.Column[object]]:
    texts = [_text(name) for name in ("identity", "upstream", "version", "action", "key")]
    return [
        _number("id"),
        *texts,
        sa.Column("ref", sa.BigInteger, nullable=False),
        _text("kind"),
        sa.Column("payload", sa.LargeBinary, nullable=False),
        _real("received_at"),
        sa.Column("attempts", sa.Integer, nullable=False),
        _text("error"),
        sa.Column("size", sa.Integer, nullable=False),
        sa.Column("checksum", sa.BigInteger, nullable=False),
    ]


def _number(name: str) -> "sa.Column[object]":
    return sa.Column(name, _NUMBER, primary_key=True, autoincrement=False)


def _key(name: str) -> "sa.Column[object]":
    return sa.Column(name, sa.String, primary_key=True)


def _text(name: str) -> "sa.Column[object]":
    return sa.Column(name, sa.String, nullable=False)


def _real(name: str) -> "sa.Column[object]":
    return sa.Column(name, sa.Float, nullable=False)


def _data() -> "sa.Column[object]":
    return sa.Column("data", sa.LargeBinary, nullable=False)
