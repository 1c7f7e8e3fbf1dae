"""Monitors in a station (N02 to N06): known, whoever has set them."""

from collections import OrderedDict
from collections.abc import Callable
from typing import Any

from broker.api import BasePlugin, Call, Context, Direction, Reply, SessionView, on_call, record
from plugins.ocpp201.diagnostics import monitors
from plugins.ocpp201.diagnostics.monitors import Monitor, Monitors
from plugins.ocpp201.reports import Reports
from plugins.ocpp201.versions import V2
from plugins.shared.station_documents import StationDocuments
from plugins.shared.values import text, whole

SHARED = "ocpp201.monitors"
"""In `self.shared`: `async (identity, number) -> monitor | None`, with `component` and `variable` as keys."""
_DOCUMENT = "monitoring"
_REQUESTS = 1_000

Known = dict[str, Any]


class Monitoring(BasePlugin):
    """The part of `ocpp201.diagnostics` that knows the monitors of each station."""

    def __init__(self, config: BasePlugin.Config, context: Context) -> None:
        super().__init__(config, context)
        self.reports = Reports()
        self._whole: OrderedDict[tuple[str, int], None] = OrderedDict()
        """The reports that have been asked for without any criteria: what is not in them is not there."""
        self._kept = StationDocuments(context, _DOCUMENT)
        self.shared[SHARED] = self.monitor

    async def monitor(self, identity: str, number: int) -> Monitor | None:
        """What is known of a monitor."""
        found = (await self.known(identity))["monitors"].get(str(number))
        return found if isinstance(found, dict) else None

    async def has_monitors(self, identity: str) -> bool:
        """Whether the station is known to have any."""
        return bool((await self.known(identity))["monitors"])

    # --- what is recorded -------------------------------------------------------------------------------------------

    @record(V2, "SetMonitoringBase", direction=Direction.TO_STATION)
    async def keep_base(self, session: SessionView, call: Call, reply: Reply) -> None:
        """N03: the base, and which monitors it leaves."""
        base = text(call.payload.get("monitoringBase"))
        if base and _status(reply) == "Accepted":
            await self._change(session.identity, lambda known: monitors.after_base(known, base), base=base)

    @record(V2, "SetMonitoringLevel", direction=Direction.TO_STATION)
    async def keep_level(self, session: SessionView, call: Call, reply: Reply) -> None:
        """N05: what is less severe is not reported."""
        level = whole(call.payload.get("severity"))
        if level is not None and _status(reply) == "Accepted":
            await self._change(session.identity, lambda known: known, level=level)

    @record(V2, "SetVariableMonitoring", direction=Direction.TO_STATION)
    async def keep_set(self, session: SessionView, call: Call, reply: Reply) -> None:
        """N04: the monitors that are new, or other ones now."""
        results = reply.payload.get("setMonitoringResult") if reply.is_result else None
        new = monitors.set_by(call.payload.get("setMonitoringData"), results, self.clock.now())
        if new:
            await self._change(session.identity, lambda known: monitors.merged(known, new))

    @record(V2, "ClearVariableMonitoring", direction=Direction.TO_STATION)
    async def keep_cleared(self, session: SessionView, call: Call, reply: Reply) -> None:
        """N06: the monitors that are gone."""
        gone = set(monitors.cleared_by(reply.payload.get("clearMonitoringResult"))) if reply.is_result else set()
        if gone:
            await self._change(
                session.identity, lambda known: {number: one for number, one in known.items() if number not in gone}
            )

    @on_call(V2, "GetMonitoringReport", direction=Direction.TO_STATION)
    def note_report(self, session: SessionView, call: Call) -> None:
        """Before it goes out: its first part may overtake the answer."""
        number = whole(call.payload.get("requestId"))
        if (
            number is not None
            and not call.payload.get("monitoringCriteria")
            and not call.payload.get("componentVariable")
        ):
            self._whole[(session.identity, number)] = None
            while len(self._whole) > _REQUESTS:
                self._whole.popitem(last=False)

    @record(V2, "GetMonitoringReport", direction=Direction.TO_STATION)
    async def keep_empty(self, session: SessionView, call: Call, reply: Reply) -> None:
        """N02.FR.10: a station that has none at all."""
        key = (session.identity, whole(call.payload.get("requestId")) or 0)
        if _status(reply) == "EmptyResultSet" and key in self._whole:
            del self._whole[key]
            await self._change(session.identity, lambda known: {})

    @record(V2, "NotifyMonitoringReport", direction=Direction.FROM_STATION)
    async def keep_report(self, session: SessionView, call: Call, reply: Reply) -> None:
        """N02: once all parts are there."""
        identity, number = session.identity, whole(call.payload.get("requestId"))
        part = call.payload.get("monitor")
        if number is None:
            return
        part = part if isinstance(part, list) else []
        seq, tbc = whole(call.payload.get("seqNo")), call.payload.get("tbc") is True
        with self.reports.keeping(identity, number, items=part, tbc=tbc, seq=seq) as items:
            if items is not None:
                new = monitors.reported_in(items, self.clock.now())
                change = monitors.replaced if self._whole.pop((identity, number), ()) is None else monitors.merged
                await self._change(identity, lambda known: change(known, new))

    async def _change(self, identity: str, change: Callable[[Monitors], Monitors], **members: Any) -> None:
        def changed(before: Known | None) -> Known:
            known = {"monitors": {}, **(before or {})}
            return {**known, **members, "monitors": change(known["monitors"])}

        await self._kept.change(identity, changed)

    async def known(self, identity: str) -> Known:
        """`base`, `level` and `monitors`, as far as they are known."""
        return {"monitors": {}, **(await self._kept.get(identity) or {})}


def _status(reply: Reply) -> str | None:
    return text(reply.payload.get("status")) if reply.is_result else None
