"""What an operator may ask of a 1.6 station by name: the calls of the Core profile, composed as 1.6 wants them."""

from collections.abc import Sequence
from typing import Any

from broker.api import BasePlugin, OperationFailed, SessionView, Transaction, operation
from plugins.ocpp16 import core_params as params_of
from plugins.ocpp16.charging_checks import capabilities
from plugins.ocpp16.configuration import by_key, changes, told, unknown, without_secrets
from plugins.ocpp16.core_boot import V16
from plugins.ocpp16.remote_start import WrongProfile, composed, of_limit
from plugins.shared.values import number

#: Says how many keys a station takes in one GetConfiguration (1.6 9.1.7).
MAX_KEYS = "GetConfigurationMaxKeys"


class Operations(BasePlugin):
    """The part of Core that an operator calls."""

    @operation("remote-start", V16)
    async def remote_start(self, session: SessionView, params: params_of.RemoteStart) -> dict[str, Any]:
        """Start a transaction for an idTag, with a charging profile if wanted (`limit` and `unit` make a simple one).

        A profile is a TxProfile without a transactionId; its id, level and kind are chosen where they are left out.
        """
        payload: dict[str, Any] = {"idTag": params.idTag}
        if params.connectorId is not None:
            payload["connectorId"] = params.connectorId
        profile = params.chargingProfile
        if profile is None and params.limit is not None:
            profile = of_limit(params.limit, params.unit, params.numberPhases)
        if profile is None:
            return {"status": await self._word(session, "RemoteStartTransaction", payload)}
        payload["chargingProfile"] = await self._profile(session.identity, profile, params.connectorId)
        status = await self._word(session, "RemoteStartTransaction", payload)
        return {"status": status, "chargingProfileId": payload["chargingProfile"]["chargingProfileId"]}

    async def _profile(self, identity: str, given: dict[str, Any], connector_id: int | None) -> dict[str, Any]:
        held = await self.records.charging_profiles.of(identity)
        keys = {one.variable: one.value for one in await self.records.variables.of(identity)}
        taken = {one.profile_id for one in held}
        try:
            return composed(given, connector=connector_id, capable=capabilities(keys), taken=taken)
        except WrongProfile as error:
            raise OperationFailed(str(error)) from error

    @operation("remote-stop", V16)
    async def remote_stop(self, session: SessionView, params: params_of.RemoteStop) -> dict[str, Any]:
        """Stop a transaction: the one with this id, the one of a connector, or the only one that runs."""
        wanted = params.transactionId
        if wanted is None:
            wanted = _only(await self.records.transactions.open_of(session.identity), params.connectorId)
        status = await self._word(session, "RemoteStopTransaction", {"transactionId": wanted})
        return {"status": status, "transactionId": wanted}

    @operation("reset", V16)
    async def reset(self, session: SessionView, params: params_of.Reset) -> dict[str, Any]:
        """Restart the station: Soft ends its transactions first, Hard does not wait for anything."""
        return {"status": await self._word(session, "Reset", {"type": params.type}), "type": params.type}

    @operation("unlock", V16)
    async def unlock(self, session: SessionView, params: params_of.Unlock) -> dict[str, Any]:
        """Unlock a connector; a transaction on it is ended first (1.6 5.18)."""
        return {"status": await self._word(session, "UnlockConnector", {"connectorId": params.connectorId})}

    @operation("change-availability", V16)
    async def change_availability(self, session: SessionView, params: params_of.ChangeAvailability) -> dict[str, Any]:
        """Take a connector, or with connector 0 the whole station, out of operation or back into it."""
        payload = {"connectorId": params.connectorId, "type": params.type}
        return {"status": await self._word(session, "ChangeAvailability", payload)}

    @operation("get-configuration", V16)
    async def get_configuration(self, session: SessionView, params: params_of.GetConfiguration) -> dict[str, Any]:
        """Read the station's configuration, all of it or some keys, and tell what changed since it was last read."""
        known = by_key(await self.records.variables.of(session.identity))
        most = known.get(MAX_KEYS.casefold())
        answers = [
            self.result_of(await session.call("GetConfiguration", {"key": batch} if batch else {}))
            for batch in _batches(params.key, number(most.value) if most is not None else None)
        ]
        return {
            "configurationKey": [without_secrets(one) for answer in answers for one in told(answer)],
            "unknownKey": [key for answer in answers for key in unknown(answer)],
            "changed": changes(known, answers, everything=not params.key),
        }

    @operation("change-configuration", V16)
    async def change_configuration(self, session: SessionView, params: params_of.ChangeConfiguration) -> dict[str, Any]:
        """Set a configuration key. For AuthorizationKey and SecurityProfile, the security plugin has better ones.

        Both work here too, as the broker adopts what the station accepts; the operations of the security plugin make
        a key, and look first whether the station can reach the other profile.
        """
        payload = {"key": params.key, "value": params.value}
        return {"status": await self._word(session, "ChangeConfiguration", payload)}

    @operation("clear-cache", V16)
    async def clear_cache(self, session: SessionView, params: params_of.Nothing) -> dict[str, Any]:
        """Have the station forget what it knows of idTags from Authorize and transactions."""
        return {"status": await self._word(session, "ClearCache", {})}

    @operation("data-transfer", V16)
    async def data_transfer(self, session: SessionView, params: params_of.DataTransfer) -> dict[str, Any]:
        """Send a vendor's own message; the vendor says what it means."""
        payload = params.model_dump(exclude_none=True)
        result = self.result_of(await session.call("DataTransfer", payload))
        return {name: result[name] for name in ("status", "data") if name in result}

    async def _word(self, session: SessionView, action: str, payload: dict[str, Any]) -> Any:
        """The station's own word."""
        return self.result_of(await session.call(action, payload)).get("status")


def _batches(keys: Sequence[str], most: int | None) -> list[Sequence[str]]:
    """The keys in calls that the station takes; one call for everything where there are none."""
    size = most if most is not None and most > 0 else len(keys)
    return [keys[at : at + size] for at in range(0, len(keys), size)] if keys else [keys]


def _only(running: Sequence[Transaction], connector_id: int | None) -> int:
    """The transactionId of the one that runs. A connector runs one: of several on it, the latest, whose end is due."""
    latest: dict[int | None, int] = {}
    for one in sorted(running, key=lambda tx: tx.ref):
        given = number(one.transaction_id)
        if given is not None and connector_id in (None, one.evse):
            latest[one.evse] = given
    where = "" if connector_id is None else f" on connector {connector_id}"
    if not latest:
        raise OperationFailed(f"no transaction runs{where}; give a transactionId")
    if len(latest) > 1:
        places = ", ".join(f"{given} on connector {evse}" for evse, given in latest.items())
        raise OperationFailed(f"several transactions run: {places}; give a transactionId or connectorId")
    return next(iter(latest.values()))
