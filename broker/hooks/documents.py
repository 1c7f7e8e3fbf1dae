"""What a plugin keeps for itself, beyond the process: JSON documents by station and key."""

from typing import Any

from broker.records import Change, Records


class PluginDocuments:
    """The documents of one plugin. A `Change` is written by `records.commit` or `records.later`."""

    __slots__ = ("_plugin", "_records")

    def __init__(self, plugin: str, records: Records) -> None:
        self._plugin = plugin
        self._records = records

    async def get(self, identity: str, key: str) -> Any | None:
        """One document; None where there is none. `identity` is empty for what belongs to no station."""
        return await self._records.documents.get(self._plugin, identity, key)

    async def of(self, identity: str) -> dict[str, Any]:
        """All documents about a station, by key."""
        return await self._records.documents.of(self._plugin, identity)

    async def all(self) -> list[tuple[str, str, Any]]:
        """Identity, key and document, of every station."""
        return await self._records.documents.all(self._plugin)

    def put(self, identity: str, key: str, value: Any) -> Change:
        """Keep `value`, anything that JSON can say, in the place of what was there."""
        return self._records.documents.put(self._plugin, identity, key, value)

    def drop(self, identity: str, key: str) -> Change:
        """Keep it no longer."""
        return self._records.documents.drop(self._plugin, identity, key)
