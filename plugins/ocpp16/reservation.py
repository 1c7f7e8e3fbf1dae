"""OCPP 1.6 Reservation profile: reserves connectors, and follows each reservation to its end."""

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
    Version,
    hookimpl,
    on_call,
    operation,
    record,
)
from plugins.ocpp16.idtags import LONGEST
from plugins.ocpp16.reservation_params import Cancel, Reserve
from plugins.ocpp16.reservations import ENDING, ended_by_status, row_of, start_of
from plugins.shared.reservation_desk import ReservationDesk
from plugins.shared.reservations import expired
from plugins.shared.values import text, timestamp, whole

V16 = "ocpp1.6"
ACTIONS = ("CancelReservation", "ReserveNow")
_FROM = Direction.FROM_STATION
_TO = Direction.TO_STATION


class ReservationProfile(BasePlugin):
    """OCPP 1.6 Reservation: ReserveNow and CancelReservation, and the life of reservations."""

    name = "ocpp16.reservation"

    class Config(BasePlugin.Config):
        expires_in: float = Field(default=900, gt=0)
        """Seconds for which a connector is reserved where nobody says how long."""

    config: Config

    def __init__(self, config: Config, context: Context) -> None:
        super().__init__(config, context)
        self._desk = ReservationDesk(context)

    @hookimpl
    def register_actions(self) -> list[Action]:
        """The calls of the profile; a station sends none."""
        return [Action(Version.V16, name, _TO, "Reservation") for name in ACTIONS]

    @hookimpl
    async def broker_starting(self) -> None:
        """Begin to look for reservations whose time is over, those of stations that are away too."""
        self.spawn(self._desk.watch(), name="expiry")

    # --- what an operator asks --------------------------------------------------------------------------------------

    @operation("reserve", V16)
    async def reserve(self, session: SessionView, params: Reserve) -> dict[str, Any]:
        """Reserve a connector, or any of the station, for an idTag; whether it is free is the station's to say."""
        wanted = params.model_dump(exclude_none=True, exclude={"expiresIn"})
        if params.expiryDate is None:
            seconds = self.config.expires_in if params.expiresIn is None else params.expiresIn
            expiry = timestamp(self.clock.now() + seconds)
            if expiry is None:
                raise OperationFailed("expiresIn is beyond the calendar")
            wanted["expiryDate"] = expiry
        if "parentIdTag" not in params.model_fields_set:
            token = await self.records.tokens.find(params.idTag)
            if token is not None and token.parent and len(token.parent) <= LONGEST:
                wanted["parentIdTag"] = token.parent
        if params.reservationId is None:
            wanted["reservationId"] = await self._desk.fresh(session.identity)
        answer = self.result_of(await session.call("ReserveNow", wanted))
        return {
            "status": answer.get("status"),
            "reservationId": wanted["reservationId"],
            "expiryDate": wanted["expiryDate"],
        }

    @operation("cancel-reservation", V16)
    async def cancel(self, session: SessionView, params: Cancel) -> dict[str, Any]:
        """Cancel a reservation by its number, or the one of a connector or an idTag."""
        number_of = params.reservationId
        if number_of is None:
            number_of = await self._desk.only(session.identity, params.connectorId, params.idTag)
        answer = self.result_of(await session.call("CancelReservation", {"reservationId": number_of}))
        return {"status": answer.get("status"), "reservationId": number_of}

    # --- what happens, whoever asked --------------------------------------------------------------------------------

    @on_call(V16, "ReserveNow", direction=_TO, trylast=True)
    async def asked(self, session: SessionView, call: Call) -> None:
        """Note it before it goes out: its answer may never come."""
        await self._desk.was_asked(row_of(session.identity, call.payload, self.clock.now()))

    @record(V16, "ReserveNow", direction=_TO)
    async def reserved(self, session: SessionView, call: Call, reply: Reply) -> None:
        """Note what the station says; the same number again takes the place of what it was."""
        await self._desk.was_answered(row_of(session.identity, call.payload, self.clock.now()), reply)

    @record(V16, "CancelReservation", direction=_TO)
    async def ended(self, session: SessionView, call: Call, reply: Reply) -> None:
        """Note a reservation's end by command."""
        await self._desk.was_cancelled(session, whole(call.payload.get("reservationId")), reply)

    @record(V16, "StartTransaction", direction=_FROM)
    async def started(self, session: SessionView, call: Call, reply: Reply) -> None:
        """Note which reservation a transaction has used."""
        info = reply.payload.get("idTagInfo")
        group = text(info.get("parentIdTag")) if isinstance(info, dict) else None
        await self._desk.was_started(session, start_of(call.payload, reply.payload), group)

    @record(V16, "StatusNotification", direction=_FROM)
    async def status_changed(self, session: SessionView, call: Call, reply: Reply) -> None:
        """Note what a connector's status says of reservations: it is Available again, or cannot be used at all."""
        if call.payload.get("status") not in ("Available", *ENDING):
            return
        now = self.clock.now()
        for number_of in await self._desk.live(session.identity):  # of those that ended there may be many
            await self._desk.step(
                session.identity,
                number_of,
                lambda row: row and (expired(row, now) or ended_by_status(row, call.payload, now)),
            )
