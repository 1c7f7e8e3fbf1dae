"""What an operator asks of monitoring (N02 to N06): base, level, monitors set, cleared and listed."""

from typing import Any

from broker.api import SessionView, operation
from plugins.ocpp201.batches import Limits, batches, known_limits, limits_of
from plugins.ocpp201.diagnostics import monitors
from plugins.ocpp201.diagnostics.monitoring import Monitoring
from plugins.ocpp201.diagnostics.monitors import Monitor, Monitors
from plugins.ocpp201.diagnostics.params import (
    ClearVariableMonitoring,
    GetMonitoringReport,
    Nothing,
    SetMonitoringBase,
    SetMonitoringLevel,
    SetVariableMonitoring,
)
from plugins.ocpp201.request_ids import RequestIds
from plugins.ocpp201.versions import V2
from plugins.shared.members import given

_CONTROLLER = "MonitoringCtrlr"


class MonitoringOperations(Monitoring):
    """The operations of monitoring."""

    numbers: RequestIds

    @operation("set-monitoring-base", V2)
    async def set_monitoring_base(self, session: SessionView, params: SetMonitoringBase) -> dict[str, Any]:
        """Have the station return to a set of monitors of its maker (N03)."""
        return _told(self.result_of(await session.call("SetMonitoringBase", {"monitoringBase": params.monitoringBase})))

    @operation("set-monitoring-level", V2)
    async def set_monitoring_level(self, session: SessionView, params: SetMonitoringLevel) -> dict[str, Any]:
        """Have the station report what is this severe, or more (N05)."""
        return _told(self.result_of(await session.call("SetMonitoringLevel", {"severity": params.severity})))

    @operation("set-variable-monitoring", V2)
    async def set_variable_monitoring(self, session: SessionView, params: SetVariableMonitoring) -> dict[str, Any]:
        """Have the station watch variables, in as many messages as it wants (N04.FR.09)."""
        data = [monitor.payload for monitor in params.monitors]
        limits = await known_limits(self.records, session.identity, _CONTROLLER, "SetVariableMonitoring")
        found, messages = await self._split(session, "SetVariableMonitoring", "setMonitoringData", data, limits)
        return {"setMonitoringResult": _listed(found, "setMonitoringResult"), "messages": messages}

    @operation("clear-variable-monitoring", V2)
    async def clear_variable_monitoring(self, session: SessionView, params: ClearVariableMonitoring) -> dict[str, Any]:
        """Have the station forget monitors, in as many messages as it wants (N06.FR.04), which it is asked (N_18)."""
        action, limits = "ClearVariableMonitoring", Limits()
        if len(params.id) > 1:
            limits = await limits_of(self.records, session, _CONTROLLER, action)
        found, messages = await self._split(session, action, "id", params.id, limits)
        return {"clearMonitoringResult": _listed(found, "clearMonitoringResult"), "messages": messages}

    async def _split(
        self, session: SessionView, action: str, member: str, items: list[Any], limits: Limits
    ) -> tuple[list[dict[str, Any]], int]:
        parts = batches(member, items, limits) or [items]
        return [self.result_of(await session.call(action, {member: part})) for part in parts], len(parts)

    @operation("get-monitoring-report", V2)
    async def get_monitoring_report(self, session: SessionView, params: GetMonitoringReport) -> dict[str, Any]:
        """Ask the station for its monitors: all, or those that meet the criteria (N02)."""
        wanted = params.model_dump(include={"monitoringCriteria", "componentVariable"}, exclude_none=True)
        variables = wanted.pop("componentVariable", None)
        parts: list[Any] = [variables]
        if variables and len(variables) > 1:  # N02.FR.07
            limits = await known_limits(self.records, session.identity, "DeviceDataCtrlr", "GetReport")
            parts = batches("componentVariable", variables, limits)
        told = [
            await self._report(session, params, given({**wanted, "componentVariable": part}), first=number == 0)
            for number, part in enumerate(parts)
        ]
        return told[0] if len(told) == 1 else _together(told)

    async def _report(
        self, session: SessionView, params: GetMonitoringReport, payload: dict[str, Any], *, first: bool
    ) -> dict[str, Any]:
        number = params.requestId if first and params.requestId is not None else self.numbers.next()
        if params.wait:
            self.reports.open(session.identity, number)
        try:
            reply = await session.call("GetMonitoringReport", {"requestId": number, **payload})
            told = {**_told(self.result_of(reply)), "requestId": number}
            if told["status"] != "Accepted":
                return {**told, "complete": True, "monitor": []}
            if not params.wait:
                return {**told, "complete": False, "monitor": []}
            items, complete = await self.reports.collect(session.identity, number, params.timeout)
            return {**told, "complete": complete, "monitor": items}
        finally:
            if params.wait:
                self.reports.close(session.identity, number)

    @operation("monitors", V2)
    async def monitors_known(self, session: SessionView, params: Nothing) -> dict[str, Any]:
        """What is known of the station's monitors; nothing is sent to it."""
        known = await self.known(session.identity)
        listed = [monitors.described(number, one) for number, one in _by_number(known["monitors"])]
        return given({"base": known.get("base"), "level": known.get("level"), "monitors": listed})


def _by_number(known: Monitors) -> list[tuple[str, Monitor]]:
    return sorted(known.items(), key=lambda item: int(item[0]))


def _told(result: dict[str, Any]) -> dict[str, Any]:
    return {"status": result.get("status")} | given({"statusInfo": result.get("statusInfo")})


def _listed(results: list[dict[str, Any]], member: str) -> list[Any]:
    return [one for result in results if isinstance(result.get(member), list) for one in result[member]]


def _together(told: list[dict[str, Any]]) -> dict[str, Any]:
    """Several reports as one: Accepted where one of them is."""
    best = next((one for one in told if one["status"] == "Accepted"), told[0])
    return {
        **best,
        "requestIds": [one["requestId"] for one in told],
        "complete": all(one["complete"] for one in told),
        "monitor": [item for one in told for item in one["monitor"]],
    }
