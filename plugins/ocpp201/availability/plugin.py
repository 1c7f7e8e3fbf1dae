"""OCPP 2.0.1 and 2.1, functional block G: availability."""

from collections.abc import Coroutine
from typing import Any

from broker.api import (
    Action,
    BasePlugin,
    Call,
    Context,
    Direction,
    Reply,
    SessionView,
    answer,
    hookimpl,
    operation,
    record,
)
from plugins.ocpp201.availability.params import ChangeAvailability
from plugins.ocpp201.availability.statuses import Statuses
from plugins.ocpp201.evse import evse_of
from plugins.ocpp201.versions import V2, actions
from plugins.shared.values import moment, text, whole

#: The name under which other plugins find `Availability.status`.
SHARED = "ocpp201.connectors"


class Availability(Statuses):
    """OCPP 2.x availability: heartbeats, connectors' status, and what is taken out of operation."""

    name = "ocpp201.availability"

    def __init__(self, config: BasePlugin.Config, context: Context) -> None:
        super().__init__(config, context)
        self.shared[SHARED] = self.status

    @hookimpl
    def register_actions(self) -> list[Action]:
        """The calls of block G."""
        return actions(
            "Availability", from_station=("Heartbeat", "StatusNotification"), to_station=("ChangeAvailability",)
        )

    @answer(V2, "Heartbeat")
    def heartbeat(self, session: SessionView, call: Call) -> dict[str, Any]:
        """G02: the time, which stations set their clocks by."""
        return {"currentTime": self.clock.iso()}

    @answer(V2, "StatusNotification")
    def taken(self, session: SessionView, call: Call) -> dict[str, Any]:
        """G01: the answer is empty."""
        return {}

    @record(V2, "StatusNotification", direction=Direction.FROM_STATION)
    def status_changed(self, session: SessionView, call: Call, reply: Reply) -> Coroutine[Any, Any, None] | None:
        """Keep a connector's status."""
        if not reply.is_result:
            return None
        get = call.payload.get
        evse, connector = whole(get("evseId")), whole(get("connectorId"))
        told = (session, max(evse or 0, 0), max(connector or 0, 0), text(get("connectorStatus")) or "")
        at = moment(get("timestamp"))
        if self.knows(session):
            self.status(*told, at)
            return None
        return self.first(*told, at)

    @operation("change-availability", V2)
    async def change_availability(self, session: SessionView, params: ChangeAvailability) -> dict[str, Any]:
        """Take a connector, an EVSE or the whole station out of operation, or back into it (G03, G04).

        Scheduled: when the transaction that runs there has ended.
        """
        payload: dict[str, Any] = {"operationalStatus": params.type}
        if params.evseId is not None:
            payload["evse"] = evse_of(params.evseId, params.connectorId)
        result = self.result_of(await session.call("ChangeAvailability", payload))
        return {"status": result.get("status")}
