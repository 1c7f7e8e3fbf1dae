"""OCPP 1.6 Reservation profile: reserves connectors, and follows each reservation to its end."""

import asyncio
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
    StoreFailed,
    Version,
    hookimpl,
    on_call,
    operation,
    record,
)
from plugins.ocpp16.idtags import LONGEST
from plugins.ocpp16.reservation_book import ReservationBook, Step
from plugins.ocpp16.reservation_params import Cancel, Reserve
from plugins.ocpp16.reservations import (
    ENDING,
    LIVE,
    answered,
    asked,
    cancelled,
    ended_by_status,
    ends,
    expired,
    fresh_id,
    meant,
    used,
)
from plugins.shared.ci_string import folded
from plugins.shared.values import number, text, timestamp, whole

V16 = "ocpp1.6"
ACTIONS = ("CancelReservation", "ReserveNow")
#: Seconds between two looks for reservations whose time is over.
_LOOK = 60.0
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
        self._book = ReservationBook(context)
        self._given: dict[str, int] = {}

    @hookimpl
    def register_actions(self) -> list[Action]:
        """The calls of the profile; a station sends none."""
        return [Action(Version.V16, name, _TO, "Reservation") for name in ACTIONS]

    @hookimpl
    async def broker_starting(self) -> None:
        """Begin to look for reservations whose time is over, those of stations that are away too."""
        self.spawn(self._look(), name="expiry")

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
            wanted["reservationId"] = await self._fresh(session.identity)
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
            number_of = await self._one(session.identity, params)
        answer = self.result_of(await session.call("CancelReservation", {"reservationId": number_of}))
        return {"status": answer.get("status"), "reservationId": number_of}

    async def _fresh(self, identity: str) -> int:
        rows = await self.records.reservations.of(identity)
        chosen = fresh_id({row.reservation_id for row in rows} | {self._given.get(identity, 0)})
        self._given[identity] = chosen  # one that is on its way may have no row yet
        return chosen

    async def _one(self, identity: str, params: Cancel) -> int:
        now = self.clock.now()
        tag = folded(params.idTag) if params.idTag is not None else None
        rows = [
            row
            for row in await self.records.reservations.of(identity)
            if row.status in LIVE
            and ends(row) > now
            and params.connectorId in (None, row.evse)
            and tag in (None, folded(row.token))
        ]
        if len(rows) == 1:
            return rows[0].reservation_id
        if not rows:
            raise OperationFailed("no such reservation is known; one that is not known is cancelled by reservationId")
        numbers = ", ".join(str(row.reservation_id) for row in rows)
        raise OperationFailed(f"that may be several: give the reservationId, one of {numbers}")

    # --- what happens, whoever asked --------------------------------------------------------------------------------

    @on_call(V16, "ReserveNow", direction=_TO, trylast=True)
    async def asked(self, session: SessionView, call: Call) -> None:
        """Note it before it goes out: its answer may never come."""
        now = self.clock.now()
        await self._change(session, call, lambda row: asked(row, session.identity, call.payload, now))

    @record(V16, "ReserveNow", direction=_TO)
    async def reserved(self, session: SessionView, call: Call, reply: Reply) -> None:
        """Note what the station says; the same number again takes the place of what it was."""
        answer, now = _answer(reply), self.clock.now()
        await self._change(session, call, lambda row: answered(row, session.identity, call.payload, answer, now))

    @record(V16, "CancelReservation", direction=_TO)
    async def ended(self, session: SessionView, call: Call, reply: Reply) -> None:
        """Note a reservation's end by command."""
        answer, now = _answer(reply), self.clock.now()
        await self._change(session, call, lambda row: row and cancelled(row, answer, now))

    @record(V16, "StartTransaction", direction=_FROM)
    async def started(self, session: SessionView, call: Call, reply: Reply) -> None:
        """Note which reservation a transaction has used; nothing here keeps a transaction from being acknowledged."""
        try:
            await self._started(session.identity, call.payload, reply.payload)
        except StoreFailed as error:
            self.log.warning("%s: which reservation a transaction has used is not known: %s", session.identity, error)

    @record(V16, "StatusNotification", direction=_FROM)
    async def status_changed(self, session: SessionView, call: Call, reply: Reply) -> None:
        """Note what a connector's status says of reservations: it is Available again, or cannot be used at all."""
        status = call.payload.get("status")
        if status not in ("Available", *ENDING):
            return
        now = self.clock.now()
        rows = await self._book.rows(session.identity)
        live = [row.reservation_id for row in rows if row.status in LIVE]  # of those that ended there may be many
        for number_of in live:
            await self._book.change(
                session.identity,
                number_of,
                lambda row: row and (expired(row, now) or ended_by_status(row, call.payload, now)),
            )

    async def _started(self, identity: str, payload: dict[str, Any], answered: dict[str, Any]) -> None:
        now, given = self.clock.now(), number(answered.get("transactionId"))
        transaction_id = None if given is None else str(given)
        named = whole(payload.get("reservationId"))
        rows = [] if named is not None else await self._book.rows(identity)
        if named is None and (not rows or any(row.transaction_id == transaction_id is not None for row in rows)):
            return
        first = await self._first_received(identity, transaction_id)
        if named is None:
            parents = await self._parents(payload, answered)
            found = meant(rows, payload, parents)
            named = None if found is None else found.reservation_id
        if named is not None:
            await self._book.change(
                identity, named, lambda row: used(row, transaction_id, now) if row and row.created_at <= first else None
            )

    async def _first_received(self, identity: str, transaction_id: str | None) -> float:
        """When this start came for the first time: a repetition must not use what was reserved after it."""
        known = await self.records.transactions.get(identity, transaction_id) if transaction_id is not None else None
        return self.clock.now() if known is None else known.received_at

    async def _parents(self, payload: dict[str, Any], answered: dict[str, Any]) -> list[str]:
        """The groups of the idTag that starts, as the answer says and as the tokens say."""
        info, tag = answered.get("idTagInfo"), text(payload.get("idTag"))
        token = await self.records.tokens.find(tag) if tag is not None else None
        said = text(info.get("parentIdTag")) if isinstance(info, dict) else None
        return [parent for parent in (said, token.parent if token is not None else None) if parent]

    async def _change(self, session: SessionView, call: Call, step: Step) -> None:
        named = whole(call.payload.get("reservationId"))
        if named is not None:
            await self._book.change(session.identity, named, step)

    async def _look(self) -> None:
        while True:
            try:
                await self._book.sweep()
            except StoreFailed as error:
                self.log.warning("reservations whose time is over are not noted: %s", error)
            await asyncio.sleep(_LOOK)


def _answer(reply: Reply) -> str:
    """The station's word: its status, or the code of its CALLERROR."""
    return (text(reply.payload.get("status")) if reply.is_result else text(reply.code)) or ""
