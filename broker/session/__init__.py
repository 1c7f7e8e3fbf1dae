"""One station's life on the broker: its session, the legs it owns, and what passes between them.

A `Leg` is an exchange with a socket under it; a `Link` is a leg towards an upstream that dials and dials again; a
`Session` takes every frame of its legs through the plugins' chains to the other side; `Sessions` knows who is
connected. This package knows nothing of listeners, handshakes or the admin API: the door hands it an `Admission`
and an open WebSocket.
"""

from broker.hooks.call_errors import CallFailed, CallTimeout, NotConnected, QueueFull
from broker.session.admission import Admission
from broker.session.registry import Sessions
from broker.session.session import Session
from broker.session.shared import Shared

__all__ = [
    "Admission",
    "CallFailed",
    "CallTimeout",
    "NotConnected",
    "QueueFull",
    "Session",
    "Sessions",
    "Shared",
]
