"""Charging profiles that went with a RemoteStartTransaction, until its transaction starts (1.6 5.16.2).

Such a profile has no transactionId, and applies to the transaction that the station starts for this idTag. Kept by
station, beyond the process, for a while: a start that timed out leaves a profile that belongs to nothing.
"""

import hashlib
from typing import Any

from broker.api import Change, PluginDocuments
from plugins.shared import values

_KEY = "remote_starts"
_MOST = 10  # of one station; it has a connector or two


class RemoteStarts:
    """What was sent to each station and has not started."""

    def __init__(self, documents: PluginDocuments, seconds: float) -> None:
        self._documents = documents
        self._seconds = seconds
        self._waiting: dict[str, list[dict[str, Any]]] = {}
        self._loaded = False

    async def load(self) -> None:
        """Read what was kept; once, and before anything else."""
        if self._loaded:
            return
        kept = await self._documents.all()
        if not self._loaded:  # nobody else has, meanwhile
            self._loaded = True
            self._waiting = {identity: rows for identity, key, rows in kept if key == _KEY}

    def add(self, identity: str, call: dict[str, Any], now: float) -> Change:
        """Remember the profile of this RemoteStartTransaction; the change has to be written."""
        row = {
            "connector": values.whole(call.get("connectorId")),
            "tag": _digest(call.get("idTag")),
            "profile": call.get("chargingProfile"),
            "at": now,
        }
        return self._keep(identity, [*self._current(identity, now), row][-_MOST:])

    def take(self, identity: str, call: dict[str, Any], now: float) -> tuple[dict[str, Any] | None, list[Change]]:
        """The profile that goes with this StartTransaction, no longer remembered; None for none."""
        if identity not in self._waiting:
            return None, []
        rows = self._current(identity, now)
        connector, tag = values.whole(call.get("connectorId")), _digest(call.get("idTag"))
        mine = [row for row in rows if row["tag"] == tag and row["connector"] in (None, connector)]
        change = self._keep(identity, [row for row in rows if row not in mine])
        return (mine[-1]["profile"] if mine else None), [change]

    def _current(self, identity: str, now: float) -> list[dict[str, Any]]:
        return [row for row in self._waiting.get(identity, ()) if row["at"] + self._seconds >= now]

    def _keep(self, identity: str, rows: list[dict[str, Any]]) -> Change:
        if rows:
            self._waiting[identity] = rows
            return self._documents.put(identity, _KEY, rows)
        self._waiting.pop(identity, None)
        return self._documents.drop(identity, _KEY)


def _digest(tag: Any) -> str:
    """What tells idTags apart without being one: this is no place to keep them (they are compared without case)."""
    text = values.text(tag) or ""
    return hashlib.sha256(text.casefold().encode()).hexdigest()[:16]
