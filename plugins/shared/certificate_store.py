"""A folder of certificates that are trusted: roots, and sub-CAs that are known."""

import asyncio
from pathlib import Path

from cryptography import x509

from plugins.shared.certificate_hashes import certificates_in

_NAMES = ("*.pem", "*.crt", "*.cer")
_LARGEST = 1_000_000

State = tuple[tuple[str, int, int], ...]


class CertificateStore:
    """What the PEM files of the folder hold, read again when one of them has changed."""

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        self._state: State | None = None
        self._found: tuple[x509.Certificate, ...] = ()

    async def certificates(self) -> tuple[x509.Certificate, ...]:
        """All of them; none where there is no folder, or it cannot be read."""
        return () if self._folder is None else await asyncio.to_thread(self._read, self._folder)

    def _read(self, folder: Path) -> tuple[x509.Certificate, ...]:
        files = sorted({path for name in _NAMES for path in folder.glob(name)})
        try:
            state = tuple((str(path), (about := path.stat()).st_mtime_ns, about.st_size) for path in files)
            if state != self._state:
                texts = [
                    path.read_text(encoding="ascii", errors="replace")
                    for path, row in zip(files, state, strict=True)
                    if row[2] <= _LARGEST
                ]
                self._found = tuple(one for text in texts for one in certificates_in(text))
                self._state = state
        except OSError:  # one has gone meanwhile: what is known is good until the next look
            self._state = None
        return self._found
