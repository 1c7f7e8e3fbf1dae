"""The whole device model of a station, read by itself after its boot (B01, B07)."""

import asyncio

from broker.api import BasePlugin, CallFailed, Context, OperationFailed, SessionView, Station, StoreFailed
from plugins.ocpp201.provisioning.boot import Boot
from plugins.ocpp201.provisioning.config import ProvisioningConfig
from plugins.ocpp201.provisioning.params import GetBaseReport
from plugins.ocpp201.provisioning.recorders import INVENTORY
from plugins.ocpp201.provisioning.report_operations import ReportOperations

#: So long a station may take for its report before the next one's turn comes, in seconds.
_PATIENCE = 300.0
#: In the state of a session: the task that reads its device model after a boot.
_READING = "ocpp201.provisioning.onboarding"


class Onboarding(ReportOperations, Boot, BasePlugin):
    """The part that asks a station for everything, where the options say so."""

    def __init__(self, config: ProvisioningConfig, context: Context) -> None:
        super().__init__(config, context)
        self._turns = asyncio.Semaphore(config.full_inventory_at_once)

    def welcome(self, session: SessionView, station: Station) -> None:
        """It was accepted. What it was asked for before this boot it does not know any more."""
        if self.config.full_inventory == "never":
            return
        before = session.state.get(_READING)
        if before is not None:
            before.cancel()
        session.state[_READING] = self.spawn(self._onboard(session, station.firmware), name="full inventory")

    async def _onboard(self, session: SessionView, firmware: str) -> None:
        """After its answer is out, and its connectors' states are in."""
        await asyncio.sleep(self.config.full_inventory_delay)
        if self.config.full_inventory == "first" and await self._is_known(session.identity, firmware):
            return
        async with self._turns:
            if self.sessions.get(session.identity) is not session or session.answers != "local":
                return
            try:
                result = await self.get_base_report(session, GetBaseReport(timeout=_PATIENCE))
            except (CallFailed, OperationFailed) as error:
                self.log.info("%s: no inventory: %s", session.identity, type(error).__name__)
                return
        said = "complete" if result["complete"] else "incomplete"
        self.log.info(
            "%s: inventory %.20s, %s, %d items", session.identity, result.get("status"), said, len(result["reportData"])
        )

    async def _is_known(self, identity: str, firmware: str) -> bool:
        """Whether the whole device model of this firmware was read before."""
        try:
            read = await self.documents.get(identity, INVENTORY)
        except StoreFailed:
            return False
        return isinstance(read, dict) and read.get("firmware") == firmware
