"""The listener for operators: HTTP/JSON under /api/v1, /metrics, /healthz and /readyz.

It shows what the running parts say of themselves and hands calls to sessions; it reaches them only through
`Surface`. It knows nothing of frames, legs, the station door or how a configuration is loaded.
"""

from broker.server.admin.server import AdminServer, Prepared
from broker.server.admin.surface import Surface

__all__ = ["AdminServer", "Prepared", "Surface"]
