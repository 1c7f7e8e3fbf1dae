"""The file endpoint as plugins see it: firmware that stations fetch, logs and diagnostics that they bring."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Transfer:
    """A file that a station has fetched or brought, or has not in the time that it had."""

    identity: str
    purpose: str
    """`firmware`, or what the upload was expected for: `diagnostics`, `log`."""
    name: str
    """Of the firmware file; of an upload, what the station calls it."""
    bytes: int
    ok: bool
    path: Path | None
    """Where an upload is kept."""
    at: float
    """Unix time in seconds."""


OnDone = Callable[[Transfer], None]


class Files(Protocol):
    """URLs for one file of one station each, which nobody can guess and which end with their use."""

    @property
    def available(self) -> bool:
        """Whether the configuration has a file endpoint."""

    def offer(self, name: str, *, identity: str, hours: float = 24, on_done: OnDone | None = None) -> str:
        """A URL from which this station can fetch the file `name` of the firmware folder.

        Raises FileNotFoundError where there is none, RuntimeError without a file endpoint.
        """

    def expect(self, *, identity: str, purpose: str, hours: float = 24, on_done: OnDone | None = None) -> str:
        """A URL to which this station can bring one file. Raises RuntimeError without a file endpoint."""


class NoFiles:
    """No file endpoint."""

    available = False

    def offer(self, name: str, *, identity: str, hours: float = 24, on_done: OnDone | None = None) -> str:
        raise RuntimeError("there is no file endpoint: the configuration has no section files")

    def expect(self, *, identity: str, purpose: str, hours: float = 24, on_done: OnDone | None = None) -> str:
        raise RuntimeError("there is no file endpoint: the configuration has no section files")
