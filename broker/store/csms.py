"""The tables of what a CSMS has to know, in any version of OCPP. Imports SQLAlchemy, as `schema` does.

The columns stand in the order of the fields of the structs in `broker.records`: a row is written by position.
"""

from typing import Any

from sqlalchemy import BigInteger, Boolean, Column, Float, Index, Integer, LargeBinary, String, Table
from sqlalchemy import text as sql_text

from broker.store.schema import metadata

_Number = BigInteger().with_variant(Integer, "sqlite")
#: OCPP compares idTokens without regard to case, within ASCII (OCPP 1.6 CiString, 2.x identifierString).
_CiString = String(collation="NOCASE")


def _key(name: str, type_: Any = String) -> Column[Any]:
    return Column(name, type_, primary_key=True, autoincrement=False)


def _text(name: str) -> Column[Any]:
    return Column(name, String, nullable=False)


def _token(name: str) -> Column[Any]:
    return Column(name, _CiString)


def _number(name: str) -> Column[Any]:
    return Column(name, BigInteger, nullable=False)


def _real(name: str) -> Column[Any]:
    return Column(name, Float, nullable=False)


def _flag(name: str) -> Column[Any]:
    return Column(name, Boolean, nullable=False)


def _json(name: str) -> Column[Any]:
    return Column(name, LargeBinary, nullable=False)


def _added(name: str) -> Column[Any]:
    """JSON that rows of before have empty."""
    return Column(name, LargeBinary, nullable=False, server_default=sql_text("x'7b7d'"))


def _maybe(name: str, type_: Any = String) -> Column[Any]:
    return Column(name, type_)


registration = Table(
    "registration",
    metadata,
    _key("identity"),
    _maybe("password"),
    _maybe("security_profile", BigInteger),
    _json("tags"),
    _maybe("serial_number"),
    _maybe("boot"),
    _real("created_at"),
    _real("updated_at"),
)

station = Table(
    "station",
    metadata,
    _key("identity"),
    *(_text(name) for name in ("version", "vendor", "model", "serial_number", "firmware", "boot_status")),
    _maybe("booted_at", Float),
    _json("boot"),
)

connector = Table(
    "connector",
    metadata,
    _key("identity"),
    _key("evse", BigInteger),
    _key("connector", BigInteger),
    *(_text(name) for name in ("status", "error_code", "info", "vendor_id", "vendor_error_code")),
    _maybe("at", Float),
    _real("changed_at"),
)

token = Table(
    "token",
    metadata,
    _key("key"),  # the id in small letters
    _text("id"),
    _text("type"),
    _text("status"),
    _maybe("expires", Float),
    _maybe("parent", _CiString),
    _maybe("parent_type"),
    _text("note"),
    _maybe("language"),
    _real("updated_at"),
    _maybe("language2"),
    _maybe("message"),
    _added("evses"),
    _maybe("priority", BigInteger),
    _maybe("credit", Float),
    _maybe("tariff"),
)

charging_transaction = Table(
    "charging_transaction",
    metadata,
    _key("ref", _Number),
    _number("epoch"),  # 0: the one that this id names now; else its own ref, moved aside
    _text("identity"),
    _text("transaction_id"),
    _text("version"),
    _maybe("evse", BigInteger),
    _maybe("connector", BigInteger),
    _token("token"),
    _maybe("token_type"),
    _token("parent"),
    _text("status"),
    _maybe("reservation_id", BigInteger),
    _text("answered_by"),
    _maybe("started_at", Float),
    _maybe("meter_start", BigInteger),
    _maybe("stopped_at", Float),
    _maybe("meter_stop", BigInteger),
    _maybe("stop_reason"),
    _token("stop_token"),
    _real("received_at"),
    _real("updated_at"),
    _flag("ended"),
    _maybe("start_key"),  # NULL: its start is not known
    _json("details"),
)
_tx = charging_transaction.c
Index("charging_transaction_id", _tx.identity, _tx.transaction_id, _tx.epoch, unique=True)
Index("charging_transaction_token", _tx.token)
Index("charging_transaction_stop_token", _tx.stop_token)
_open = _tx.ended.is_(False)
Index("charging_transaction_open", _tx.identity, sqlite_where=_open, postgresql_where=_open)
Index("charging_transaction_updated", _tx.updated_at)

