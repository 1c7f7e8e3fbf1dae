"""The options of the provisioning plugin."""

from typing import Annotated, Literal

from pydantic import Field

from plugins.shared.boot_policy import BootConfig

SecurityProfile = Annotated[int, Field(ge=0, le=3)]
Url = Annotated[str, Field(min_length=1, max_length=2000)]


class ProvisioningConfig(BootConfig):
    """`ocpp201.provisioning` in the configuration. Who is accepted stands in `stations`, which all versions share."""

    full_inventory: Literal["never", "first", "always"] = "never"
    """Whether an accepted boot is followed by GetBaseReport(FullInventory); first: once for each firmware."""
    full_inventory_delay: float = Field(default=5.0, ge=0, le=3600)
    """Seconds between that boot and that request, in which a station tells its connectors' states."""
    full_inventory_at_once: int = Field(default=20, ge=1, le=1000)
    """How many stations are asked for it at a time, when a whole fleet boots."""
    csms_url: dict[SecurityProfile, Url] = Field(default_factory=dict)
    """By security profile, the `ocppCsmsUrl` that stations are told; without the identity, which they append."""
