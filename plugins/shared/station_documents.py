"""Documents of a plugin that follow what stations do: read, changed and written, one change after another.

Messages of one station are worked on at the same time, those from it and those to it. Without turns, the second of two
that have read the same document would write over what the first has changed.
"""

import asyncio
from collections.abc import Callable, Mapping
from typing import Any
from weakref import WeakValueDictionary

from broker.api import Change, Context


class StationDocuments:
    """The documents of one key, one for each station."""

    def __init__(self, context: Context, key: str) -> None:
        self._context = context
        self._key = key
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    async def get(self, identity: str) -> Any | None:
        """What is known of a station; None for nothing."""
        return await self._context.documents.get(identity, self._key)

    async def change(self, identity: str, change: Callable[[Any], Any], *, commit: bool = False) -> Any:
        """What `change` makes of what is known, which it leaves as it is; None or nothing at all: no document.

        `commit`: it is on the disk when this returns, else soon.
        """
        lock = self._locks.setdefault(identity, asyncio.Lock())
        async with lock:
            before = await self.get(identity)
            after = change(before)
            if after == before or (before is None and not after):
                return after
            written = self._changed(identity, after)
            if commit:
                await self._context.records.commit(written)
            else:
                self._context.records.later(written)
            return after

    def _changed(self, identity: str, value: Any) -> Change:
        documents = self._context.documents
        return documents.put(identity, self._key, value) if value else documents.drop(identity, self._key)


def newest(known: Mapping[str, Any] | None, key: str, value: Any, most: int) -> dict[str, Any]:
    """`known` with this one as the newest, and without the oldest of too many."""
    others = {name: one for name, one in (known or {}).items() if name != key}
    return dict(list({**others, key: value}.items())[-most:])
