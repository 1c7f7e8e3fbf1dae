"""Security events, events of the device model, and the log of messages."""

from typing import Any

from broker.records.change import Change
from broker.records.codec import Codec, Param, blob, number, real, text
from broker.records.meter_values import digest
from broker.records.rows import Message, SecurityEvent, StationEvent
from broker.store import Store, changes

_EVENTS = "security_event"
_NOTICED = "station_event"
_MESSAGES = "logged_message"
_DAY = 86_400


def _given(conditions: list[tuple[str, Param]]) -> list[tuple[str, Param]]:
    return [(condition, value) for condition, value in conditions if value is not None]


def _text_or_none(value: str | None) -> str | None:
    return None if value is None else text(value)


class SecurityEvents:
    """What is to be kept for whoever investigates."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._codec = Codec(SecurityEvent)

    def add(
        self,
        identity: str,
        type: str,  # noqa: A002 - OCPP's word
        *,
        at: float | None,
        received_at: float,
        tech_info: str = "",
    ) -> Change:
        """One event. The same again, which a station sends that was not answered, is not a second one."""
        identity, type, tech_info = text(identity), text(type), text(tech_info)  # noqa: A001
        id_ = self._store.new_id()
        at = None if at is None else real(at)
        # By the day: a station without a clock says the same again at each start, and means it.
        once = digest(identity, type, repr(at), tech_info, str(int(received_at // _DAY)))
        params = (id_, identity, type, at, real(received_at), tech_info, once)
        return (changes.add_row(_EVENTS, id_, params),)

    async def page(
        self,
        *,
        identity: str | None = None,
        type: str | None = None,  # noqa: A002
        since: float | None = None,
        until: float | None = None,
        after: int = 0,
        limit: int = 100,
    ) -> list[SecurityEvent]:
        """Those with a higher id than `after`, by id; `since` and `until` are of the time they were received."""
        where = _given(
            [
                ("id >", number(after)),
                ("identity =", _text_or_none(identity)),
                ("type =", _text_or_none(type)),
                ("received_at >=", since),
                ("received_at <", until),
            ]
        )
        rows = await self._store.select(_EVENTS, where, columns=self._codec.fields, order=("id",), limit=limit)
        return [self._codec.row(row) for row in rows]


class StationEvents:
    """What stations of 2.x have noticed."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._codec = Codec(StationEvent)

    def add(
        self,
        identity: str,
        *,
        component: str,
        variable: str,
        at: float | None,
        received_at: float,
        value: str,
        details: dict[str, Any],
    ) -> Change:
        """One event. The same again, which a station repeats that was not answered, is not a second one."""
        row = StationEvent(
            id=self._store.new_id(),
            identity=identity,
            component=component,
            variable=variable,
            at=at,
            received_at=received_at,
            value=value,
            details=details,
        )
        # Without a time of its own: once a day, as for security events.
        when = f"{at!r}" if at is not None else str(int(received_at // _DAY))
        once = digest(text(identity), text(component), text(variable), when, text(value), blob(details))
        return (changes.add_row(_NOTICED, row.id, (*self._codec.params(row), once)),)

    async def page(
        self,
        *,
        identity: str | None = None,
        component: str | None = None,
        variable: str | None = None,
        since: float | None = None,
        until: float | None = None,
        after: int = 0,
        limit: int = 100,
    ) -> list[StationEvent]:
        """Those with a higher id than `after`, by id; `since` and `until` are of the time they were received."""
        where = _given(
            [
                ("id >", number(after)),
                ("identity =", _text_or_none(identity)),
                ("component =", _text_or_none(component)),
                ("variable =", _text_or_none(variable)),
                ("received_at >=", since),
                ("received_at <", until),
            ]
        )
        rows = await self._store.select(_NOTICED, where, columns=self._codec.fields, order=("id",), limit=limit)
        return [self._codec.row(row) for row in rows]


class Messages:
    """Messages as they went by, for whoever looks for an error."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._codec = Codec(Message)

    def add(
        self,
        *,
        at: float,
        identity: str,
        direction: str,
        peer: str,
        action: str,
        message_id: str,
        kind: str,
        outcome: str,
        payload: bytes,
    ) -> Change:
        """One message."""
        row = Message(
            id=self._store.new_id(),
            at=at,
            identity=identity,
            direction=direction,
            peer=peer,
            action=action,
            message_id=message_id,
            kind=kind,
            outcome=outcome,
            payload=payload,
        )
        return (changes.add_row(_MESSAGES, row.id, self._codec.params(row)),)

    async def page(
        self,
        *,
        identity: str | None = None,
        action: str | None = None,
        direction: str | None = None,
        since: float | None = None,
        until: float | None = None,
        after: int = 0,
        limit: int = 100,
    ) -> list[Message]:
        """Those with a higher id than `after`, by id."""
        where = _given(
            [
                ("id >", number(after)),
                ("identity =", _text_or_none(identity)),
                ("action =", _text_or_none(action)),
                ("direction =", _text_or_none(direction)),
                ("at >=", since),
                ("at <", until),
            ]
        )
        rows = await self._store.select(_MESSAGES, where, columns=self._codec.fields, order=("id",), limit=limit)
        return [self._codec.row(row) for row in rows]
