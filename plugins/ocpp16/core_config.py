"""The options of the Core plugin."""

from pydantic import Field

from broker.api import BasePlugin


class CoreConfig(BasePlugin.Config):
    """`ocpp16.core` in the configuration. Which idTags there are stands in `tokens`, which all versions share."""

    heartbeat_interval: int = Field(default=300, ge=1)
    """Seconds between Heartbeats, told with Accepted in the answer to BootNotification."""
    retry_interval: int = Field(default=60, ge=1)
    """Seconds until a station that is told Pending or Rejected boots again."""
    accept_unknown: bool = False
    """Accept an idTag that no token names."""
    concurrent_tx: bool = False
    """Refuse a second transaction of an idTag while another connector runs one (ConcurrentTx)."""