meter_value = Table(
    "meter_value",
    metadata,
    _key("id", _Number),
    _text("identity"),
    _text("transaction_id"),  # empty: of no transaction
    _number("epoch"),  # that of the transaction
    _number("digest"),
    _maybe("evse", BigInteger),
    _maybe("connector", BigInteger),
    _text("version"),
    _real("received_at"),
    _json("payload"),
)
_meter = meter_value.c
# By transaction, and no value twice; rows of one transaction stand together in it.
Index("meter_value_transaction", _meter.identity, _meter.transaction_id, _meter.digest, unique=True)
Index("meter_value_evse", _meter.identity, _meter.evse, _meter.id)
Index("meter_value_received", _meter.received_at)

variable = Table(
    "variable",
    metadata,
    *(_key(name) for name in ("identity", "component", "variable", "attribute")),
    _maybe("value"),
    _flag("readonly"),
    _maybe("at", Float),
    _maybe("previous"),
    _maybe("changed_at", Float),
    _added("details"),
)

reservation = Table(
    "reservation",
    metadata,
    _key("identity"),
    _key("reservation_id", BigInteger),
    _number("evse"),
    _maybe("connector", BigInteger),
    Column("token", _CiString, nullable=False),
    _token("parent"),
    _maybe("expires", Float),
    _text("status"),
    _text("answer"),
    _maybe("transaction_id"),
    _real("created_at"),
    _real("updated_at"),
)
Index("reservation_updated", reservation.c.updated_at)

local_list = Table(
    "local_list",
    metadata,
    _key("identity"),
    _number("version"),
    _text("status"),
    _real("updated_at"),
    _json("entries"),
)

charging_profile = Table(
    "charging_profile",
    metadata,
    _key("identity"),
    _key("profile_id", BigInteger),
    _number("evse"),
    _text("purpose"),
    _text("kind"),
    _number("stack_level"),
    _maybe("transaction_id"),
    _maybe("valid_from", Float),
    _maybe("valid_to", Float),
    _maybe("at", Float),
    _json("profile"),
)

certificate = Table(
    "certificate",
    metadata,
    _key("identity"),
    _key("key"),
    _text("use"),
    _json("hash_data"),
    _text("serial_number"),
    _maybe("subject"),
    _maybe("not_after", Float),
    _text("status"),
    _maybe("at", Float),
    _maybe("pem"),
)

security_event = Table(
    "security_event",
    metadata,
    _key("id", _Number),
    _text("identity"),
    _text("type"),
    _maybe("at", Float),
    _real("received_at"),
    _text("tech_info"),
    _number("digest"),
)
Index("security_event_once", security_event.c.identity, security_event.c.digest, unique=True)
Index("security_event_received", security_event.c.received_at)

station_event = Table(
    "station_event",
    metadata,
    _key("id", _Number),
    *(_text(name) for name in ("identity", "component", "variable")),
    _maybe("at", Float),
    _real("received_at"),
    _text("value"),
    _json("details"),
    _number("digest"),
)
Index("station_event_once", station_event.c.identity, station_event.c.digest, unique=True)
Index("station_event_received", station_event.c.received_at)

logged_message = Table(
    "logged_message",
    metadata,
    _key("id", _Number),
    _real("at"),
    *(_text(name) for name in ("identity", "direction", "peer", "action", "message_id", "kind", "outcome")),
    _json("payload"),
)
Index("logged_message_station", logged_message.c.identity, logged_message.c.at)
Index("logged_message_at", logged_message.c.at)

document = Table(
    "document",
    metadata,
    _key("plugin"),
    _key("identity"),
    _key("key"),
    _json("data"),
)
Index("document_station", document.c.identity)

TABLES = (
    registration,
    station,
    connector,
    token,
    charging_transaction,
    meter_value,
    variable,
    reservation,
    local_list,
    charging_profile,
    certificate,
    security_event,
    station_event,
    logged_message,
    document,
)
