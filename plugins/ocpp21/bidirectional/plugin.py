"""OCPP 2.1 bidirectional power transfer, functional block Q: which energy transfers an EV may have, and AFRR signals.

What an EV is to charge and to feed back is in its charging profiles: operationMode, setpoint, dischargeLimit
(`set-charging-profile`, `update-dynamic-schedule`).
"""

from typing import Annotated, Any, Literal

from broker.api import (
    Action,
    BasePlugin,
    Call,
    Context,
    Direction,
    OperationFailed,
    Replace,
    Reply,
    SessionView,
    Transaction,
    hookimpl,
    on_reply,
    operation,
    record,
)
from plugins.ocpp201.versions import V21, actions
from plugins.shared import values
from plugins.shared.params import AsList, AsText, Params
from plugins.shared.station_documents import StationDocuments, newest

SHARED = "ocpp21.bidirectional"
_ALLOWED = "allowed"
_MOST = 100

EnergyTransfer = Literal[
    "AC_single_phase",
    "AC_two_phase",
    "AC_three_phase",
    "DC",
    "AC_BPT",
    "AC_BPT_DER",
    "AC_DER",
    "DC_BPT",
    "DC_ACDP",
    "DC_ACDP_BPT",
    "WPT",
]


class AllowParams(Params):
    """The transaction, needed where more than one runs, and what it may have."""

    evseId: int | None = None
    transactionId: Annotated[str | None, AsText] = None
    allowedEnergyTransfer: Annotated[list[str], AsList]


class SignalParams(Params):
    """An AFRR signal, and from when it holds."""

    signal: int
    timestamp: str | None = None


class Bidirectional(BasePlugin):
    """OCPP 2.1 bidirectional power transfer."""

    name = "ocpp21.bidirectional"

    class Config(BasePlugin.Config):
        """The options."""

        energy_transfer: list[EnergyTransfer] | None = None
        """What EVs may have, as the answer of Authorize tells the station; None: anything, and it is told nothing."""

    config: Config

    def __init__(self, config: Config, context: Context) -> None:
        super().__init__(config, context)
        self._told = StationDocuments(context, _ALLOWED)
        self.shared[SHARED] = self

    @hookimpl
    def register_actions(self) -> list[Action]:
        """The calls of this block; all of them go to the station."""
        return actions("Bidirectional", to_station=("AFRRSignal", "NotifyAllowedEnergyTransfer"), versions=(V21,))

    @on_reply(V21, "Authorize", direction=Direction.FROM_STATION)
    def authorized(self, session: SessionView, call: Call, reply: Reply) -> Replace | None:
        """Tell which energy transfers the EV may have (Q01)."""
        if self.config.energy_transfer is None or session.answers != "local" or not reply.is_result:
            return None
        info = reply.payload.get("idTokenInfo")
        accepted = isinstance(info, dict) and info.get("status") == "Accepted"
        if not accepted or not self.config.energy_transfer or "allowedEnergyTransfer" in reply.payload:
            return None
        return Replace({**reply.payload, "allowedEnergyTransfer": list(self.config.energy_transfer)})

    async def allowed(self, session: SessionView, transaction: Transaction | None, mode: str) -> bool:
        """Whether an EV may have this energy transfer: of its transaction what was told last, else of all."""
        known = await self._told.get(session.identity) or {}
        number = "" if transaction is None else transaction.transaction_id
        modes: list[str] | None = known.get(number, self.config.energy_transfer)
        return modes is None or mode in modes

    @operation("allow-energy-transfer", V21)
    async def allow(self, session: SessionView, params: AllowParams) -> dict[str, Any]:
        """Tell a station which energy transfers a running transaction may have (Q02, Q03)."""
        transaction = params.transactionId or await self._running(session, params.evseId)
        payload = {"transactionId": transaction, "allowedEnergyTransfer": params.allowedEnergyTransfer}
        answered = self.result_of(await session.call("NotifyAllowedEnergyTransfer", payload))
        return {"status": answered.get("status"), **payload}

    @record(V21, "NotifyAllowedEnergyTransfer", direction=Direction.TO_STATION)
    async def note_allowed(self, session: SessionView, call: Call, reply: Reply) -> None:
        """Accepted: the EV may ask for these now."""
        transaction, modes = values.text(call.payload.get("transactionId")), call.payload.get("allowedEnergyTransfer")
        if not reply.is_result or reply.payload.get("status") != "Accepted" or not transaction:
            return
        told = [each for each in modes if isinstance(each, str)] if isinstance(modes, list) else []
        await self._told.change(session.identity, lambda known: newest(known, transaction, told, _MOST))

    @operation("afrr-signal", V21)
    async def afrr(self, session: SessionView, params: SignalParams) -> dict[str, Any]:
        """Send a signal of automatic frequency restoration, for profiles with a v2xSignalWattCurve (Q08)."""
        at = params.timestamp or values.timestamp(self.clock.now())
        payload = {"timestamp": at, "signal": params.signal}
        answered = self.result_of(await session.call("AFRRSignal", payload))
        return {"status": answered.get("status"), **payload}

    async def _running(self, session: SessionView, evse: int | None) -> str:
        running = await self.records.transactions.open_of(session.identity)
        found = {each.transaction_id for each in running if evse in (None, each.evse)}
        if len(found) != 1:
            raise OperationFailed(f"transactionId: {'several run' if found else 'none is known to run'}, so say it")
        return found.pop()
