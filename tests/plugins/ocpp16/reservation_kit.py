"""A started Reservation plugin and its station, whose calls are checked with the schemas."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from broker.api import Call, Direction, Reply, Reservation, Version
from broker.testing import Harness, harness
from plugins.ocpp16.reservation import ReservationProfile

V = "ocpp1.6"
ID = "CP001"
NOW = 1_767_225_600.0
TO = Direction.TO_STATION
START = {"connectorId": 1, "idTag": "CARD", "meterStart": 0, "timestamp": "2026-01-01T00:05:00Z"}
NAMED = {"connectorId": 2, "expiryDate": "2026-01-01T00:10:00Z", "idTag": "CARD", "reservationId": 5}
STATUS = {"connectorId": 1, "errorCode": "NoError", "status": "Available"}


@asynccontextmanager
async def reservations(**config: Any) -> AsyncIterator[Harness]:
    """The plugin, and a station that accepts everything."""
    h = harness(ReservationProfile, **config)
    await h.ready()
    h.session(V).replies = {
        "ReserveNow": Reply.result({"status": "Accepted"}),
        "CancelReservation": Reply.result({"status": "Accepted"}),
    }
    try:
        yield h
        for action, payload in h.session(V).sent:
            assert h.plugins.schemas.check_call(Call.of(action, payload, version=Version.V16)) is None
    finally:
        await h.stop()


async def reserve(h: Harness, **params: Any) -> dict[str, Any]:
    return await h.operate(V, "reserve", {"idTag": "CARD", **params})


async def cancel(h: Harness, **params: Any) -> dict[str, Any]:
    return await h.operate(V, "cancel-reservation", params)


async def passes(h: Harness, action: str, payload: dict[str, Any], answer: dict[str, Any] | str = "") -> None:
    """A call to the station of an upstream or of the API, and its answer: a result, or the code of an error."""
    reply = Reply.result(answer) if isinstance(answer, dict) else Reply.error(answer)
    assert await h.reply(V, action, payload, reply, direction=TO) is reply


async def started(h: Harness, transaction: int | None = 77, parent: str | None = None, **more: Any) -> None:
    """A StartTransaction, answered with this transactionId, or with an error."""
    info = {"status": "Accepted"} if parent is None else {"status": "Accepted", "parentIdTag": parent}
    answer = {"transactionId": transaction, "idTagInfo": info}
    reply = Reply.error("InternalError") if transaction is None else Reply.result(answer)
    assert await h.reply(V, "StartTransaction", {**START, **more}, reply) is reply


async def status(h: Harness, **more: Any) -> None:
    reply = Reply.result({})
    assert await h.reply(V, "StatusNotification", {**STATUS, **more}, reply) is reply


async def row(h: Harness, number: int = 1) -> Reservation | None:
    return await h.records.reservations.get(ID, number)


async def life(h: Harness, number: int = 1) -> tuple[str, str, str | None]:
    found = await row(h, number)
    assert found is not None
    return (found.status, found.answer, found.transaction_id)
