"""What operations ask of the file endpoint: URLs for what a station fetches and brings, and how long they are good."""

from collections.abc import Callable
from typing import Any

from broker.api import Files, OperationFailed, Transfer

_HOUR = 3600.0
_DAY = 24.0
_NO_ENDPOINT = "there is no file endpoint, as the configuration has no section files"

OnDone = Callable[[Transfer], None]


def offered(files: Files, name: str, *, identity: str, hours: float, on_done: OnDone, member: str = "location") -> str:
    """A URL for the file `name` of the firmware folder; `member` is what an operator may give in its place."""
    if not files.available:
        raise OperationFailed(f"give {member}: {_NO_ENDPOINT}")
    try:
        return files.offer(name, identity=identity, hours=hours, on_done=on_done)
    except FileNotFoundError:
        raise OperationFailed(f"the firmware folder of the file endpoint has no file {name}") from None


def expected(
    files: Files, purpose: str, *, identity: str, hours: float, on_done: OnDone, member: str = "location"
) -> str:
    """A URL to which the station can bring a file."""
    if not files.available:
        raise OperationFailed(f"give {member}: {_NO_ENDPOINT}")
    return files.expect(identity=identity, purpose=purpose, hours=hours, on_done=on_done)


def hours_until(now: float, begins: float, retries: int | None, interval: int | None) -> float:
    """A day more than it takes until the station begins, and has tried so often."""
    tries = max(retries or 0, 0) * max(interval or 0, 0)
    return min(_DAY + max(begins + tries - now, 0.0) / _HOUR, _DAY * 365)


def transfer_row(transfer: Transfer) -> dict[str, Any]:
    """What is kept of a file that has passed, or whose time is over."""
    row = {"at": transfer.at, "ok": transfer.ok, "bytes": transfer.bytes, "name": transfer.name}
    return row if transfer.path is None else {**row, "file": transfer.path.name}
