"""OCPP 1.6 Core profile: boots, authorises, runs transactions, configures.

The class is put together of parts: who may work (`core_boot`), what is written down (`core_recorders`), what an
operator may ask (`core_operations`). What it answers a station stands here.
"""

from collections.abc import Coroutine
from typing import Any

from broker.api import Action, Call, Context, Direction, SessionView, Version, answer, hookimpl
from plugins.ocpp16 import vendors
from plugins.ocpp16.concurrent import charges_elsewhere
from plugins.ocpp16.core_boot import V16, Boot
from plugins.ocpp16.core_config import CoreConfig
from plugins.ocpp16.core_operations import Operations
from plugins.ocpp16.core_recorders import Recorders
from plugins.ocpp16.idtags import IdTags, Info
from plugins.ocpp16.starts import Starts, start_key
from plugins.shared.values import connector, text

FROM_STATION = (
    "Authorize",
    "BootNotification",
    "DataTransfer",
    "Heartbeat",
    "MeterValues",
    "StartTransaction",
    "StatusNotification",
    "StopTransaction",
)
TO_STATION = (
    "ChangeAvailability",
    "ChangeConfiguration",
    "ClearCache",
    "DataTransfer",
    "GetConfiguration",
    "RemoteStartTransaction",
    "RemoteStopTransaction",
    "Reset",
    "UnlockConnector",
)

#: An answer, at once or after something had to be read.
Payload = dict[str, Any] | Coroutine[Any, Any, dict[str, Any]]


class Core(Boot, Recorders, Operations):
    """OCPP 1.6 Core: answers a station, keeps what it tells, and composes an operator's calls."""

    name = "ocpp16.core"

    Config = CoreConfig
    config: CoreConfig

    def __init__(self, config: CoreConfig, context: Context) -> None:
        super().__init__(config, context)
        self.starts = Starts()
        self._tags = IdTags(self.clock, accept_unknown=config.accept_unknown)
        self._vendors: dict[str, vendors.Handler] = self.shared.setdefault(vendors.SHARED, {})

    @hookimpl
    def register_actions(self) -> list[Action]:
        """The calls of the Core profile."""
        return [Action(Version.V16, name, Direction.FROM_STATION, "Core") for name in FROM_STATION] + [
            Action(Version.V16, name, Direction.TO_STATION, "Core") for name in TO_STATION
        ]

    @answer(V16, "Heartbeat")
    def heartbeat(self, session: SessionView, call: Call) -> dict[str, Any]:
        """1.6, 4.6: the time, which stations set their clocks by."""
        return {"currentTime": self.clock.iso()}

    @answer(V16, "StatusNotification", "MeterValues")
    def noted(self, session: SessionView, call: Call) -> dict[str, Any]:
        """1.6, 4.7 and 4.9: the answer is empty."""
        return {}

    @answer(V16, "DataTransfer")
    async def data_transferred(self, session: SessionView, call: Call) -> dict[str, Any]:
        """1.6, 4.3: what the vendor's plugin says, see `plugins.ocpp16.vendors`."""
        return await vendors.transferred(self._vendors, session, call.payload, self.log)

    @answer(V16, "Authorize")
    def authorize(self, session: SessionView, call: Call) -> Payload:
        """1.6, 4.1. Never ConcurrentTx, which is of a start alone (7.2): who charges must be able to stop."""
        info = self._tags.info(self.records, session, call.payload.get("idTag"))
        return {"idTagInfo": info} if isinstance(info, dict) else _with_info(info)

    @answer(V16, "StartTransaction")
    def start(self, session: SessionView, call: Call) -> Payload:
        """1.6, 4.8: a transactionId in any case, for a refused idTag too; a retry of the same start gets the same."""
        payload = call.payload
        info = self._tags.info(self.records, session, payload.get("idTag"))
        if not isinstance(info, dict) or self.config.concurrent_tx or not self.starts.knows(session.identity):
            return self._start_slowly(session.identity, payload, info)
        return {"transactionId": self.starts.number(session.identity, start_key(payload)), "idTagInfo": info}

    async def _start_slowly(
        self, identity: str, payload: dict[str, Any], info: Info | Coroutine[Any, Any, Info]
    ) -> dict[str, Any]:
        """The same where something has to be read first."""
        info = info if isinstance(info, dict) else await info
        if not self.starts.knows(identity):
            self.starts.learn(identity, await self.records.transactions.open_of(identity))
        if self.config.concurrent_tx and info["status"] == "Accepted":
            info = await self._unless_elsewhere(identity, payload, info)
        return {"transactionId": self.starts.number(identity, start_key(payload)), "idTagInfo": info}

    async def _unless_elsewhere(self, identity: str, payload: dict[str, Any], info: Info) -> Info:
        evse, _ = connector(payload.get("connectorId"))
        tag = text(payload.get("idTag")) or ""
        if await charges_elsewhere(self.records, identity, evse, tag):
            return {**info, "status": "ConcurrentTx"}
        return info

    @answer(V16, "StopTransaction")
    def stop(self, session: SessionView, call: Call) -> Payload:
        """1.6, 4.10: always taken, whatever its transactionId; idTagInfo where the call names an idTag."""
        tag = call.payload.get("idTag")
        if tag is None:
            return {}
        info = self._tags.info(self.records, session, tag)
        return {"idTagInfo": info} if isinstance(info, dict) else _with_info(info)


async def _with_info(info: Coroutine[Any, Any, Info]) -> dict[str, Any]:
    return {"idTagInfo": await info}
