"""What the messages of the Core profile leave in the records, whoever answered them.

Where the local CSMS answers, a transaction message is on disk before the station gets its CALLRESULT: the broker does
not acknowledge what could not be kept (field-notes R-02). In relay mode nobody waits for it.
"""

import json
from collections.abc import Coroutine
from typing import Any

import msgspec

from broker.api import (
    BasePlugin,
    Call,
    Change,
    Connector,
    Direction,
    Reply,
    SessionView,
    StoreFailed,
    Transaction,
    record,
)
from plugins.ocpp16.configuration import Known, by_key, changes, gone, learned, told
from plugins.ocpp16.core_boot import V16
from plugins.ocpp16.starts import Starts, start_key
from plugins.shared.values import connector, moment, number, reading, text, whole

Kept = Coroutine[Any, Any, None] | None

#: Connectors of one station that are kept, and characters of each text about one: memory is not the station's to fill.
_CONNECTORS = 1_000
_LONGEST = 1_000

_FROM = Direction.FROM_STATION
_TO = Direction.TO_STATION


class _Metered(msgspec.Struct, gc=False):
    """What is read of MeterValues: they are many, and may pass on the way to an upstream."""

    connectorId: int = 0
    transactionId: int | None = None


_read_metered = msgspec.json.Decoder(_Metered).decode


class Notes(msgspec.Struct):
    """What Core knows of one connection."""

    statuses: dict[int, tuple[Any, ...]] | None = None
    """By connectorId, what was last written down; None: not yet read."""


def notes_of(session: SessionView) -> Notes:
    """The notes on this connection."""
    notes: Notes | None = session.state.get("ocpp16.core")
    if notes is None:
        notes = session.state["ocpp16.core"] = Notes()
    return notes


