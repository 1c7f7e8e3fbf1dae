"""OCPP 2.1, functional block I: tariffs in the station, and limits of transactions."""

from typing import Any

from broker.api import (
    Action,
    BasePlugin,
    Call,
    CallFailed,
    Context,
    Direction,
    OperationFailed,
    Replace,
    Reply,
    SessionView,
    StoreFailed,
    Token,
    hookimpl,
    on_reply,
    operation,
    record,
)
from plugins.ocpp21.limits import takes_limits, with_limits
from plugins.ocpp21.tariff_cost import params as params_of
from plugins.ocpp21.tariff_cost.config import LocalCost
from plugins.ocpp21.tariff_cost.held import assigned, cleared, given
from plugins.ocpp201.device_model import value_of
from plugins.ocpp201.tariff_cost import rows
from plugins.ocpp201.versions import V21, actions
from plugins.shared.ci_string import folded
from plugins.shared.station_documents import StationDocuments
from plugins.shared.values import moment, text

TARIFFS = "ocpp201.tariffs"
TRANSACTIONS = "ocpp201.transactions"
#: The document of a station: the tariffs that it holds.
HELD = "tariffs"
_AFTER = {"SetDefaultTariff": given, "ClearTariffs": cleared, "GetTariffs": assigned}
_ACTIONS = ("ChangeTransactionTariff", "ClearTariffs", "GetTariffs", "SetDefaultTariff")
_FROM = Direction.FROM_STATION
_TO = Direction.TO_STATION


