"""Uploads: what `broker.server.files.FileServer` shows of them, without sockets."""

from pathlib import Path

from broker.server.files import Upload

FILE = "018bcfe56800-0123456789abcdef"


def upload(number: int, **more: object) -> Upload:
    """The `number`th of CP1."""
    values = {"identity": "CP1", "purpose": "diagnostics", "name": "log.txt", "bytes": 5, "at": 1_700_000_000.0}
    return Upload(**{"id": f"{FILE[:-1]}{number:x}", **values, **more})


class FakeFiles:
    """Uploads by id; their content is the id's last character five times. `fault` is raised by what changes them."""

    def __init__(self, folder: Path) -> None:
        self.fault: Exception | None = None
        self.kept: dict[str, Upload] = {}
        self._folder = folder
        for number in (13, 14, 15):
            self.add(upload(number))

    def add(self, one: Upload) -> None:
        self.kept[one.id] = one

    def uploads(self, *, identity: str | None = None, purpose: str | None = None) -> list[Upload]:
        found = sorted(self.kept.values(), key=lambda one: one.id)
        return [one for one in found if identity in (None, one.identity) and purpose in (None, one.purpose)]

    def upload(self, number: str) -> tuple[Upload, Path] | None:
        if number not in self.kept:
            return None
        path = self._folder / number
        path.write_bytes(number[-1:].encode() * 5)
        return self.kept[number], path

    async def remove(self, number: str) -> bool:
        if self.fault is not None:
            raise self.fault
        return self.kept.pop(number, None) is not None

    async def forget(self, identity: str) -> int:
        found = self.uploads(identity=identity)
        for one in found:
            await self.remove(one.id)
        return len(found)
