"""OCPP 2.0.1 and 2.1, functional block B: provisioning.

The class is put together of parts: who may work (`boot`), what is written down (`recorders`), the whole device model
after a boot (`onboarding`), and what an operator may ask (`variables`, `report_operations`, `network`).
"""

from typing import Any

from broker.api import Action, Call, Context, OperationFailed, SessionView, answer, hookimpl, operation
from plugins.ocpp201.provisioning.config import ProvisioningConfig
from plugins.ocpp201.provisioning.network import Network
from plugins.ocpp201.provisioning.onboarding import Onboarding
from plugins.ocpp201.provisioning.params import Reset
from plugins.ocpp201.provisioning.recorders import Recorders
from plugins.ocpp201.request_ids import RequestIds
from plugins.ocpp201.versions import V2, V21, actions

FROM_STATION = ("BootNotification", "NotifyReport")
TO_STATION = ("GetBaseReport", "GetReport", "GetVariables", "Reset", "SetNetworkProfile", "SetVariables")


class Provisioning(Onboarding, Recorders, Network):
    """OCPP 2.x provisioning: lets stations in, keeps their device models, configures and restarts them."""

    name = "ocpp201.provisioning"

    Config = ProvisioningConfig
    config: ProvisioningConfig

    def __init__(self, config: ProvisioningConfig, context: Context) -> None:
        super().__init__(config, context)
        self.request_ids = RequestIds(self.clock)

    @hookimpl
    def register_actions(self) -> list[Action]:
        """The calls of block B."""
        return actions("Provisioning", from_station=FROM_STATION, to_station=TO_STATION)

    @hookimpl
    async def broker_stopping(self, broker: Any) -> None:
        """What was told a moment ago is kept; of changed policies nothing is heard any more."""
        await super().broker_stopping(broker)
        await self.models.flush_all()

    @answer(V2, "NotifyReport")
    def report(self, session: SessionView, call: Call) -> dict[str, Any]:
        """B07, B08: the answer is empty."""
        return {}

    @operation("reset", V2)
    async def reset(self, session: SessionView, params: Reset) -> dict[str, Any]:
        """Restart the station, or one of its EVSEs: at once, or when it is idle (B11, B12).

        ImmediateAndResume, of 2.1, goes on with the transactions that it has interrupted.
        """
        if params.type == "ImmediateAndResume" and session.version != V21:
            raise OperationFailed(f"ImmediateAndResume is of OCPP 2.1, the station speaks {session.version}")
        payload = params.model_dump(exclude_none=True)
        answered = self.result_of(await session.call("Reset", payload))
        return {**{name: answered[name] for name in ("status", "statusInfo") if name in answered}, **payload}
