"""What a station must be like for a route."""

from typing import Annotated

from pydantic import BeforeValidator, Field

from broker.config.base import Glob, Globs, Model, Text, one_or_many
from broker.ocpp import Version

Versions = Annotated[
    list[Version], Field(min_length=1), BeforeValidator(one_or_many, json_schema_input_type=Version | list[Version])
]


class Match(Model):
    """What a station must be like; every key that is given must fit, none at all fits every station."""

    identity: Globs | None = None
    """Pattern, or list of patterns, of the identity."""
    tags: dict[Text, Glob] = Field(default_factory=dict)
    """Tag -> pattern; a station without the tag does not fit."""
    listener: Glob | None = None
    """Pattern of the listener's name."""
    version: Versions | None = None
    """OCPP version, or list of versions."""
    vendor: Globs | None = None
    """Pattern, or list of patterns, of the vendor in its last BootNotification."""
    model: Globs | None = None
    """Pattern, or list of patterns, of the model in its last BootNotification."""
    firmware: Globs | None = None
    """Pattern, or list of patterns, of the firmware version in its last BootNotification."""

    @property
    def everything(self) -> bool:
        """Whether every station fits."""
        return (
            not self.tags
            and self.version is None
            and self.listener in (None, "*")
            and (self.identity is None or "*" in self.identity)
            and not self.of_boot
        )

    @property
    def of_boot(self) -> bool:
        """Whether it looks at the BootNotification; a station that has never sent one does not fit then."""
        return any(patterns is not None for patterns in (self.vendor, self.model, self.firmware))
