"""Why a call of the API or of a plugin got no reply."""


class CallFailed(Exception):
    """A call to a station ended without the station's reply."""


class NotConnected(CallFailed):
    """The station is not connected, or left before it answered."""


class CallTimeout(CallFailed):
    """The station did not answer in time."""


class QueueFull(CallFailed):
    """Too many calls wait for this station already."""
