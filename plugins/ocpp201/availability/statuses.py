"""The last status of each connector, in the records: from StatusNotification, and from NotifyEvent in its place.

A station may tell a connector's state by either (TC_E, TC_G); what both say is one row.
"""

from broker.api import BasePlugin, Connector, SessionView, StoreFailed

#: Where the notes of a session are.
_STATE = "ocpp201.availability"
#: Connectors of one station that are kept, and characters of a status: memory is not the station's to fill.
_CONNECTORS = 1_000
_LONGEST = 50

Known = dict[tuple[int, int], str]


class Statuses(BasePlugin):
    """The part of the availability block that writes down."""

    def status(self, session: SessionView, evse: int, connector: int, status: str, at: float | None) -> None:
        """Keep a connector's status, if it is another one. Others find this as `shared["ocpp201.connectors"]`."""
        if not self.knows(session):
            self.spawn(self.first(session, evse, connector, status, at), name="status")
        else:
            self._changed(session, evse, connector, status, at)

    async def first(self, session: SessionView, evse: int, connector: int, status: str, at: float | None) -> None:
        """The first one on a connection: a station repeats what is known, and that is no change."""
        try:
            rows = await self.records.connectors.of(session.identity)
        except StoreFailed:
            rows = []
        if not self.knows(session):
            session.state[_STATE] = {(row.evse, row.connector): row.status for row in rows}
        self._changed(session, evse, connector, status, at)

    def _changed(self, session: SessionView, evse: int, connector: int, status: str, at: float | None) -> None:
        known: Known = session.state[_STATE]
        key, status = (evse, connector), status[:_LONGEST]
        if known.get(key) == status or (key not in known and len(known) >= _CONNECTORS):
            return
        known[key] = status
        row = Connector(
            identity=session.identity,
            evse=evse,
            connector=connector,
            status=status,
            at=at,
            changed_at=self.clock.now(),
        )
        self.records.later(self.records.connectors.put(row))

    def knows(self, session: SessionView) -> bool:
        """Whether what was known of this station has been read on this connection."""
        return _STATE in session.state
