"""Registered stations: what an operator has set, in memory, because the door asks at every connection."""

import logging
from collections.abc import Callable, Collection, Mapping

from broker.records.codec import Codec
from broker.records.rows import Registration
from broker.records.writing import written
from broker.store import Store, changes

_TABLE = "registration"
_ACCEPTED = "accepted"

_log = logging.getLogger("broker.records")


class Registrations:
    """What was set by the API or the command line; it counts before the configuration file, member by member."""

    def __init__(self, store: Store) -> None:
        self.watchers: list[Callable[[str], None]] = []
        """Called on the loop with the identity after a change."""
        self._store = store
        self._codec = Codec(Registration, keys=("identity",))
        self._rows: dict[str, Registration] = {}
        self._boots: Mapping[str, str] = {}
        self._unknown = _ACCEPTED
        self._known: Collection[str] = ()

    async def load(self) -> None:
        """Read all of them."""
        rows = await self._store.select(_TABLE, columns=self._codec.fields)
        self._rows = {row.identity: row for row in map(self._codec.row, rows)}

    def configure(self, boots: Mapping[str, str], unknown: str, known: Collection[str]) -> None:
        """From the file: boot policies by identity, that of stations that nobody knows, and whom the file knows."""
        self._boots, self._unknown, self._known = boots, unknown, known

    def get(self, identity: str) -> Registration | None:
        """What was set for this station."""
        return self._rows.get(identity)

    def all(self) -> list[Registration]:
        """All of them, by identity."""
        return [self._rows[identity] for identity in sorted(self._rows)]

    def boot_policy(self, identity: str) -> str:
        """What a boot of this station is answered: accepted, pending or rejected."""
        row = self._rows.get(identity)
        if row is not None and row.boot is not None:
            return row.boot
        if (configured := self._boots.get(identity)) is not None:
            return configured
        return _ACCEPTED if row is not None or identity in self._known else self._unknown

    async def put(self, reg: Registration) -> None:
        """On the disk first, then in memory. `StoreFailed` where it could not be written."""
        params = self._codec.params(reg)
        row = self._codec.row(params)

        def then(committed: bool) -> None:
            if committed:
                self._rows[row.identity] = row
                self.tell(row.identity)

        await written(self._store, [changes.put_row(_TABLE, self._codec.key_of(params), params)], then)

    async def drop(self, identity: str) -> bool:
        """Back to the configuration file; whether there was anything."""
        if identity not in self._rows:
            return False

        def then(committed: bool) -> None:
            if committed:
                self.forget(identity)

        await written(self._store, [changes.drop_row(_TABLE, self._codec.key(identity))], then)
        return True

    def forget(self, identity: str) -> None:
        """Its row is gone: so it is here."""
        if self._rows.pop(identity, None) is not None:
            self.tell(identity)

    def tell(self, identity: str) -> None:
        """Something has changed for this station, here or in the file."""
        for watcher in tuple(self.watchers):
            try:
                watcher(identity)
            except Exception:  # noqa: BLE001 - the others have to know too
                _log.exception("a watcher of the registrations failed")
