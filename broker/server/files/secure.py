"""The TLS side of the file endpoint: certificates of the server, and none of stations."""

import ssl

from broker.config import Tls
from broker.config.files import Files
from broker.server.tls import build_context, expiries


def secured(settings: Files) -> tuple[ssl.SSLContext | None, dict[str, float]]:
    """The server context, None for a plain listener, and when each certificate ends; raises `TlsError`."""
    if settings.tls is None:
        return None, {}
    tls = Tls(certificates=settings.tls.certificates, minimum_version=settings.tls.minimum_version)
    return build_context(tls, {2}), expiries(tls)
