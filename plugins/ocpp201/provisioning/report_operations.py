"""get-base-report and get-report: the station's reports, asked for and put together (B07, B08)."""

from typing import Any

from broker.api import BasePlugin, SessionView, operation
from plugins.ocpp201.batches import batches, known_limits
from plugins.ocpp201.provisioning.params import GetBaseReport, GetReport
from plugins.ocpp201.provisioning.told import without_secrets
from plugins.ocpp201.provisioning.variables import CONTROLLER, Variables
from plugins.ocpp201.reports import Reports
from plugins.ocpp201.request_ids import RequestIds
from plugins.ocpp201.versions import V2

#: The station has nothing that was asked for (B08.FR.15): no part of a report will come.
_EMPTY = "EmptyResultSet"


class ReportOperations(Variables, BasePlugin):
    """The part that asks for reports."""

    request_ids: RequestIds
    reports: Reports
    collected: set[tuple[str, int]]

    @operation("get-base-report", V2)
    async def get_base_report(self, session: SessionView, params: GetBaseReport) -> dict[str, Any]:
        """Read the station's device model; it is kept, and shown where `wait` says so."""
        request_id = self._id(params.requestId)
        payload = {"requestId": request_id, "reportBase": params.reportBase}
        return await self._report(session, "GetBaseReport", payload, params.timeout if params.wait else None)

    @operation("get-report", V2)
    async def get_report(self, session: SessionView, params: GetReport) -> dict[str, Any]:
        """Read some components and variables, or those of a criterion; in several reports where they are many."""
        timeout = params.timeout if params.wait else None
        criteria = {"componentCriteria": params.componentCriteria} if params.componentCriteria else {}
        items = [one.sent() for one in params.componentVariable or []]
        limits = await known_limits(self.records, session.identity, CONTROLLER, "GetReport")
        parts = batches("componentVariable", items, limits, beside={"requestId": 2**31 - 1, **criteria})
        found = []
        for number, part in enumerate(parts or [[]]):
            payload = {"requestId": self._id(params.requestId if number == 0 else None), **criteria}
            if part:
                payload["componentVariable"] = part
            found.append(await self._report(session, "GetReport", payload, timeout))
        return found[0] if len(found) == 1 else _merged(found)

    def _id(self, given: int | None) -> int:
        return self.request_ids.next() if given is None else given

    async def _report(
        self, session: SessionView, action: str, payload: dict[str, Any], timeout: float | None
    ) -> dict[str, Any]:
        """One report; without a `timeout`, only what the station says to being asked."""
        request_id = payload["requestId"]
        key = (session.identity, request_id)
        if timeout is not None:
            self.reports.open(*key)  # before the call: the first part may overtake its answer
            self.collected.add(key)
        try:
            answer = self.result_of(await session.call(action, payload))
            told: dict[str, Any] = {name: answer[name] for name in ("status", "statusInfo") if name in answer}
            told["requestId"] = request_id
            if timeout is None:
                return told
            if told.get("status") != "Accepted":
                return {**told, "complete": told.get("status") == _EMPTY, "reportData": []}
            items, complete = await self.reports.collect(*key, timeout)
        finally:
            if timeout is not None:
                self.reports.close(*key)
                self.collected.discard(key)
        shown = [without_secrets(one) if isinstance(one, dict) else one for one in items]
        return {**told, "complete": complete, "reportData": shown}


def _merged(reports: list[dict[str, Any]]) -> dict[str, Any]:
    """Several as one: Accepted where any was, and what each was told."""
    accepted = next((one for one in reports if one.get("status") == "Accepted"), reports[0])
    merged: dict[str, Any] = {"status": accepted.get("status"), "requestId": reports[0]["requestId"]}
    if all("complete" in one for one in reports):
        merged["complete"] = all(one["complete"] for one in reports)
        merged["reportData"] = [item for one in reports for item in one["reportData"]]
    merged["requests"] = [{name: one.get(name) for name in ("requestId", "status")} for one in reports]
    return merged
