"""What changes how a station connects: network profiles (B09), its password (A01), its security profile (A05).

The door follows such a change by itself, whoever sends it: the old and the new are accepted until the first login with
the new one. Where the station could not get in any more, the broker answers Rejected in its place.
"""

import secrets
import string
from typing import Any

from broker.api import BasePlugin, CallFailed, OperationFailed, SessionView, StationRefused, operation
from plugins.ocpp201.device_model import number_of, value_of
from plugins.ocpp201.provisioning.config import ProvisioningConfig
from plugins.ocpp201.provisioning.network_params import SetNetworkProfile, SetPassword, UpgradeSecurityProfile
from plugins.ocpp201.provisioning.network_profile import (
    NoProfile,
    composed,
    fits,
    free_slot,
    slots,
    with_slot_first,
)
from plugins.ocpp201.versions import V2, V21

_HIGHEST = 3
_TAKEN = ("Accepted", "RebootRequired")
_PASSWORD_LENGTH = 40  # what each version takes
_ALPHABET = string.ascii_letters + string.digits
COMM = "OCPPCommCtrlr"
PRIORITY = "NetworkConfigurationPriority"
ACTIVE = "ActiveNetworkProfile"


class Network(BasePlugin):
    """The part that changes how stations connect."""

    config: ProvisioningConfig

    @operation("set-password", V2)
    async def set_password(self, session: SessionView, params: SetPassword) -> dict[str, Any]:
        """Give the station a new BasicAuthPassword, a random one by default; nobody is shown it."""
        component: dict[str, Any] = {"name": "SecurityCtrlr"}
        if params.configurationSlot is not None:
            _only_21(session, "configurationSlot")
            component = {"name": "NetworkConfiguration", "instance": str(params.configurationSlot)}
        password = params.password.get_secret_value() if params.password is not None else _random()
        told = await self._set(session, component, "BasicAuthPassword", password)
        return {**told, "generated": params.password is None}

    @operation("set-network-profile", V2)
    async def set_network_profile(self, session: SessionView, params: SetNetworkProfile) -> dict[str, Any]:
        """Fill a slot of the station's network profiles; NetworkConfigurationPriority makes it use that."""
        data = params.connectionData
        if data is None:
            profile = session.security_profile if params.securityProfile is None else params.securityProfile
            data = self._composed(session, params, profile)
        return await self._fill(session, params.configurationSlot, data)

    @operation("upgrade-security-profile", V2)
    async def upgrade_security_profile(self, session: SessionView, params: UpgradeSecurityProfile) -> dict[str, Any]:
        """Raise the station's security profile: a new network profile, tried first after a reset (A05)."""
        current = session.security_profile
        wanted = current + 1 if params.profile is None else params.profile
        if current >= _HIGHEST:
            raise OperationFailed(f"the station is on security profile {current}, the highest there is")
        if wanted <= current:
            raise OperationFailed(f"the station is on security profile {current}, which is never lowered (A05.FR.06)")
        data = self._composed(session, params, wanted)
        if not fits(wanted, data["ocppCsmsUrl"]):
            raise OperationFailed(f"security profile {wanted} does not go with that ocppCsmsUrl")
        slot, priority = await self._slot(session, params)
        filled = await self._fill(session, slot, data)
        told = {**filled, "from": current, "securityProfile": wanted}
        if filled["status"] != "Accepted":
            return told
        chosen = await self._set(session, {"name": COMM}, PRIORITY, priority)
        told |= {"status": chosen["status"], "setNetworkProfile": filled["status"], "priority": priority}
        if chosen["status"] not in _TAKEN or not params.reset:
            return told
        return {**told, **await self._reset(session, params.type)}

    def _composed(
        self, session: SessionView, params: SetNetworkProfile | UpgradeSecurityProfile, profile: int
    ) -> dict[str, Any]:
        for member in ("identity", "basicAuthPassword"):
            if getattr(params, member) is not None:
                _only_21(session, member)
        url = self.config.csms_url.get(profile)
        try:
            return composed(params, version=str(session.version), profile=profile, url=url)
        except NoProfile as error:
            raise OperationFailed(str(error)) from error

    async def _fill(self, session: SessionView, slot: int, data: dict[str, Any]) -> dict[str, Any]:
        payload = {"configurationSlot": slot, "connectionData": data}
        reply = await session.call("SetNetworkProfile", payload)
        if not reply.is_result:  # a station may well quote what it does not like, a password too
            raise StationRefused(reply.code)
        told = {"status": reply.payload.get("status"), "configurationSlot": slot}
        info = reply.payload.get("statusInfo")
        reason = info.get("reasonCode") if isinstance(info, dict) else None
        return told if reason is None else {**told, "reasonCode": reason}

    async def _set(self, session: SessionView, component: dict[str, Any], name: str, value: str) -> dict[str, Any]:
        item = {"attributeValue": value, "component": component, "variable": {"name": name}}
        reply = await session.call("SetVariables", {"setVariableData": [item]})
        if not reply.is_result:
            raise StationRefused(reply.code)
        results = reply.payload.get("setVariableResult")
        first = results[0] if isinstance(results, list) and results else None
        return {"status": first.get("attributeStatus") if isinstance(first, dict) else None}

    async def _slot(self, session: SessionView, params: UpgradeSecurityProfile) -> tuple[int, str]:
        """The slot to fill, and the list that has it tried first."""
        slot, priority = params.configurationSlot, params.priority
        if slot is not None and priority is not None:
            return slot, priority
        used = slots(await value_of(self.records, session.identity, COMM, PRIORITY))
        if not used:
            used = await self._ask(session)
        if slot is None:
            active = await number_of(self.records, session.identity, COMM, ACTIVE)
            row = await self.records.variables.get(session.identity, COMM, PRIORITY, "Actual")
            listed = (row.details if row is not None else {}).get("characteristics", {}).get("valuesList")
            try:
                slot = free_slot(used, active, slots(listed))
            except NoProfile as error:
                raise OperationFailed(str(error)) from error
        return slot, priority or with_slot_first(slot, used)

    async def _ask(self, session: SessionView) -> list[int]:
        """Which slots the station uses; what it says is kept on the way."""
        items = [{"component": {"name": COMM}, "variable": {"name": name}} for name in (PRIORITY, ACTIVE)]
        self.result_of(await session.call("GetVariables", {"getVariableData": items}))
        used = slots(await value_of(self.records, session.identity, COMM, PRIORITY))
        if not used:
            raise OperationFailed("the station does not tell its slots; give configurationSlot and priority")
        return used

    async def _reset(self, session: SessionView, kind: str) -> dict[str, Any]:
        """The change is made, so what goes wrong here is told and fails nothing: many stations restart at once."""
        try:
            return {"reset": self.result_of(await session.call("Reset", {"type": kind})).get("status")}
        except (CallFailed, StationRefused) as error:
            return {"resetFailed": str(error)}


def _only_21(session: SessionView, member: str) -> None:
    if session.version != V21:
        raise OperationFailed(f"{member} is of OCPP 2.1, the station speaks {session.version}")


def _random() -> str:
    return "".join(secrets.choice(_ALPHABET) for _ in range(_PASSWORD_LENGTH))
