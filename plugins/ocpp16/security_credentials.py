"""What a station logs in with (1.6 white paper A01, A05): a new AuthorizationKey, a higher SecurityProfile.

The door follows such a change by itself, whoever sends it: the old and the new are accepted until the first login with
the new one. Where the station could not get in any more, the broker answers Rejected in its place.
"""

import secrets
from typing import Any

from broker.api import BasePlugin, CallFailed, OperationFailed, SessionView, StationRefused, operation
from plugins.ocpp16.security_params import SetAuthorizationKey, UpgradeSecurityProfile

V16 = "ocpp1.6"
_KEY_BYTES = 20
_HIGHEST = 3
_TAKEN = ("Accepted", "RebootRequired")


class Credentials(BasePlugin):
    """The part of `ocpp16.security` that changes what stations log in with."""

    @operation("set-authorization-key", V16)
    async def set_authorization_key(self, session: SessionView, params: SetAuthorizationKey) -> dict[str, Any]:
        """Give the station a new AuthorizationKey, a random one by default; nobody is shown it."""
        generated = params.key is None
        key = secrets.token_hex(_KEY_BYTES) if params.key is None else params.key.get_secret_value()
        reply = await session.call("ChangeConfiguration", {"key": "AuthorizationKey", "value": key})
        if not reply.is_result:  # a station may well quote what it does not like
            raise StationRefused(reply.code)
        return {"status": reply.payload.get("status"), "generated": generated}

    @operation("upgrade-security-profile", V16)
    async def upgrade_security_profile(self, session: SessionView, params: UpgradeSecurityProfile) -> dict[str, Any]:
        """Raise the station's security profile, and reset it so that it comes back with the new one."""
        current = session.security_profile
        wanted = current + 1 if params.profile is None else params.profile
        if current >= _HIGHEST:
            raise OperationFailed(f"the station is on security profile {current}, the highest there is")
        if wanted <= current:
            raise OperationFailed(f"the station is on security profile {current}, which is never lowered (A00.FR.005)")
        payload = {"key": "SecurityProfile", "value": str(wanted)}
        result = self.result_of(await session.call("ChangeConfiguration", payload))
        told = {"status": result.get("status"), "from": current, "securityProfile": wanted}
        if result.get("status") not in _TAKEN or not params.reset:
            return told
        return {**told, **await self._reset(session)}

    async def _reset(self, session: SessionView) -> dict[str, Any]:
        """The change is made, so what goes wrong here is told and fails nothing: many stations restart at once."""
        try:
            return {"reset": self.result_of(await session.call("Reset", {"type": "Hard"})).get("status")}
        except (CallFailed, StationRefused) as error:
            return {"resetFailed": str(error)}
