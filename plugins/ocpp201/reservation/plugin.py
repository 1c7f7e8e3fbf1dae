"""OCPP 2.0.1 and 2.1, functional block H: reserves EVSEs, and follows each reservation to its end."""

from typing import Any

from pydantic import Field

from broker.api import (
    Action,
    BasePlugin,
    Call,
    Context,
    Direction,
    OperationFailed,
    Reply,
    SessionView,
    answer,
    hookimpl,
    on_call,
    operation,
    record,
)
from plugins.ocpp201.id_token_info import group_of_token
from plugins.ocpp201.id_tokens import resolved
from plugins.ocpp201.reservation.messages import group_of, row_of, start_of, updated
from plugins.ocpp201.reservation.params import Cancel, Reserve
from plugins.ocpp201.versions import V2, actions
from plugins.shared.reservation_desk import ReservationDesk
from plugins.shared.values import text, timestamp, whole

_FROM = Direction.FROM_STATION
_TO = Direction.TO_STATION


class Reservations(BasePlugin):
    """OCPP 2.x reservation: ReserveNow and CancelReservation, and the life of reservations."""

    name = "ocpp201.reservation"

    class Config(BasePlugin.Config):
        expires_in: float = Field(default=900, gt=0)
        """Seconds for which an EVSE is reserved where nobody says how long."""

    config: Config

    def __init__(self, config: Config, context: Context) -> None:
        super().__init__(config, context)
        self._desk = ReservationDesk(context)

    @hookimpl
    def register_actions(self) -> list[Action]:
        """The calls of block H."""
        return actions(
            "Reservation",
            from_station=("ReservationStatusUpdate",),
            to_station=("CancelReservation", "ReserveNow"),
        )

    @hookimpl
    async def broker_starting(self) -> None:
        """Begin to look for reservations whose time is over, those of stations that are away too."""
        self.spawn(self._desk.watch(), name="expiry")

    # --- what an operator asks --------------------------------------------------------------------------------------

    @operation("reserve", V2)
    async def reserve(self, session: SessionView, params: Reserve) -> dict[str, Any]:
        """Reserve an EVSE, or any of the station, for an idToken; whether it is free is the station's to say."""
        wanted: dict[str, Any] = {
            "id": await self._desk.fresh(session.identity) if params.id is None else params.id,
            "expiryDateTime": params.expiryDateTime or self._expiry(params.expiresIn),
            "idToken": await resolved(self.records, params.idToken),
        }
        group = await self._group(session, params)
        optional = {"evseId": params.evseId, "connectorType": params.connectorType, "groupIdToken": group}
        wanted |= {name: value for name, value in optional.items() if value is not None}
        answered = self.result_of(await session.call("ReserveNow", wanted))
        return {
            "status": answered.get("status"),
            "reservationId": wanted["id"],
            "expiryDateTime": wanted["expiryDateTime"],
        }

    @operation("cancel-reservation", V2)
    async def cancel(self, session: SessionView, params: Cancel) -> dict[str, Any]:
        """Cancel a reservation by its number, or the one of an EVSE or an idToken."""
        number = params.reservationId
        if number is None:
            number = await self._desk.only(session.identity, params.evseId, params.idToken)
        answered = self.result_of(await session.call("CancelReservation", {"reservationId": number}))
        return {"status": answered.get("status"), "reservationId": number}

    def _expiry(self, seconds: float | None) -> str:
        expiry = timestamp(self.clock.now() + (self.config.expires_in if seconds is None else seconds))
        if expiry is None:
            raise OperationFailed("expiresIn is beyond the calendar")
        return expiry

    async def _group(self, session: SessionView, params: Reserve) -> dict[str, Any] | None:
        """The group whose other tokens may use it too (H03)."""
        if params.groupIdToken is not None:
            return await resolved(self.records, params.groupIdToken)
        if "groupIdToken" in params.model_fields_set:
            return None
        token = await self.records.tokens.find(params.idToken.idToken)
        return None if token is None else group_of_token(token, session.version)

    # --- what happens, whoever asked --------------------------------------------------------------------------------

    @answer(V2, "ReservationStatusUpdate")
    def heard(self, session: SessionView, call: Call) -> dict[str, Any]:
        """A reservation is over, or was removed (H04); it is written down below."""
        return {}

    @record(V2, "ReservationStatusUpdate", direction=_FROM)
    async def update(self, session: SessionView, call: Call, reply: Reply) -> None:
        """Note how the station has ended a reservation."""
        status, now = text(call.payload.get("reservationUpdateStatus")), self.clock.now()
        number = whole(call.payload.get("reservationId"))
        await self._desk.step(session.identity, number, lambda row: row and updated(row, status, now))

    @on_call(V2, "ReserveNow", direction=_TO, trylast=True)
    async def asked(self, session: SessionView, call: Call) -> None:
        """Note it before it goes out: its answer may never come."""
        await self._desk.was_asked(row_of(session.identity, call.payload, self.clock.now()))

    @record(V2, "ReserveNow", direction=_TO)
    async def reserved(self, session: SessionView, call: Call, reply: Reply) -> None:
        """Note what the station says; the same id again takes the place of what it was."""
        await self._desk.was_answered(row_of(session.identity, call.payload, self.clock.now()), reply)

    @record(V2, "CancelReservation", direction=_TO)
    async def ended(self, session: SessionView, call: Call, reply: Reply) -> None:
        """Note a reservation's end by command."""
        await self._desk.was_cancelled(session, whole(call.payload.get("reservationId")), reply)

    @record(V2, "TransactionEvent", direction=_FROM)
    async def started(self, session: SessionView, call: Call, reply: Reply) -> None:
        """Note which reservation a transaction has used."""
        start = start_of(call.payload)
        if start is not None:
            await self._desk.was_started(session, start, group_of(reply.payload))
