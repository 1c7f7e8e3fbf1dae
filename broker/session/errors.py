"""Why a call of the API or of a plugin got no reply."""

from broker.hooks.call_errors import CallFailed, CallTimeout, NotConnected, QueueFull

__all__ = ["CallFailed", "CallTimeout", "NotConnected", "QueueFull"]
