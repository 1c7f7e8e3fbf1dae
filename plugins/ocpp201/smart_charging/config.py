"""The options of smart charging of 2.x."""

from collections.abc import Mapping
from fnmatch import fnmatchcase
from typing import Annotated, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from broker.api import BasePlugin


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(f"{name!r} is no time zone") from None
    return name


class Site(BaseModel):
    """Stations behind one connection to the grid, whose transactions share what it can carry."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = ""
    stations: list[str] = Field(default=["*"], min_length=1)
    """Identities, with * and ? as in a file name."""
    tags: dict[str, str] = {}
    """Tags that a station has, all of them, beside its identity."""
    limit: float = Field(gt=0)
    """In amperes for each phase, or watts for all phases together."""
    unit: Literal["A", "W"] = "A"

    def has(self, identity: str, tags: Mapping[str, str]) -> bool:
        """Whether this station belongs to it."""
        if any(tags.get(name) != value for name, value in self.tags.items()):
            return False
        return any(fnmatchcase(identity, pattern) for pattern in self.stations)


class SmartChargingConfig(BasePlugin.Config):
    """What `ocpp201.smart_charging` takes."""

    line_voltage: float = Field(default=230, gt=0, le=1000)
    """Volts between a phase and neutral, as set for the area (K01.FR.50)."""
    valid_days: float = Field(default=365, gt=0, le=36_500)
    """How long a composed profile is valid where neither validTo nor duration says so."""
    remote_start_timeout: float = Field(default=900, gt=0)
    """Seconds in which a remote start becomes a transaction, or its profile is forgotten."""
    sites: list[Site] = Field(default=[])
    """The first that a station belongs to counts."""
    prices: list[float] = Field(default=[], max_length=24)
    """Of a kWh, by hour of the day: 24 of them, or none. They count where no tariff of the transaction is known."""
    time_zone: Annotated[str, AfterValidator(_zone)] = "UTC"
    """Of the prices and of the times in tariffs."""
    stack_level: int = Field(default=1, ge=0)
    """Of the TxProfiles that are computed for an EV."""
    without_schedule: list[str] = Field(default=[])
    """Identities (with * and ?) whose EVs get no schedule: their needs are answered NoChargingProfile or Rejected."""

    def model_post_init(self, context: object) -> None:
        """24 prices or none."""
        if self.prices and len(self.prices) != 24:
            raise ValueError("prices: 24 of them, one for each hour")