class TariffCost(BasePlugin):
    """OCPP 2.1 tariffs and prepaid: driver and default tariffs, and limits of transactions."""

    name = "ocpp21.tariff_cost"

    class Config(LocalCost):
        """What stations are told."""

    config: Config

    def __init__(self, config: Config, context: Context) -> None:
        super().__init__(config, context)
        self._held = StationDocuments(context, HELD)

    @hookimpl
    def register_actions(self) -> list[Action]:
        """The calls of block I that 2.1 has added."""
        return actions("TariffCost", to_station=_ACTIONS, versions=(V21,))

    # --- what the station is answered -------------------------------------------------------------------------------

    @on_reply(V21, "Authorize", direction=_FROM)
    async def authorized(self, session: SessionView, call: Call, reply: Reply) -> Replace | None:
        """I08: the tariff of a driver who has one; it has no validFrom (I08.FR.09)."""
        if not self._is_accepted(session, reply):
            return None
        try:
            token = await self._token(call)
            tariff = None if token is None or token.tariff is None else self._tariff_of(session, token)
            if tariff is None or not await self._is_wanted(session.identity):
                return None
        except StoreFailed as error:
            self.log.warning("%s: the tariff of a driver is not known: %s", session.identity, error)
            return None
        return Replace({**reply.payload, "tariff": {name: tariff[name] for name in tariff if name != "validFrom"}})

    @on_reply(V21, "TransactionEvent", direction=_FROM)
    async def limited(self, session: SessionView, call: Call, reply: Reply) -> Replace | None:
        """E16: the limits of the configuration, of the tariff, and of what is left of a prepaid token (C17.FR.03)."""
        if session.answers != "local" or not reply.is_result or not takes_limits(call.payload):
            return None
        limits: list[Any] = [self.config.limits.members()]
        try:
            token = await self._token(call)
            if token is not None and self._is_accepted(session, reply):
                limits += [self._of_tariff(session, token), await self._of_credit(session.identity, token, call)]
        except StoreFailed as error:
            self.log.warning("%s: the limits of a driver are not known: %s", session.identity, error)
        changed = with_limits(reply.payload, *limits)
        return None if changed is None else Replace(changed)

    def _is_accepted(self, session: SessionView, reply: Reply) -> bool:
        info = reply.payload.get("idTokenInfo") if session.answers == "local" and reply.is_result else None
        return isinstance(info, dict) and info.get("status") == "Accepted"

    async def _token(self, call: Call) -> Token | None:
        given_token = call.payload.get("idToken")
        named = text(given_token.get("idToken")) if isinstance(given_token, dict) else None
        return None if named is None else await self.records.tokens.find(named)

    def _tariff_of(self, session: SessionView, token: Token) -> dict[str, Any] | None:
        """The driver's own tariff, if it is one that is known."""
        tariffs = self.shared.get(TARIFFS)
        found: dict[str, Any] | None = None if tariffs is None else tariffs.tariff_of(session, token)
        return found if found is not None and found.get("tariffId") == token.tariff else None

    async def _is_wanted(self, identity: str) -> bool:
        wanted = self.config.authorize_tariff
        if wanted == "never":
            return False
        said = await value_of(self.records, identity, "TariffCostCtrlr", "Enabled#Tariff")
        return folded(said or "") == "true" if wanted == "if_supported" else folded(said or "") != "false"

    def _of_tariff(self, session: SessionView, token: Token) -> dict[str, Any]:
        tariffs = self.shared.get(TARIFFS)
        tariff = None if tariffs is None else tariffs.tariff_of(session, token)
        limits = self.config.tariff_limits.get(tariff["tariffId"]) if tariff is not None else None
        return {} if limits is None else limits.members()

    async def _of_credit(self, identity: str, token: Token, call: Call) -> dict[str, Any]:
        """What is left, less what the token's other transactions have cost so far."""
        if token.credit is None:
            return {}
        info = call.payload.get("transactionInfo")
        own = info.get("transactionId") if isinstance(info, dict) else None
        spent = sum(
            _total(one.details)
            for one in await self.records.transactions.open_with_token(token.id)
            if (one.identity, one.transaction_id) != (identity, own)
        )
        return {"maxCost": round(max(0.0, token.credit - spent), 6)}

    # --- default tariffs --------------------------------------------------------------------------------------------

    @record(V21, "BootNotification", direction=_FROM)
    def booted(self, session: SessionView, call: Call, reply: Reply) -> None:
        """I07: give the default tariffs to a station that has been accepted."""
        if call.answered_by == "local" and reply.payload.get("status") == "Accepted" and self.config.default_tariffs:
            self.spawn(self._set_defaults(session), name="default tariffs")

    async def _set_defaults(self, session: SessionView) -> None:
        for evse, tariff_id in self.config.default_tariffs.items():
            tariff = self._by_id(tariff_id)
            if tariff is None:
                self.log.warning("default_tariffs: ocpp201.tariff_cost has no tariff %s", tariff_id)
                continue
            try:
                reply = await session.call("SetDefaultTariff", {"evseId": evse, "tariff": tariff})
            except CallFailed as error:
                self.log.info("%s: its default tariff is not set: %s", session.identity, error)
                return
            status = reply.payload.get("status") if reply.is_result else reply.code
            if status != "Accepted":
                self.log.warning("%s: its default tariff of EVSE %s is not set: %s", session.identity, evse, status)

    # --- what an operator asks --------------------------------------------------------------------------------------

    @operation("set-default-tariff", V21)
    async def set_default_tariff(self, session: SessionView, params: params_of.SetDefaultTariff) -> dict[str, Any]:
        """Give the station a tariff for drivers who have none of their own (I07)."""
        tariff = self._chosen(params)
        payload = {"evseId": params.evseId, "tariff": tariff}
        answer = self.result_of(await session.call("SetDefaultTariff", payload))
        return {**answer, "tariffId": tariff["tariffId"]}

    @operation("get-tariffs", V21)
    async def get_tariffs(self, session: SessionView, params: params_of.GetTariffs) -> dict[str, Any]:
        """Read which tariffs the station holds, for which EVSEs and drivers (I09)."""
        return self.result_of(await session.call("GetTariffs", {"evseId": params.evseId}))

    @operation("clear-tariffs", V21)
    async def clear_tariffs(self, session: SessionView, params: params_of.ClearTariffs) -> dict[str, Any]:
        """Take tariffs out of the station (I10)."""
        return self.result_of(await session.call("ClearTariffs", params.model_dump(exclude_none=True)))

    @operation("change-transaction-tariff", V21)
    async def change_transaction_tariff(
        self, session: SessionView, params: params_of.ChangeTransactionTariff
    ) -> dict[str, Any]:
        """Have a transaction that runs go on with another tariff (I11)."""
        transaction_id = params.transactionId
        if transaction_id is None:
            running = await self.records.transactions.open_of(session.identity)
            if len(running) != 1:
                raise OperationFailed("give the transactionId: not exactly one transaction runs")
            transaction_id = running[0].transaction_id
        tariff = self._chosen(params)
        payload = {"transactionId": transaction_id, "tariff": tariff}
        answer = self.result_of(await session.call("ChangeTransactionTariff", payload))
        return {**answer, "transactionId": transaction_id, "tariffId": tariff["tariffId"]}

    def _chosen(self, params: params_of.SetDefaultTariff | params_of.ChangeTransactionTariff) -> dict[str, Any]:
        tariff = params.tariff.as_ocpp() if params.tariff is not None else self._by_id(params.tariffId or "")
        if tariff is None:
            raise OperationFailed("the options of ocpp201.tariff_cost have no such tariff")
        return tariff if params.validFrom is None else {**tariff, "validFrom": params.validFrom}

    def _by_id(self, tariff_id: str) -> dict[str, Any] | None:
        known = getattr(self.shared.get(TARIFFS), "by_id", {}).get(tariff_id)  # a stranger's may have no such list
        found: dict[str, Any] | None = None if known is None else known.as_ocpp()
        return found

    # --- what is kept -----------------------------------------------------------------------------------------------

    @record(V21, "SetDefaultTariff", "ClearTariffs", "GetTariffs", direction=_TO)
    async def held(self, session: SessionView, call: Call, reply: Reply) -> None:
        """Keep which tariffs the station holds, whoever gave or took them."""
        if not reply.is_result:
            return
        after, at = _AFTER[call.action], self.clock.now()
        await self._held.change(session.identity, lambda known: after(known, call.payload, reply.payload, at) or known)

    @record(V21, "ChangeTransactionTariff", direction=_TO)
    async def changed(self, session: SessionView, call: Call, reply: Reply) -> None:
        """I11: what the transaction costs from now on, the CSMS calculates with the new tariff too."""
        tariff, transaction_id = call.payload.get("tariff"), text(call.payload.get("transactionId"))
        if reply.payload.get("status") != "Accepted" or not isinstance(tariff, dict) or transaction_id is None:
            return
        book = self.shared.get(TRANSACTIONS)
        if book is None or (tx := await book.get(session.identity, transaction_id)) is None:
            return
        at = moment(tariff.get("validFrom")) or self.clock.now()
        change = await book.note(
            session.identity, transaction_id, {rows.CHANGES: rows.with_change(tx.details, at, tariff)}
        )
        if change is not None:
            self.records.later(change)


def _total(details: dict[str, Any]) -> float:
    total = details.get("totalCost")
    return total if isinstance(total, int | float) else 0.0
