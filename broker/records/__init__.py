"""One broker-wide, durable book of what a CSMS has to know, the same for every version of OCPP.

`Records` is the door. Nothing here imports SQLAlchemy: the store does, when it is opened.
"""

from broker.records.book import Book
from broker.records.change import Change
from broker.records.documents import Documents
from broker.records.events import Messages, SecurityEvents, StationEvents
from broker.records.meter_values import MeterValues
from broker.records.records import Records
from broker.records.registrations import Registrations
from broker.records.rows import (
    Certificate,
    ChargingProfile,
    Connector,
    LocalList,
    Message,
    MeterValue,
    Registration,
    Reservation,
    SecurityEvent,
    Station,
    StationEvent,
    Token,
    Transaction,
    Variable,
)
from broker.records.tokens import Tokens
from broker.records.transactions import Transactions
from broker.store.errors import StoreFailed

__all__ = [
    "Book",
    "Certificate",
    "Change",
    "ChargingProfile",
    "Connector",
    "Documents",
    "LocalList",
    "Message",
    "Messages",
    "MeterValue",
    "MeterValues",
    "Records",
    "Registration",
    "Registrations",
    "Reservation",
    "SecurityEvent",
    "SecurityEvents",
    "Station",
    "StationEvent",
    "StationEvents",
    "StoreFailed",
    "Token",
    "Tokens",
    "Transaction",
    "Transactions",
    "Variable",
]
