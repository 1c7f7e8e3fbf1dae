"""The book of everything that a CSMS has to know."""

import asyncio
from collections.abc import Callable, Mapping

from broker.records import forget, retention
from broker.records.book import Book
from broker.records.change import Change
from broker.records.documents import Documents
from broker.records.events import Messages, SecurityEvents, StationEvents
from broker.records.meter_values import MeterValues
from broker.records.registrations import Registrations
from broker.records.rows import (
    Certificate,
    ChargingProfile,
    Connector,
    LocalList,
    Reservation,
    Station,
    Token,
    Variable,
)
from broker.records.tokens import Tokens
from broker.records.transactions import Transactions
from broker.store import Store, StoreFailed

Forgotten = Callable[[str | None, str | None], None]
"""A function of the identity of a station, or of None and the id of a token."""

_COMMIT_SECONDS = 4.0  # less than a plugin's time limit: what was cut there would count as done


class Records:
    """Broker-wide, durable, the same for every version of OCPP. Reads see all changes that were given before.

    Reads raise `StoreFailed` where the store cannot be read.
    """

    def __init__(self, store: Store, *, tokens: Mapping[str, Token] | None = None) -> None:
        """`tokens`: those of the configuration file, by id."""
        self._store = store
        self.forgotten: list[Forgotten] = []
        """Told of each station and token that was forgotten: whoever has something of it in memory lets go of it."""
        self.registrations = Registrations(store)
        self.tokens = Tokens(store, tokens)
        self.transactions = Transactions(store)
        self.meter_values = MeterValues(store)
        self.security_events = SecurityEvents(store)
        self.events = StationEvents(store)
        self.messages = Messages(store)
        self.documents = Documents(store)
        self.stations = Book(store, Station, "station")
        self.connectors = Book(store, Connector, "connector", "evse", "connector")
        self.variables = Book(store, Variable, "variable", "component", "variable", "attribute")
        self.reservations = Book(store, Reservation, "reservation", "reservation_id")
        self.local_lists = Book(store, LocalList, "local_list")
        self.charging_profiles = Book(store, ChargingProfile, "charging_profile", "profile_id")
        self.certificates = Book(store, Certificate, "certificate", "key")

    @classmethod
    def closed(cls) -> "Records":
        """Those of no broker: whatever is read or committed raises `StoreFailed`."""
        return cls(Store("sqlite://"))

    async def load(self) -> None:
        """What has to be in memory before anybody connects. The store is open."""
        await self.registrations.load()

    def later(self, *changes: Change) -> None:
        """On the disk within 0.2 s; nobody waits. Kept while the store has failed."""
        for change in changes:
            self._store.later(change)

    async def commit(self, *changes: Change) -> None:
        """On the disk when it returns, all or none; `StoreFailed` where they are not, or not in 4 s.

        What took longer may be there later: whoever was not acknowledged says it again, and it is kept by its key.
        """
        written = self._store.write([op for change in changes for op in change])
        try:
            async with asyncio.timeout(_COMMIT_SECONDS):
                await written
        except TimeoutError:
            raise StoreFailed("the disk is too slow") from None

    async def forget_station(self, identity: str) -> dict[str, int]:
        """Everything of a station, its outboxes and its registration too; how many rows that were, by table.

        Not reached: what the configuration file says, and what a station that is connected goes on to say.
        """
        counts = await forget.station(self._store, identity)
        self.registrations.forget(identity)
        self._tell(identity=identity)
        return counts

    async def forget_token(self, id: str) -> dict[str, int]:  # noqa: A002 - what OCPP calls it
        """A token: its row, and in transactions, reservations, local lists and other tokens' parents.

        Transactions and reservations stay, with an empty token. How many rows that were, by table. Not reached:
        messages that still wait in an outbox or lie among the dead letters (delivered as they were sent), meter
        values, the log of messages, documents of plugins, what an upstream's answer left in the cache of
        authorizations (kept as a keyed digest, until it expires), the configuration file, and the list within the
        station, which the next update of that list changes.
        """
        counts = await forget.token(self._store, id)
        self.tokens.forget()
        self._tell(token=id)
        return counts

    def _tell(self, identity: str | None = None, token: str | None = None) -> None:
        for tell in tuple(self.forgotten):
            tell(identity, token)

    async def prune(self, limits: Mapping[str, float], now: float) -> dict[str, int]:
        """Delete what is older than so many seconds; how many rows went, by kind.

        Kinds: meter_values, transactions (that have ended, with their meter values), security_events, events,
        messages, reservations (that have ended).
        """
        return await retention.prune(self._store, limits, now)
