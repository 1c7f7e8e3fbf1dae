"""OCPP 2.1 battery swapping, functional block S: swaps asked for, and followed to their end."""

from collections.abc import Callable
from typing import Annotated, Any

from prometheus_client import CollectorRegistry, Counter
from pydantic import Field

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
from plugins.ocpp21.battery_swap import swaps
from plugins.ocpp21.battery_swap.swaps import Swaps
from plugins.ocpp201.id_tokens import IdTokenParam, resolved
from plugins.ocpp201.request_ids import RequestIds
from plugins.ocpp201.versions import V21, actions
from plugins.shared.members import given
from plugins.shared.params import Params
from plugins.shared.station_documents import StationDocuments
from plugins.shared.values import text, whole

_DOCUMENT = "swaps"


class RequestBatterySwap(Params):
    idToken: IdTokenParam
    requestId: Annotated[int, Field(ge=-(2**31), lt=2**31)] | None = None


class Nothing(Params):
    """Nothing is to be given."""


class BatterySwap(BasePlugin):
    """OCPP 2.1 battery swapping: has stations give batteries, and keeps what went in and out."""

    name = "ocpp21.battery_swap"

    _events: Counter

    def __init__(self, config: BasePlugin.Config, context: Context) -> None:
        super().__init__(config, context)
        self._numbers = RequestIds(self.clock)
        self._kept = StationDocuments(context, _DOCUMENT)

    @hookimpl
    def register_actions(self) -> list[Action]:
        """The actions of this block."""
        return actions("BatterySwap", from_station=["BatterySwap"], to_station=["RequestBatterySwap"], versions=[V21])

    @hookimpl
    def register_metrics(self, registry: CollectorRegistry) -> None:
        """`..._events_total{event}`: batteries in, out, and not taken in time."""
        self._events = self.metrics.counter("events", "Events of battery swaps", ["event"])

    @answer(V21, "BatterySwap")
    def noted(self, session: SessionView, call: Call) -> dict[str, Any]:
        """S01 to S04: the answer is empty."""
        return {}

    @record(V21, "BatterySwap", direction=Direction.FROM_STATION)
    async def keep_event(self, session: SessionView, call: Call, reply: Reply) -> None:
        """A battery in or out; true whatever an upstream answers."""
        kind, payload, now = text(call.payload.get("eventType")), call.payload, self.clock.now()
        self._events.labels(kind if kind in swaps.EVENTS else "other").inc()
        await self._change(session.identity, lambda known: swaps.happened(known, payload, now))

    @record(V21, "RequestBatterySwap", direction=Direction.TO_STATION)
    async def keep_request(self, session: SessionView, call: Call, reply: Reply) -> None:
        """A swap that was asked for, whoever did: it may be Rejected, as there are not enough batteries (S02)."""
        number = whole(call.payload.get("requestId"))
        said = (text(reply.payload.get("status")) or "") if reply.is_result else reply.code
        if number is not None:
            token, now = call.payload.get("idToken"), self.clock.now()
            await self._change(session.identity, lambda known: swaps.requested(known, number, token, said, now))

    async def _change(self, identity: str, change: Callable[[Swaps], Swaps]) -> None:
        await self._kept.change(identity, lambda known: change(known or []))

    @operation("request-battery-swap", V21)
    async def request_battery_swap(self, session: SessionView, params: RequestBatterySwap) -> dict[str, Any]:
        """Have the station swap batteries for this token (S02)."""
        number = self._numbers.next() if params.requestId is None else params.requestId
        payload = {"idToken": await resolved(self.records, params.idToken), "requestId": number}
        result = self.result_of(await session.call("RequestBatterySwap", payload))
        return given({"status": result.get("status"), "requestId": number, "statusInfo": result.get("statusInfo")})

    @operation("battery-swaps", V21)
    async def battery_swaps(self, session: SessionView, params: Nothing) -> dict[str, Any]:
        """The latest swaps of the station, the newest first; nothing is sent to it."""
        return {"swaps": swaps.described(await self._kept.get(session.identity) or [])}
