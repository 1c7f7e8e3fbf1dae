"""The options of the provisioning plugin."""

from typing import Annotated, Literal

from pydantic import Field

from broker.api import BasePlugin

SecurityProfile = Annotated[int, Field(ge=0, le=3)]
Url = Annotated[str, Field(min_length=1, max_length=2000)]


class ProvisioningConfig(BasePlugin.Config):
    """`ocpp201.provisioning` in the configuration. Who is accepted stands in `stations`, which all versions share."""

    heartbeat_interval: int = Field(default=300, ge=1)
    """Seconds between Heartbeats, told with Accepted in the answer to BootNotification."""
    retry_interval: int = Field(default=60, ge=1)
    """Seconds until a station that is told Pending or Rejected boots again."""
    full_inventory: Literal["never", "first", "always"] = "never"
    """Whether an accepted boot is followed by GetBaseReport(FullInventory); first: once for each firmware."""
    full_inventory_delay: float = Field(default=5.0, ge=0, le=3600)
    """Seconds between that boot and that request, in which a station tells its connectors' states."""
    full_inventory_at_once: int = Field(default=20, ge=1, le=1000)
    """How many stations are asked for it at a time, when a whole fleet boots."""
    csms_url: dict[SecurityProfile, Url] = Field(default_factory=dict)
    """By security profile, the `ocppCsmsUrl` that stations are told; without the identity, which they append."""
