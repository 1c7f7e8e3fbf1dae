"""The remote starts of each station: which remoteStartId was given when, and what the station made of it.

A TransactionEvent names the remoteStartId of the start that it comes from (F01, F02), perhaps after a restart of the
broker. Whoever has asked for the start, an upstream or an operator: it is kept.
"""

from typing import Any

from broker.api import Call, Context, Reply
from plugins.shared.station_documents import StationDocuments
from plugins.shared.values import text, whole

KEY = "remote_starts"
#: Of one station; it has a connector or two.
MOST = 20


class RemoteStarts:
    """One document for each station."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._kept = StationDocuments(context, KEY)

    async def of(self, identity: str) -> list[dict[str, Any]]:
        """The latest of a station, the newest last."""
        return _rows(await self._kept.get(identity))

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

        def changed(before: Any) -> list[dict[str, Any]]:
            others = [one for one in _rows(before) if one.get("remoteStartId") != row["remoteStartId"]]
            return [*others, kept][-MOST:]

        await self._kept.change(identity, changed)


def _rows(found: Any) -> list[dict[str, Any]]:
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []
