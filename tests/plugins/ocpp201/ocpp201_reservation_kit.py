"""A started reservation plugin of 2.x and its station, whose calls are checked with the schemas."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from broker.api import Call, Direction, Reply, Reservation, Version
from broker.testing import Harness, harness
from plugins.ocpp201.reservation.plugin import Reservations

ID = "CP001"
NOW = 1_767_225_600.0
TO = Direction.TO_STATION
CARD = {"idToken": "CARD", "type": "Central"}
ASK = {"id": 5, "expiryDateTime": "2026-01-01T00:10:00Z", "evseId": 2, "idToken": CARD}
EVENT = {
    "eventType": "Started",
    "timestamp": "2026-01-01T00:05:00Z",
    "triggerReason": "Authorized",
    "seqNo": 0,
    "transactionInfo": {"transactionId": "TX1"},
    "evse": {"id": 2, "connectorId": 1},
    "idToken": CARD,
}


class Desk:
    """The harness, and one version's station."""

    def __init__(self, h: Harness, ocpp: str) -> None:
        self.h = h
        self.ocpp = ocpp
        self.station = h.session(ocpp)
        self.station.replies = {
            "ReserveNow": Reply.result({"status": "Accepted"}),
            "CancelReservation": Reply.result({"status": "Accepted"}),
        }

    @property
    def sent(self) -> list[tuple[str, dict[str, Any]]]:
        return self.station.sent

    async def reserve(self, **params: Any) -> dict[str, Any]:
        return await self.h.operate(self.ocpp, "reserve", {"idToken": "CARD", **params})

    async def cancel(self, **params: Any) -> dict[str, Any]:
        return await self.h.operate(self.ocpp, "cancel-reservation", params)

    async def passes(self, action: str, payload: dict[str, Any], status: str | None) -> None:
        """A call to the station of an upstream or of the API; None: the station answers with an error."""
        reply = Reply.error("NotSupported") if status is None else Reply.result({"status": status})
        assert await self.h.reply(self.ocpp, action, payload, reply, direction=TO) is reply

    async def event(self, answer: dict[str, Any] | None = None, **more: Any) -> None:
        """A TransactionEvent, answered with this; a member that is None is left out."""
        payload = {name: value for name, value in {**EVENT, **more}.items() if value is not None}
        reply = Reply.result(answer or {})
        assert await self.h.reply(self.ocpp, "TransactionEvent", payload, reply) is reply

    async def update(self, number: Any = 5, status: Any = "Expired") -> None:
        payload = {"reservationId": number, "reservationUpdateStatus": status}
        assert (await self.h.call(self.ocpp, "ReservationStatusUpdate", payload)).payload == {}

    async def row(self, number: int = 5) -> Reservation:
        found = await self.h.records.reservations.get(ID, number)
        assert found is not None
        return found

    async def life(self, number: int = 5) -> tuple[str, str, str | None]:
        found = await self.row(number)
        return (found.status, found.answer, found.transaction_id)


@asynccontextmanager
async def reservations(ocpp: str, **config: Any) -> AsyncIterator[Desk]:
    """The plugin, and a station that accepts everything."""
    h = harness(Reservations, **config)
    await h.ready()
    desk = Desk(h, ocpp)
    try:
        yield desk
        for action, payload in desk.sent:
            assert h.plugins.schemas.check_call(Call.of(action, payload, version=Version(ocpp))) is None
    finally:
        await h.stop()
