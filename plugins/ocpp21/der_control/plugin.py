"""OCPP 2.1 DER control, functional block R: sets, asks for, clears and knows the controls of a station (R01 to R05)."""

import uuid
from collections import OrderedDict
from collections.abc import Callable
from typing import Any

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
    operation,
    record,
)
from plugins.ocpp21.der_control.controls import (
    MEMBERS,
    Row,
    Rows,
    after_clear,
    after_report,
    after_set,
    after_start,
    member_of,
    reported,
)
from plugins.ocpp21.der_control.params import ClearParams, GetParams, NoParams, SetParams
from plugins.ocpp201.reports import Reports
from plugins.ocpp201.request_ids import RequestIds
from plugins.ocpp201.versions import V21, actions
from plugins.shared import values
from plugins.shared.station_documents import StationDocuments

_CONTROLS, _ALARMS = "controls", "alarms"
_MOST_ALARMS = 100
_MOST_ASKED = 500


class DerControl(BasePlugin):
    """OCPP 2.1 DER control."""

    name = "ocpp21.der_control"

    def __init__(self, config: BasePlugin.Config, context: Context) -> None:
        super().__init__(config, context)
        self._reports = Reports()
        self._numbers = RequestIds(self.clock)
        self._asked: OrderedDict[tuple[str, int], dict[str, Any]] = OrderedDict()
        self._controls = StationDocuments(context, _CONTROLS)
        self._alarms = StationDocuments(context, _ALARMS)

    @hookimpl
    def register_actions(self) -> list[Action]:
        """The calls of this block."""
        return actions(
            "DERControl",
            from_station=("NotifyDERAlarm", "NotifyDERStartStop", "ReportDERControl"),
            to_station=("ClearDERControl", "GetDERControl", "SetDERControl"),
            versions=(V21,),
        )

    # --- what operators ask -----------------------------------------------------------------------------------------

    @operation("set-der-control", V21)
    async def set_control(self, session: SessionView, params: SetParams) -> dict[str, Any]:
        """Set a control: a default that stays, or one that holds for a while (R04)."""
        payload = params.model_dump(exclude_none=True, exclude={"force"})
        payload.setdefault("controlId", str(uuid.uuid4()))
        given, needed = {name for name in MEMBERS if name in payload}, member_of(params.controlType)
        if given != {needed} and not params.force:
            raise OperationFailed(f"{needed}: is what a {params.controlType} has, and nothing else")
        answered = self.result_of(await session.call("SetDERControl", payload))
        return {**answered, "controlId": payload["controlId"]}

    @operation("get-der-control", V21)
    async def get_control(self, session: SessionView, params: GetParams) -> dict[str, Any]:
        """Have the station report its controls (R04)."""
        number = self._numbers.next() if params.requestId is None else params.requestId
        payload = params.model_dump(exclude_none=True, exclude={"wait", "timeout"}) | {"requestId": number}
        shown: dict[str, Any] = {"requestId": number, "complete": False, "controls": []}
        if params.wait:
            self._reports.open(session.identity, number)
        try:
            answered = self.result_of(await session.call("GetDERControl", payload))
            shown["status"] = answered.get("status")
            if shown["status"] == "NotFound":
                shown["complete"] = True
            elif shown["status"] == "Accepted" and params.wait:
                rows, complete = await self._reports.collect(session.identity, number, params.timeout)
                shown |= {"controls": rows, "complete": complete}
        finally:
            if params.wait:
                self._reports.close(session.identity, number)
        return shown

    @operation("clear-der-control", V21)
    async def clear_control(self, session: SessionView, params: ClearParams) -> dict[str, Any]:
        """Clear one control by its id, all of a type, or all; default ones or the others (R04)."""
        answered = self.result_of(await session.call("ClearDERControl", params.model_dump(exclude_none=True)))
        return {name: answered[name] for name in ("status", "statusInfo") if name in answered}

    @operation("der-controls", V21)
    async def controls(self, session: SessionView, params: NoParams) -> dict[str, Any]:
        """The controls that the station is known to have, and its latest alarms, without asking it."""
        rows: Rows = await self._controls.get(session.identity) or {}
        alarms = await self._alarms.get(session.identity) or []
        return {"controls": [{"controlId": number, **row} for number, row in rows.items()], "alarms": alarms}

    # --- what stations tell -----------------------------------------------------------------------------------------

    @answer(V21, "NotifyDERAlarm", "NotifyDERStartStop", "ReportDERControl")
    def answer_notice(self, session: SessionView, call: Call) -> dict[str, Any]:
        """The answer is empty (R04, R05)."""
        return {}

    @record(V21, "NotifyDERAlarm", direction=Direction.FROM_STATION)
    async def note_alarm(self, session: SessionView, call: Call, reply: Reply) -> None:
        """Keep the latest; the same one again is the same."""
        told = {name: values.text(call.payload.get(name)) for name in ("controlType", "gridEventFault", "timestamp")}
        row: Row = {name: value[:50] for name, value in told.items() if value is not None}
        row["alarmEnded"] = call.payload.get("alarmEnded") is True
        extra = values.text(call.payload.get("extraInfo"))
        row |= {} if extra is None else {"extraInfo": extra[:200]}
        await self._alarms.change(
            session.identity, lambda known: known if row in (known or []) else [*(known or []), row][-_MOST_ALARMS:]
        )

    @record(V21, "NotifyDERStartStop", direction=Direction.FROM_STATION)
    async def note_start(self, session: SessionView, call: Call, reply: Reply) -> None:
        """A control has begun or ended, and others have given way to it."""
        await self._change(session, lambda rows: after_start(rows, call.payload))

    @record(V21, "ReportDERControl", direction=Direction.FROM_STATION)
    async def note_report(self, session: SessionView, call: Call, reply: Reply) -> None:
        """One part of a report; once it is whole, it is what the station has."""
        number = values.whole(call.payload.get("requestId"))
        if number is None:
            return
        tbc = call.payload.get("tbc") is True
        with self._reports.keeping(session.identity, number, items=reported(call.payload), tbc=tbc, seq=None) as whole:
            if whole is not None:
                criteria = self._asked.pop((session.identity, number), _NOTHING)
                await self._change(session, lambda rows: after_report(rows, criteria, whole))

    @record(V21, "SetDERControl", direction=Direction.TO_STATION)
    async def note_set(self, session: SessionView, call: Call, reply: Reply) -> None:
        """Accepted: the station has it."""
        if _status(reply) == "Accepted":
            superseded = reply.payload.get("supersededIds")
            await self._change(session, lambda rows: after_set(rows, call.payload, superseded))

    @record(V21, "ClearDERControl", direction=Direction.TO_STATION)
    async def note_clear(self, session: SessionView, call: Call, reply: Reply) -> None:
        """Accepted: they are gone; NotFound: the station has none such, whatever is known."""
        if _status(reply) in ("Accepted", "NotFound"):
            await self._change(session, lambda rows: after_clear(rows, call.payload))

    @record(V21, "GetDERControl", direction=Direction.TO_STATION)
    async def note_asked(self, session: SessionView, call: Call, reply: Reply) -> None:
        """What is asked for and not reported, the station does not have."""
        number = values.whole(call.payload.get("requestId"))
        if _status(reply) == "NotFound":
            await self._change(session, lambda rows: after_report(rows, call.payload, []))
        elif _status(reply) == "Accepted" and number is not None:
            self._asked[(session.identity, number)] = call.payload
            while len(self._asked) > _MOST_ASKED:
                self._asked.popitem(last=False)

    async def _change(self, session: SessionView, change: Callable[[Rows], Rows]) -> None:
        await self._controls.change(session.identity, lambda known: change(known or {}))


#: Of a report that nobody is known to have asked for: then what it does not tell of is as it was.
_NOTHING: dict[str, Any] = {"controlId": ""}


def _status(reply: Reply) -> Any:
    return reply.payload.get("status") if reply.is_result else None
