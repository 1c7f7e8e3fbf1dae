"""OCPP 2.0.1 and 2.1, functional block P: data transfer."""

from typing import Any

from broker.api import Action, BasePlugin, Call, Context, SessionView, answer, hookimpl, operation
from plugins.ocpp201.data_transfer.params import DataTransfer as DataTransferParams
from plugins.ocpp201.versions import V2, actions
from plugins.shared import vendors

#: The name under which plugins find the registry of vendors in `self.shared`.
SHARED = "ocpp201.vendors"


class DataTransfer(BasePlugin):
    """OCPP 2.x data transfer, both ways: vendors' own messages."""

    name = "ocpp201.data_transfer"

    def __init__(self, config: BasePlugin.Config, context: Context) -> None:
        super().__init__(config, context)
        self._vendors: dict[str, vendors.Handler] = self.shared.setdefault(SHARED, {})

    @hookimpl
    def register_actions(self) -> list[Action]:
        """The call of block P, which goes both ways."""
        return actions("DataTransfer", from_station=("DataTransfer",), to_station=("DataTransfer",))

    @answer(V2, "DataTransfer")
    async def transferred(self, session: SessionView, call: Call) -> dict[str, Any]:
        """P02: what the vendor's plugin says, see `plugins.shared.vendors`."""
        return await vendors.transferred(self._vendors, session, call.payload, self.log)

    @operation("data-transfer", V2)
    async def data_transfer(self, session: SessionView, params: DataTransferParams) -> dict[str, Any]:
        """Send a vendor's own message (P01); the vendor says what it means."""
        payload = params.model_dump(exclude_none=True)
        result = self.result_of(await session.call("DataTransfer", payload))
        return {name: result[name] for name in ("status", "data", "statusInfo") if name in result}
