"""idTokens that the CSMS itself lets start a transaction (C05, F01): made for one remote start, good for a while.

The station names such a token again in its Authorize and TransactionEvents, perhaps after a restart of the broker:
what was issued is kept, a document for each station.
"""

import uuid
from collections import OrderedDict
from typing import Any

from broker.api import Context
from plugins.ocpp201.id_tokens import CENTRAL
from plugins.shared.ci_string import folded
from plugins.shared.values import text

#: Issued idTokens of a station, and stations, that are remembered.
TOKENS = 50
_STATIONS = 20_000
_KEY = "issued"


class IssuedTokens:
    """What other plugins find as `shared["ocpp201.authorization.central"]`."""

    def __init__(self, context: Context, seconds: float) -> None:
        self._context = context
        self._seconds = seconds
        self._known: OrderedDict[str, list[dict[str, Any]]] = OrderedDict()

    async def issue(self, identity: str, remote_start_id: int) -> dict[str, Any]:
        """A Central idToken for this remote start; the same one again for the same remoteStartId."""
        for one in await self._of(identity):
            if one["remoteStartId"] == remote_start_id and one["until"] > self._context.clock.now():
                return {"idToken": one["idToken"], "type": one["type"]}
        made = {"idToken": str(uuid.uuid4()), "type": CENTRAL}  # 36 characters, as long as 2.0.1 can take
        await self.allow(identity, made, remote_start_id)
        return made

    async def allow(self, identity: str, id_token: dict[str, Any], remote_start_id: int | None = None) -> None:
        """Let the station have this idToken accepted for a while, whatever it is: one that was paid for directly."""
        now = self._context.clock.now()
        entry = {
            "idToken": text(id_token.get("idToken")) or "",
            "type": text(id_token.get("type")) or CENTRAL,
            "remoteStartId": remote_start_id,
            "until": now + self._seconds,
        }
        mine = [one for one in await self._of(identity) if one["until"] > now and not _same(one, entry)]
        self._known[identity] = [*mine, entry][-TOKENS:]
        self._context.records.later(self._context.documents.put(identity, _KEY, self._known[identity]))

    async def is_allowed(self, identity: str, id_token: dict[str, Any]) -> bool:
        """Whether this station was given this idToken, not too long ago."""
        now = self._context.clock.now()
        return any(one["until"] > now and _same(one, id_token) for one in await self._of(identity))

    async def _of(self, identity: str) -> list[dict[str, Any]]:
        if identity not in self._known:
            read = await self._context.documents.get(identity, _KEY) or []
            self._known.setdefault(identity, read)  # what was issued meanwhile counts
        self._known.move_to_end(identity)
        found = self._known[identity]
        if len(self._known) > _STATIONS:
            self._known.popitem(last=False)
        return found


def _same(one: dict[str, Any], other: dict[str, Any]) -> bool:
    return all(folded(one[name]) == folded(text(other.get(name)) or "") for name in ("idToken", "type"))
