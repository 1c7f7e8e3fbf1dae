"""What a CSMS has to know: stations, tokens, transactions with their meter values, and the rest."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_NUMBER = sa.BigInteger().with_variant(sa.Integer, "sqlite")
_CI_STRING = sa.String(collation="NOCASE")


def upgrade() -> None:
    """New tables only: those of 0001 stay as they are."""
    _registrations()
    _stations()
    _transactions()
    _transaction_indexes()
    _meter_values()
    _variables()
    _lists_and_profiles()
    _reservations()
    _security()
    _messages()


def _registrations() -> None:
    op.create_table(
        "registration",
        _key("identity"),
        sa.Column("password", sa.String),
        sa.Column("security_profile", sa.BigInteger),
        _blob("tags"),
        sa.Column("serial_number", sa.String),
        sa.Column("boot", sa.String),
        _real("created_at"),
        _real("updated_at"),
    )
    op.create_table(
        "token",
        _key("key"),
        *_texts("id type status"),
        sa.Column("expires", sa.Float),
        sa.Column("parent", _CI_STRING),
        sa.Column("parent_type", sa.String),
        *_texts("note"),
        sa.Column("language", sa.String),
        _real("updated_at"),
    )


def _stations() -> None:
    op.create_table(
        "station",
        _key("identity"),
        *_texts("version vendor model serial_number firmware boot_status"),
        sa.Column("booted_at", sa.Float),
        _blob("boot"),
    )
    op.create_table(
        "connector",
        _key("identity"),
        _key("evse", sa.BigInteger),
        _key("connector", sa.BigInteger),
        *_texts("status error_code info vendor_id vendor_error_code"),
        sa.Column("at", sa.Float),
        _real("changed_at"),
    )


def _transactions() -> None:
    op.create_table(
        "charging_transaction",
        _key("ref", _NUMBER),
        _number("epoch"),
        *_texts("identity transaction_id version"),
        sa.Column("evse", sa.BigInteger),
        sa.Column("connector", sa.BigInteger),
        sa.Column("token", _CI_STRING),
        sa.Column("token_type", sa.String),
        sa.Column("parent", _CI_STRING),
        *_texts("status"),
        sa.Column("reservation_id", sa.BigInteger),
        *_texts("answered_by"),
        sa.Column("started_at", sa.Float),
        sa.Column("meter_start", sa.BigInteger),
        sa.Column("stopped_at", sa.Float),
        sa.Column("meter_stop", sa.BigInteger),
        sa.Column("stop_reason", sa.String),
        sa.Column("stop_token", _CI_STRING),
        _real("received_at"),
        _real("updated_at"),
        sa.Column("ended", sa.Boolean, nullable=False),
        sa.Column("start_key", sa.String),
        _blob("details"),
    )


def _transaction_indexes() -> None:
    name = "charging_transaction"
    op.create_index(f"{name}_id", name, ["identity", "transaction_id", "epoch"], unique=True)
    op.create_index(f"{name}_token", name, ["token"])
    op.create_index(f"{name}_stop_token", name, ["stop_token"])
    still = sa.text("ended IS 0")
    op.create_index(f"{name}_open", name, ["identity"], sqlite_where=still, postgresql_where=sa.text("ended IS false"))
    op.create_index(f"{name}_updated", name, ["updated_at"])


def _meter_values() -> None:
    op.create_table(
        "meter_value",
        _key("id", _NUMBER),
        *_texts("identity transaction_id"),
        _number("epoch"),
        _number("digest"),
        sa.Column("evse", sa.BigInteger),
        sa.Column("connector", sa.BigInteger),
        *_texts("version"),
        _real("received_at"),
        _blob("payload"),
    )
    name = "meter_value"
    op.create_index(f"{name}_transaction", name, ["identity", "transaction_id", "digest"], unique=True)
    op.create_index(f"{name}_evse", name, ["identity", "evse", "id"])
    op.create_index(f"{name}_received", name, ["received_at"])


def _variables() -> None:
    op.create_table(
        "variable",
        *(_key(name) for name in ("identity", "component", "variable", "attribute")),
        sa.Column("value", sa.String),
        sa.Column("readonly", sa.Boolean, nullable=False),
        sa.Column("at", sa.Float),
        sa.Column("previous", sa.String),
        sa.Column("changed_at", sa.Float),
    )


def _lists_and_profiles() -> None:
    op.create_table(
        "local_list",
        _key("identity"),
        _number("version"),
        *_texts("status"),
        _real("updated_at"),
        _blob("entries"),
    )
    op.create_table(
        "charging_profile",
        _key("identity"),
        _key("profile_id", sa.BigInteger),
        _number("evse"),
        *_texts("purpose kind"),
        _number("stack_level"),
        sa.Column("transaction_id", sa.String),
        sa.Column("valid_from", sa.Float),
        sa.Column("valid_to", sa.Float),
        sa.Column("at", sa.Float),
        _blob("profile"),
    )


def _reservations() -> None:
    op.create_table(
        "reservation",
        _key("identity"),
        _key("reservation_id", sa.BigInteger),
        _number("evse"),
        sa.Column("connector", sa.BigInteger),
        sa.Column("token", _CI_STRING, nullable=False),
        sa.Column("parent", _CI_STRING),
        sa.Column("expires", sa.Float),
        *_texts("status answer"),
        sa.Column("transaction_id", sa.String),
        _real("created_at"),
        _real("updated_at"),
    )
    op.create_index("reservation_updated", "reservation", ["updated_at"])


def _security() -> None:
    op.create_table(
        "certificate",
        _key("identity"),
        _key("key"),
        *_texts("use"),
        _blob("hash_data"),
        *_texts("serial_number"),
        sa.Column("subject", sa.String),
        sa.Column("not_after", sa.Float),
        *_texts("status"),
        sa.Column("at", sa.Float),
        sa.Column("pem", sa.String),
    )
    op.create_table(
        "security_event",
        _key("id", _NUMBER),
        *_texts("identity type"),
        sa.Column("at", sa.Float),
        _real("received_at"),
        *_texts("tech_info"),
        _number("digest"),
    )
    op.create_index("security_event_once", "security_event", ["identity", "digest"], unique=True)
    op.create_index("security_event_received", "security_event", ["received_at"])


def _messages() -> None:
    op.create_table(
        "logged_message",
        _key("id", _NUMBER),
        _real("at"),
        *_texts("identity direction peer action message_id kind outcome"),
        _blob("payload"),
    )
    op.create_index("logged_message_station", "logged_message", ["identity", "at"])
    op.create_index("logged_message_at", "logged_message", ["at"])
    op.create_table("document", _key("plugin"), _key("identity"), _key("key"), _blob("data"))
    op.create_index("document_station", "document", ["identity"])


def _key(name: str, kind: Any = sa.String) -> "sa.Column[Any]":
    return sa.Column(name, kind, primary_key=True, autoincrement=False)


def _texts(names: str) -> "list[sa.Column[Any]]":
    return [sa.Column(name, sa.String, nullable=False) for name in names.split()]


def _number(name: str) -> "sa.Column[Any]":
    return sa.Column(name, sa.BigInteger, nullable=False)


def _real(name: str) -> "sa.Column[Any]":
    return sa.Column(name, sa.Float, nullable=False)


def _blob(name: str) -> "sa.Column[Any]":
    return sa.Column(name, sa.LargeBinary, nullable=False)
