"""OCPP 2.0.1 and 2.1, functional block F: remote control."""

from collections.abc import Sequence
from typing import Any

from broker.api import (
    Action,
    BasePlugin,
    Call,
    Context,
    Direction,
    OperationFailed,
    Reply,
    SessionView,
    StoreFailed,
    Transaction,
    hookimpl,
    operation,
    record,
)
from plugins.ocpp201.evse import evse_of
from plugins.ocpp201.id_tokens import resolved
from plugins.ocpp201.remote_control import params as params_of
from plugins.ocpp201.remote_control.profile import WrongProfile, composed, of_limit
from plugins.ocpp201.remote_control.starts import RemoteStarts
from plugins.ocpp201.request_ids import RequestIds
from plugins.ocpp201.versions import V2, V21, actions

#: Who makes idTokens for remote starts.
CENTRAL = "ocpp201.authorization.central"
#: The numbers of remote starts, for other plugins that make some.
IDS = "ocpp201.remote_start_ids"


class RemoteControl(BasePlugin):
    """OCPP 2.x remote control: starts and stops transactions, triggers messages, unlocks connectors."""

    name = "ocpp201.remote_control"

    def __init__(self, config: BasePlugin.Config, context: Context) -> None:
        super().__init__(config, context)
        self._starts = RemoteStarts(context)
        self._ids: RequestIds = self.shared.setdefault(IDS, RequestIds(self.clock))

    @hookimpl
    def register_actions(self) -> list[Action]:
        """The calls of block F."""
        names = ("RequestStartTransaction", "RequestStopTransaction", "TriggerMessage", "UnlockConnector")
        return actions("RemoteControl", to_station=names)

    @operation("remote-start", V2)
    async def remote_start(self, session: SessionView, params: params_of.RemoteStart) -> dict[str, Any]:
        """Start a transaction for an idToken, with a charging profile if wanted (`limit` and `unit` make a simple one).

        Without an idToken the broker makes one of type Central. A profile is a TxProfile without a transactionId.
        """
        number = self._ids.next() if params.remoteStartId is None else params.remoteStartId
        payload: dict[str, Any] = {"idToken": await self._id_token(session, params, number), "remoteStartId": number}
        if params.evseId is not None:
            payload["evseId"] = params.evseId
        if params.groupIdToken is not None:
            payload["groupIdToken"] = await resolved(self.records, params.groupIdToken)
        profile = await self._profile(session.identity, params)
        if profile is not None:
            payload["chargingProfile"] = profile
        answer = self.result_of(await session.call("RequestStartTransaction", payload))
        found = {"status": answer.get("status"), "remoteStartId": number, "transactionId": answer.get("transactionId")}
        if profile is not None:
            found["chargingProfileId"] = profile["id"]
        return {name: value for name, value in found.items() if value is not None}

    async def _id_token(self, session: SessionView, params: params_of.RemoteStart, number: int) -> dict[str, Any]:
        if params.idToken is not None:
            return await resolved(self.records, params.idToken)
        central = self.shared.get(CENTRAL)
        if central is None:
            raise OperationFailed("idToken: nobody here makes idTokens of type Central, give one")
        made: dict[str, Any] = await central.issue(session.identity, number)
        return made

    async def _profile(self, identity: str, params: params_of.RemoteStart) -> dict[str, Any] | None:
        given = params.chargingProfile
        if given is None and params.limit is not None:
            given = of_limit(params.limit, params.unit, params.numberPhases)
        if given is None:
            return None
        taken = {one.profile_id for one in await self.records.charging_profiles.of(identity)}
        try:
            return composed(given, taken)
        except WrongProfile as error:
            raise OperationFailed(str(error)) from error

    @record(V2, "RequestStartTransaction", direction=Direction.TO_STATION)
    async def start_requested(self, session: SessionView, call: Call, reply: Reply) -> None:
        """Keep the remote start, whoever asked for it."""
        try:
            await self._starts.note(session.identity, call, reply)
        except StoreFailed:
            return  # nothing that a caller's answer should wait for

    @operation("remote-stop", V2)
    async def remote_stop(self, session: SessionView, params: params_of.RemoteStop) -> dict[str, Any]:
        """Stop a transaction: the one with this id, the one of an EVSE, or the only one that runs."""
        wanted = params.transactionId
        if wanted is None:
            wanted = _only(await self.records.transactions.open_of(session.identity), params.evseId)
        answer = self.result_of(await session.call("RequestStopTransaction", {"transactionId": wanted}))
        return {"status": answer.get("status"), "transactionId": wanted}

    @operation("trigger", V2)
    async def trigger(self, session: SessionView, params: params_of.Trigger) -> dict[str, Any]:
        """Have the station send a message now, for one EVSE or connector if wanted (F06); 2.1: a CustomTrigger too.

        The message comes after the station's answer, by itself.
        """
        if params.requestedMessage in params_of.ONLY_IN_21 and session.version != V21:
            raise OperationFailed(f"requestedMessage: {params.requestedMessage} is one of OCPP 2.1")
        payload: dict[str, Any] = {"requestedMessage": params.requestedMessage}
        if params.evseId is not None:
            payload["evse"] = evse_of(params.evseId, params.connectorId)
        if params.customTrigger is not None:
            payload["customTrigger"] = params.customTrigger
        return {"status": self.result_of(await session.call("TriggerMessage", payload)).get("status")}

    @operation("unlock", V2)
    async def unlock(self, session: SessionView, params: params_of.Unlock) -> dict[str, Any]:
        """Unlock a connector; a station does not while a transaction with an authorized driver runs there (F05)."""
        payload = {"evseId": params.evseId, "connectorId": params.connectorId}
        return {"status": self.result_of(await session.call("UnlockConnector", payload)).get("status")}


def _only(running: Sequence[Transaction], evse_id: int | None) -> str:
    """The transactionId of the one that runs. An EVSE runs one: of several on it, the latest, whose end is due."""
    latest: dict[int | None, str] = {}
    for one in sorted(running, key=lambda tx: tx.ref):
        if evse_id in (None, one.evse):
            latest[one.evse] = one.transaction_id
    where = "" if evse_id is None else f" on EVSE {evse_id}"
    if not latest:
        raise OperationFailed(f"no transaction runs{where}; give a transactionId")
    if len(latest) > 1:
        places = ", ".join(f"{given} on EVSE {evse}" for evse, given in latest.items())
        raise OperationFailed(f"several transactions run: {places}; give a transactionId or evseId")
    return next(iter(latest.values()))
