"""OCPP 2.1, functional block N: what its diagnostics have beyond 2.0.1, periodic event streams.

A monitor that was set with `periodicEventStream` has its values come as a stream: the station opens it, sends the
values as SEND, which nobody answers, and closes it. What it is about says the monitor, which `ocpp201.diagnostics`
knows.
"""

from collections.abc import Callable
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
    is_secret_key,
    operation,
    record,
)
from plugins.ocpp21.diagnostics import streams
from plugins.ocpp21.diagnostics.streams import Streams
from plugins.ocpp201.versions import V21, actions
from plugins.shared.members import given
from plugins.shared.params import Params
from plugins.shared.station_documents import StationDocuments
from plugins.shared.values import whole

MONITORS = "ocpp201.monitors"
FROM_STATION = ("ClosePeriodicEventStream", "NotifyPeriodicEventStream", "OpenPeriodicEventStream")
TO_STATION = ("AdjustPeriodicEventStream", "GetPeriodicEventStream")
_DOCUMENT = "streams"
#: Where on a connection they are, and what their monitors are about.
_STREAMS, _PLACES = "ocpp21.diagnostics.streams", "ocpp21.diagnostics.places"


class AdjustStream(Params):
    id: int
    interval: int | None = None
    values: int | None = None


class Nothing(Params):
    """Nothing is to be given."""


class Diagnostics(BasePlugin):
    """OCPP 2.1 diagnostics: periodic event streams."""

    name = "ocpp21.diagnostics"

    class Config(BasePlugin.Config):
        """The options of `ocpp21.diagnostics`."""

        keep_values: bool = True
        """Whether the values of streams are kept, as events; the streams themselves are known in either case."""

    config: Config

    def __init__(self, config: Config, context: Context) -> None:
        super().__init__(config, context)
        self._kept = StationDocuments(context, _DOCUMENT)

    @hookimpl
    def register_actions(self) -> list[Action]:
        """The messages of periodic event streams."""
        return actions("Diagnostics", from_station=FROM_STATION, to_station=TO_STATION, versions=[V21])

    @answer(V21, "OpenPeriodicEventStream")
    async def opened(self, session: SessionView, call: Call) -> dict[str, Any]:
        """N11: accepted, unless the station has too many already."""
        known = await self._known(session)
        found = streams.opened(known, call.payload.get("constantStreamData"), self.clock.now())
        return {"status": "Rejected" if found is None else "Accepted"}

    @answer(V21, "ClosePeriodicEventStream")
    def closed(self, session: SessionView, call: Call) -> dict[str, Any]:
        """N13: the answer is empty."""
        return {}

    @answer(V21, "NotifyPeriodicEventStream")
    def stream(self, session: SessionView, call: Call) -> dict[str, Any]:
        """N12: a SEND, which has no answer (OCPP-J 2.1, message type 6); that to a CALL is empty."""
        return {}

    # --- what is recorded -------------------------------------------------------------------------------------------

    @record(V21, "OpenPeriodicEventStream", direction=Direction.FROM_STATION)
    async def keep_opened(self, session: SessionView, call: Call, reply: Reply) -> None:
        """A stream that whoever answers has accepted."""
        if reply.is_result and reply.payload.get("status") == "Accepted":
            data, now = call.payload.get("constantStreamData"), self.clock.now()
            session.state.pop(_PLACES, None)  # its monitor may be another one by now
            await self._change(session, lambda known: streams.opened(known, data, now) or known)

    @record(V21, "ClosePeriodicEventStream", direction=Direction.FROM_STATION)
    async def keep_closed(self, session: SessionView, call: Call, reply: Reply) -> None:
        """A stream that is over, whatever is answered."""
        number = call.payload.get("id")
        await self._change(session, lambda known: streams.closed(known, number))

    @record(V21, "AdjustPeriodicEventStream", direction=Direction.TO_STATION)
    async def keep_adjusted(self, session: SessionView, call: Call, reply: Reply) -> None:
        """Other intervals, which the station has accepted."""
        if reply.is_result and reply.payload.get("status") == "Accepted":
            number, params = call.payload.get("id"), call.payload.get("params")
            await self._change(session, lambda known: streams.adjusted(known, number, params))

    @record(V21, "GetPeriodicEventStream", direction=Direction.TO_STATION)
    async def keep_listed(self, session: SessionView, call: Call, reply: Reply) -> None:
        """These are all that it has."""
        if reply.is_result:
            found = streams.listed(reply.payload.get("constantStreamData"), self.clock.now())
            await self._change(session, lambda known: found)

    @record(V21, "NotifyPeriodicEventStream", direction=Direction.FROM_STATION)
    async def keep_values(self, session: SessionView, call: Call, reply: Reply) -> None:
        """One event a message: the last value, and all of them in its details. A repeated one adds nothing."""
        number, batch = whole(call.payload.get("id")), streams.batch_of(call.payload)
        if not self.config.keep_values or number is None or batch is None:
            return
        stream = (await self._known(session)).get(str(number), {})
        component, variable = await self._place(session, stream.get("variableMonitoringId"))
        if is_secret_key(variable):
            return
        details = {
            "trigger": "Periodic",
            "stream": number,
            "variableMonitoringId": stream.get("variableMonitoringId"),
            "pending": whole(call.payload.get("pending")),
            "values": batch.values,
        }
        self.records.later(
            self.records.events.add(
                session.identity,
                component=component,
                variable=variable,
                at=batch.at,
                received_at=self.clock.now(),
                value=batch.value,
                details=given(details),
            )
        )

    async def _place(self, session: SessionView, monitor: int | None) -> tuple[str, str]:
        """The component and the variable of a monitor, which stay the same as long as it has its number (N04)."""
        find, places = self.shared.get(MONITORS), session.state.setdefault(_PLACES, {})
        if find is None or monitor is None:
            return "", ""
        if monitor not in places:
            found = await find(session.identity, monitor) or {}
            place = found.get("component") or "", found.get("variable") or ""
            if not any(place) or len(places) >= streams.MOST:
                return place
            places[monitor] = place
        known: tuple[str, str] = places[monitor]
        return known

    async def _change(self, session: SessionView, change: Callable[[Streams], Streams]) -> None:
        session.state[_STREAMS] = await self._kept.change(session.identity, lambda known: change(known or {}))

    async def _known(self, session: SessionView) -> Streams:
        """Read once on each connection: values come often."""
        found: Streams | None = session.state.get(_STREAMS)
        if found is None:
            found = session.state.setdefault(_STREAMS, await self._kept.get(session.identity) or {})
        return found

    # --- operations -------------------------------------------------------------------------------------------------

    @operation("get-event-streams", V21)
    async def get_event_streams(self, session: SessionView, params: Nothing) -> dict[str, Any]:
        """Ask the station for its periodic event streams (N15)."""
        result = self.result_of(await session.call("GetPeriodicEventStream", {}))
        return {"constantStreamData": result.get("constantStreamData") or []}

    @operation("adjust-event-stream", V21)
    async def adjust_event_stream(self, session: SessionView, params: AdjustStream) -> dict[str, Any]:
        """Have a stream send its values more or less often (N14)."""
        payload = {"id": params.id, "params": given({"interval": params.interval, "values": params.values})}
        result = self.result_of(await session.call("AdjustPeriodicEventStream", payload))
        return given({"status": result.get("status"), "statusInfo": result.get("statusInfo")})

    @operation("event-streams", V21)
    async def event_streams(self, session: SessionView, params: Nothing) -> dict[str, Any]:
        """What is known of the station's streams; nothing is sent to it."""
        return {"streams": streams.described(await self._known(session))}
