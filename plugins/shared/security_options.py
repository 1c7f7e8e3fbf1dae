"""Options that the security plugins of all versions have, each plugin those of what it does."""

from pathlib import Path

from pydantic import ConfigDict, Field

from broker.api import BasePlugin
from plugins.shared.outlet_config import SyslogConfig, WebhookConfig


class EventOptions(BasePlugin.Config):
    """Where security events are sent on to."""

    model_config = ConfigDict(hide_input_in_errors=True)  # an address may be a secret

    webhook: WebhookConfig | None = None
    """An HTTP server that gets each security event as JSON."""
    syslog: SyslogConfig | None = None
    """A syslog server that gets each security event."""


class SigningOptions(BasePlugin.Config):
    """How often stations may have certificates signed."""

    sign_interval: float = Field(default=60.0, ge=0, le=86_400)
    """Seconds between two certificate requests of one station; what comes sooner is answered Rejected."""


class CertificateOptions(BasePlugin.Config):
    """What is installed in stations."""

    certificates: Path | None = None
    """A folder of root certificates in PEM, from which `install-certificate` takes a `file`."""
