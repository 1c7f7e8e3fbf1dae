"""The options of `ocpp16.security`."""

from pathlib import Path

from pydantic import Field

from broker.api import BasePlugin
from plugins.shared.outlet_config import SyslogConfig, WebhookConfig


class SecurityConfig(BasePlugin.Config):
    """The options of `ocpp16.security`."""

    webhook: WebhookConfig | None = None
    """An HTTP server that gets each security event as JSON."""
    syslog: SyslogConfig | None = None
    """A syslog server that gets each security event."""
    sign_interval: float = Field(default=60.0, ge=0, le=86_400)
    """Seconds between two certificate requests of one station; what comes sooner is answered Rejected."""
    certificates: Path | None = None
    """A folder of root certificates in PEM, from which `install-certificate` takes a `file`."""
