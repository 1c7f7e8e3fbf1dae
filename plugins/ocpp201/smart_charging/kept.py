"""What stations and their EVs have told, as documents: of most stations there are none, and nothing is read for them.

Every transaction that begins or ends asks for them.
"""

from collections.abc import Iterable
from typing import Any

from broker.api import Change, Context
from plugins.shared.station_documents import StationDocuments


class Kept(StationDocuments):
    """The documents of one key, and which stations have one."""

    def __init__(self, context: Context, key: str) -> None:
        super().__init__(context, key)
        self._having: set[str] = set()

    def load(self, kept: Iterable[tuple[str, str, Any]]) -> None:
        """Of all documents, identity, key and value; once, and before anything else."""
        self._having = {identity for identity, key, _ in kept if key == self._key}

    async def get(self, identity: str) -> Any | None:
        """What is known of a station; None for nothing."""
        return await super().get(identity) if identity in self._having else None

    def _changed(self, identity: str, value: Any) -> Change:
        if value:
            self._having.add(identity)
        else:
            self._having.discard(identity)
        return super()._changed(identity, value)
