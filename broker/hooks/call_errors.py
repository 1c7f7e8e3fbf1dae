"""Why a call of the API or of a plugin got no reply, or an operation was not done."""

from collections.abc import Mapping
from typing import Any


class CallFailed(Exception):
    """A call to a station ended without the station's reply."""


class NotConnected(CallFailed):
    """The station is not connected, or left before it answered."""


class CallTimeout(CallFailed):
    """The station did not answer in time."""


class QueueFull(CallFailed):
    """Too many calls wait for this station already."""


class OperationFailed(Exception):
    """It cannot be done; the text says why, to the operator."""


class StationRefused(OperationFailed):
    """The station answered with a CALLERROR."""

    def __init__(self, code: str, description: str = "", details: Mapping[str, Any] | None = None) -> None:
        self.code = code
        self.description = description
        self.details = dict(details or {})
        super().__init__(f"the station answered {code}" + (f": {description}" if description else ""))
