"""JSON documents of plugins, for what has no table of its own."""

from typing import Any

from broker.ocpp.jsontext import decode_plain, encode
from broker.records.change import Change
from broker.records.codec import text
from broker.store import Store, changes

_TABLE = "document"


class Documents:
    """By plugin, station and key; the identity is empty for what belongs to no station."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def put(self, plugin: str, identity: str, key: str, value: Any) -> Change:
        """Keep this value, which JSON can hold."""
        keys = (text(plugin), text(identity), text(key))
        return (changes.put_row(_TABLE, keys, (*keys, encode(value))),)

    def drop(self, plugin: str, identity: str, key: str) -> Change:
        """Forget it."""
        return (changes.drop_row(_TABLE, (text(plugin), text(identity), text(key))),)

    async def get(self, plugin: str, identity: str, key: str) -> Any | None:
        """What was put there, or None."""
        where = [("plugin =", text(plugin)), ("identity =", text(identity)), ("key =", text(key))]
        rows = await self._store.select(_TABLE, where, columns=("data",))
        return decode_plain(rows[0][0])[0] if rows else None

    async def of(self, plugin: str, identity: str) -> dict[str, Any]:
        """All of one station, by key."""
        where = [("plugin =", text(plugin)), ("identity =", text(identity))]
        rows = await self._store.select(_TABLE, where, columns=("key", "data"), order=("key",))
        return {key: decode_plain(data)[0] for key, data in rows}

    async def about(self, identity: str) -> dict[str, dict[str, Any]]:
        """All of one station, by plugin and key."""
        rows = await self._store.select(
            _TABLE, [("identity =", text(identity))], columns=("plugin", "key", "data"), order=("plugin", "key")
        )
        found: dict[str, dict[str, Any]] = {}
        for plugin, key, data in rows:
            found.setdefault(plugin, {})[key] = decode_plain(data)[0]
        return found

    async def all(self, plugin: str) -> list[tuple[str, str, Any]]:
        """All of a plugin: identity, key, value."""
        rows = await self._store.select(
            _TABLE, [("plugin =", text(plugin))], columns=("identity", "key", "data"), order=("identity", "key")
        )
        return [(identity, key, decode_plain(data)[0]) for identity, key, data in rows]
