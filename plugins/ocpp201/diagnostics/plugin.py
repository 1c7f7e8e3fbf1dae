"""OCPP 2.0.1 and 2.1, functional block N: logs, monitoring, events, customer information.

The class is put together of parts, one for each of these. Who asks does not matter: an operator, an upstream or another
plugin; what becomes of it is known in relay mode too.
"""

from typing import Any

from aiohttp import web
from prometheus_client import CollectorRegistry

from broker.api import Action, BasePlugin, Call, CallFailed, Direction, Reply, SessionView, answer, hookimpl, record
from plugins.ocpp201.diagnostics.customers import Customers
from plugins.ocpp201.diagnostics.events import Events
from plugins.ocpp201.diagnostics.logs import Logs
from plugins.ocpp201.diagnostics.monitoring_operations import MonitoringOperations
from plugins.ocpp201.versions import V2, actions

NOTIFICATIONS = ("LogStatusNotification", "NotifyCustomerInformation", "NotifyEvent", "NotifyMonitoringReport")
REQUESTS = (
    *("ClearVariableMonitoring", "CustomerInformation", "GetLog", "GetMonitoringReport"),
    *("SetMonitoringBase", "SetMonitoringLevel", "SetVariableMonitoring"),
)


class Diagnostics(Logs, MonitoringOperations, Events, Customers):
    """OCPP 2.x diagnostics: logs, monitors, events, customer information."""

    name = "ocpp201.diagnostics"

    class Config(BasePlugin.Config):
        """The options of `ocpp201.diagnostics`."""

        monitors_after_boot: bool = False
        """Ask a station that has booted for its monitors, if it is known to have any."""

    config: Config

    @hookimpl
    def register_actions(self) -> list[Action]:
        """The actions of this block."""
        return actions("Diagnostics", from_station=NOTIFICATIONS, to_station=REQUESTS)

    @hookimpl
    def register_metrics(self, registry: CollectorRegistry) -> None:
        """`..._events_total{trigger}`: what stations have noticed."""
        self.events_counted = self.metrics.counter("events", "Events that stations reported", ["trigger"])

    @hookimpl
    def register_routes(self) -> list[web.RouteDef]:
        """`GET lives/{identity}`: what is known of the logs of a station, connected or not."""
        return [web.get("/lives/{identity}", self._show)]

    @answer(V2, *NOTIFICATIONS)
    def noted(self, session: SessionView, call: Call) -> dict[str, Any]:
        """N01 to N10: the answer is empty."""
        return {}

    @record(V2, "BootNotification", direction=Direction.FROM_STATION, trylast=True)
    async def refresh(self, session: SessionView, call: Call, reply: Reply) -> None:
        """N04.FR.19: monitors outlive a reboot, but perhaps not their numbers. An upstream asks its stations itself."""
        if not self.config.monitors_after_boot or session.answers != "local":
            return
        if not reply.is_result or reply.payload.get("status") != "Accepted":
            return
        if await self.has_monitors(session.identity):
            self.spawn(self._ask(session), name="monitors")

    async def _ask(self, session: SessionView) -> None:
        try:
            await session.call("GetMonitoringReport", {"requestId": self.numbers.next()})
        except CallFailed as error:
            self.log.info("the monitors of %s are not known anew: %s", session.identity, error)

    async def _show(self, request: web.Request) -> web.Response:
        return web.json_response(await self.lives.shown(request.match_info["identity"]))
