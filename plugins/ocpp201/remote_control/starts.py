"""The remote starts of each station: which remoteStartId was given when, and what the station made of it.

A TransactionEvent names the remoteStartId of the start that it comes from (F01, F02), perhaps after a restart of the
broker. Whoever has asked for the start, an upstream or an operator: it is kept.
"""

import asyncio
from typing import Any

from broker.api import Call, Context, Reply
from plugins.shared.values import text, whole

KEY = "remote_starts"
#: Of one station; it has a connector or two.
MOST = 20


class RemoteStarts:
    """One document for each station."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._lock = asyncio.Lock()
        """Two changes of one document must not both begin with what was there before."""

    async def of(self, identity: str) -> list[dict[str, Any]]:
        """The latest of a station, the newest last."""
        found = await self._context.documents.get(identity, KEY)
        return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []

    async def note(self, identity: str, call: Call, reply: Reply) -> None:
        """Keep this start. Its idToken has its place in the transaction; here is its type."""
        given, answer = call.payload, reply.payload
        token = given.get("idToken")
        row = {
            "remoteStartId": whole(given.get("remoteStartId")),
            "evseId": whole(given.get("evseId")),
            "type": text(token.get("type")) if isinstance(token, dict) else None,
            "status": text(answer.get("status")) if reply.is_result else reply.code,
            "transactionId": text(answer.get("transactionId")),
            "at": self._context.clock.now(),
        }
        kept = {name: value for name, value in row.items() if value is not None}
        async with self._lock:
            others = [one for one in await self.of(identity) if one.get("remoteStartId") != row["remoteStartId"]]
            change = self._context.documents.put(identity, KEY, [*others, kept][-MOST:])
            self._context.records.later(change)