class Recorders(BasePlugin):
    """The part of Core that writes down."""

    starts: Starts

    @record(V16, "StatusNotification", direction=_FROM)
    def status_changed(self, session: SessionView, call: Call, reply: Reply) -> Kept:
        """Keep a connector's status, if it is another one."""
        if not reply.is_result:
            return None
        known = notes_of(session).statuses
        if known is None:
            return self._first_status(session, call)
        self._status(session, call, known)
        return None

    async def _first_status(self, session: SessionView, call: Call) -> None:
        """The first one on a connection: a station repeats what is known, and that is no change."""
        notes = notes_of(session)
        try:
            rows = await self.records.connectors.of(session.identity)
        except StoreFailed:
            rows = []
        if notes.statuses is None:
            notes.statuses = {row.evse: _facts(row) for row in rows}
        self._status(session, call, notes.statuses)

    def _status(self, session: SessionView, call: Call, known: dict[int, tuple[Any, ...]]) -> None:
        payload = call.payload
        evse, number_of = connector(payload.get("connectorId"))
        row = Connector(
            identity=session.identity,
            evse=evse,
            connector=number_of,
            status=_short(payload.get("status")),
            error_code=_short(payload.get("errorCode")),
            info=_short(payload.get("info")),
            vendor_id=_short(payload.get("vendorId")),
            vendor_error_code=_short(payload.get("vendorErrorCode")),
            at=moment(payload.get("timestamp")),
            changed_at=self.clock.now(),
        )
        facts = _facts(row)
        if known.get(evse) != facts and (evse in known or len(known) < _CONNECTORS):
            known[evse] = facts
            self.records.later(self.records.connectors.put(row))

    @record(V16, "StartTransaction", direction=_FROM)
    def started(self, session: SessionView, call: Call, reply: Reply) -> Kept:
        """Keep a transaction's begin under the id that the station was given."""
        answered = reply.payload
        given = number(answered.get("transactionId"))
        if given is None:
            return None
        payload, now = call.payload, self.clock.now()
        key = start_key(payload)
        self.starts.given(session.identity, key, given)
        info = answered.get("idTagInfo")
        info = info if isinstance(info, dict) else {}
        evse, number_of = connector(payload.get("connectorId"))
        row = Transaction(
            identity=session.identity,
            transaction_id=str(given),
            version=V16,
            evse=evse,
            connector=number_of,
            token=text(payload.get("idTag")),
            token_type=None,
            parent=text(info.get("parentIdTag")),
            status=text(info.get("status")) or "",
            reservation_id=whole(payload.get("reservationId")),
            answered_by=call.answered_by,
            started_at=moment(payload.get("timestamp")),
            meter_start=reading(payload.get("meterStart")),
            received_at=now,
            updated_at=now,
            start_key=key,
        )
        return self._keep(call, self.records.transactions.started(row))

    @record(V16, "MeterValues", direction=_FROM)
    def metered(self, session: SessionView, call: Call, reply: Reply) -> Kept:
        """Keep meter values; those of a transaction like the transaction."""
        if not reply.is_result:
            return None
        try:
            read = _read_metered(call.raw)
            connector_id, given = read.connectorId, read.transactionId
        except ValueError:
            connector_id, given = whole(call.payload.get("connectorId")) or 0, number(call.payload.get("transactionId"))
        evse, number_of = connector(connector_id)
        transaction_id = None if given is None else str(given)
        change = self.records.meter_values.add(
            session.identity,
            transaction_id,
            evse=evse,
            connector=number_of,
            version=V16,
            payload=call.raw,
            received_at=self.clock.now(),
        )
        if transaction_id is None:
            self.records.later(change)
            return None
        return self._keep(call, change)

    @record(V16, "StopTransaction", direction=_FROM)
    def stopped(self, session: SessionView, call: Call, reply: Reply) -> Kept:
        """Keep a transaction's end, and its meter values, also where nobody knows of its begin (errata 3.18)."""
        if not reply.is_result:
            return None
        payload, now = call.payload, self.clock.now()
        given = number(payload.get("transactionId"))
        transaction_id = "" if given is None else str(given)
        changes = [
            self.records.transactions.stopped(
                session.identity,
                transaction_id,
                version=V16,
                stopped_at=moment(payload.get("timestamp")),
                meter_stop=reading(payload.get("meterStop")),
                reason=text(payload.get("reason")) or "Local",  # 1.6 6.49: left out, it is Local
                token=text(payload.get("idTag")),
                received_at=now,
                answered_by=call.answered_by,
            )
        ]
        if payload.get("transactionData"):
            changes.append(self._transaction_data(session.identity, transaction_id, payload["transactionData"], now))
        return self._keep(call, *changes)

    def _transaction_data(self, identity: str, transaction_id: str, values: Any, now: float) -> Change:
        return self.records.meter_values.add(
            identity,
            transaction_id,
            evse=None,
            connector=None,
            version=V16,
            payload=json.dumps(values, separators=(",", ":")).encode(),  # takes whatever JSON can say
            received_at=now,
            with_stop=True,
        )

    @record(V16, "GetConfiguration", direction=_TO)
    async def configuration_read(self, session: SessionView, call: Call, reply: Reply) -> None:
        """Keep the keys of a station, whoever asked for them."""
        if not reply.is_result:
            return
        known, now = await self._known_keys(session.identity), self.clock.now()
        everything = not call.payload.get("key")
        changed = [change["key"] for change in changes(known, [reply.payload], everything=everything)]
        if changed:  # no values: what a vendor's key holds is not known here
            self.log.info("%s: its configuration has changed: %.500s", session.identity, ", ".join(changed))
        variables = self.records.variables
        rows = [
            learned(session.identity, known, one["key"], one.get("value"), one.get("readonly") is True, now)
            for one in told(reply.payload)
        ]
        drops = gone(known, [reply.payload], everything=everything)
        self.records.later(
            *(variables.put(row) for row in rows),
            *(variables.drop(session.identity, row.component, row.variable, row.attribute) for row in drops),
        )

    @record(V16, "ChangeConfiguration", direction=_TO)
    async def configuration_changed(self, session: SessionView, call: Call, reply: Reply) -> None:
        """Keep what a key was set to; never the value of a secret."""
        key = text(call.payload.get("key"))
        if key is None or reply.payload.get("status") not in ("Accepted", "RebootRequired"):
            return
        known = await self._known_keys(session.identity)
        row = learned(session.identity, known, key, call.payload.get("value"), None, self.clock.now())
        self.records.later(self.records.variables.put(row))

    async def _known_keys(self, identity: str) -> Known:
        try:
            return by_key(await self.records.variables.of(identity))
        except StoreFailed:  # nothing that a caller's answer should wait for
            return {}

    def _keep(self, call: Call, *changes: Change) -> Kept:
        if call.answered_by == "local":
            return self.records.commit(*changes)
        self.records.later(*changes)
        return None


def _short(value: Any) -> str:
    return (text(value) or "")[:_LONGEST]


def _facts(row: Connector) -> tuple[Any, ...]:
    """What makes one status another than the one before; the moment does not."""
    return (row.status, row.error_code, row.info, row.vendor_id, row.vendor_error_code)
