"""What is known of the uploads: which station brought what, and when. Kept as documents of the store."""

from collections.abc import Iterator
from typing import Any

import msgspec.structs

from broker.records import Change, Records
from broker.server.files.folder import Folder
from broker.server.files.threads import in_thread

PLUGIN = "files"
"""The name that the endpoint's documents stand under."""
_KEY = "upload:"


class Upload(msgspec.Struct, frozen=True, kw_only=True):
    """A file that a station has brought."""

    id: str
    identity: str
    purpose: str
    name: str
    """What the station calls it; empty where it says nothing."""
    bytes: int
    at: float
    """Unix time in seconds."""


class Shelf:
    """The uploads of one folder, with what is known of them. One whose file is gone is not shown."""

    def __init__(self, records: Records) -> None:
        self._records = records
        self._uploads: dict[str, Upload] = {}

    def load(self, documents: list[tuple[str, Any]]) -> None:
        """Take in the documents of the endpoint, by key."""
        for key, value in documents:
            if key.startswith(_KEY):
                upload = msgspec.convert({**value, "id": key.removeprefix(_KEY)}, Upload)
                self._uploads[upload.id] = upload

    def put(self, upload: Upload) -> Change:
        """The change that keeps it; `add` when that is on the disk."""
        value = {name: field for name, field in msgspec.structs.asdict(upload).items() if name != "id"}
        return self._records.documents.put(PLUGIN, "", _KEY + upload.id, value)

    def add(self, upload: Upload) -> None:
        """It is kept."""
        self._uploads[upload.id] = upload

    def get(self, upload: str, folder: Folder) -> Upload | None:
        """The upload with this id, as far as there is a file."""
        return self._uploads.get(upload) if upload in folder else None

    def all(self, folder: Folder) -> Iterator[Upload]:
        """Those that there are, the oldest first."""
        for number in folder.ids():
            if (upload := self._uploads.get(number)) is not None:
                yield upload

    async def remove(self, upload: str, folder: Folder) -> None:
        """Delete the file and what is known of it. OSError where the file cannot be deleted, StoreFailed."""
        await in_thread(folder.delete, upload)
        folder.forget(upload)
        if self._uploads.pop(upload, None) is not None:
            await self._records.commit(self._records.documents.drop(PLUGIN, "", _KEY + upload))

    async def prune(self, folder: Folder, *, before: float) -> int:
        """Delete what came before `before`, what is known of files that are gone too; how many files that was.

        A file that the store does not know, after a crash or with another database, has the time of the file.
        """
        for one in await in_thread(folder.gone):
            folder.forget(one)
        old = [upload.id for upload in self._uploads.values() if upload.at < before]
        old += await in_thread(self._unknown, folder, before)
        count = sum(one in folder for one in old)
        for one in old:
            await self.remove(one, folder)
        return count

    def _unknown(self, folder: Folder, before: float) -> list[str]:
        return [one for one in folder.ids() if one not in self._uploads and folder.written_at(one) < before]
