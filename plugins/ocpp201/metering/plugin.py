"""OCPP 2.0.1 and 2.1, functional block J: meter values."""

from typing import Any

from broker.api import Action, BasePlugin, Call, Direction, Reply, SessionView, answer, hookimpl, record
from plugins.ocpp201.versions import V2, actions
from plugins.shared.values import whole

ACTIONS = ("MeterValues",)


class Metering(BasePlugin):
    """OCPP 2.x meter values that belong to no transaction; those of one come in its TransactionEvents (J02)."""

    name = "ocpp201.metering"

    @hookimpl
    def register_actions(self) -> list[Action]:
        """The call of block J."""
        return actions("MeterValues", from_station=ACTIONS)

    @answer(V2, *ACTIONS)
    def noted(self, session: SessionView, call: Call) -> dict[str, Any]:
        """J01: the answer is empty."""
        return {}

    @record(V2, *ACTIONS, direction=Direction.FROM_STATION)
    def measured(self, session: SessionView, call: Call, reply: Reply) -> None:
        """Keep what was measured. evseId 0 is the main power meter (J01.FR.09)."""
        if not reply.is_result:
            return
        evse = whole(call.payload.get("evseId")) or 0
        change = self.records.meter_values.add(
            session.identity,
            None,
            evse=max(evse, 0),
            connector=None,
            version=str(call.version),
            payload=call.raw,
            received_at=self.clock.now(),
        )
        self.records.later(change)
