"""Charging profiles that went with a RequestStartTransaction, until its transaction starts (K05).

Such a profile has no transactionId, and belongs to the transaction that names the remoteStartId. Kept by station,
beyond the process, for a while: a start that timed out leaves a profile that belongs to nothing.
"""

from collections.abc import Iterable
from typing import Any

from broker.api import Change, PluginDocuments
from plugins.shared import values

_KEY = "remote_starts"
_MOST = 20  # of one station


class RemoteStarts:
    """What was sent to each station and has not started."""

    def __init__(self, documents: PluginDocuments, seconds: float) -> None:
        self._documents = documents
        self._seconds = seconds
        self._waiting: dict[str, list[dict[str, Any]]] = {}

    def load(self, kept: Iterable[tuple[str, str, Any]]) -> None:
        """Take what was kept, of all documents; once, and before anything else."""
        self._waiting = {identity: rows for identity, key, rows in kept if key == _KEY}

    def waits(self, identity: str) -> bool:
        """Whether there is anything to take."""
        return identity in self._waiting

    def add(self, identity: str, call: dict[str, Any], now: float) -> Change:
        """Remember the profile of this RequestStartTransaction; the change has to be written."""
        row = {"id": values.whole(call.get("remoteStartId")), "profile": call.get("chargingProfile"), "at": now}
        return self._keep(identity, [*self._current(identity, now), row][-_MOST:])

    def take(self, identity: str, number: Any, now: float) -> tuple[dict[str, Any] | None, list[Change]]:
        """The profile that goes with this remoteStartId, no longer remembered; None for none."""
        if identity not in self._waiting:
            return None, []
        rows = self._current(identity, now)
        mine = [row for row in rows if row["id"] == values.whole(number)]
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
