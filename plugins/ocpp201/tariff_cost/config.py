"""The tariffs of an operator, as options of the plugin."""

from datetime import UTC, tzinfo
from functools import cached_property
from typing import Annotated, Literal, Self
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, Field, model_validator

from broker.api import BasePlugin
from plugins.ocpp201.tariff_cost.tariff import Tariff


def _zone(name: str) -> str:
    if name == "UTC":
        return name
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:  # ZoneInfoNotFoundError is a KeyError
        raise ValueError("a time zone such as Europe/Berlin") from error
    return name


class TariffOptions(BasePlugin.Config):
    """Options of `ocpp201.tariff_cost`."""

    tariffs: tuple[Tariff, ...] = ()
    """Tariffs as OCPP 2.1 has them, with a `tariffId` of their own."""
    default: str | None = None
    """The tariffId for whoever has none; absent: nothing is calculated for them."""
    stations: dict[str, str] = Field(default_factory=dict)
    """By a station's identity, the tariffId that counts there in place of the default."""
    time_zone: Annotated[str, AfterValidator(_zone)] = "UTC"
    """Of the times of day and dates in conditions."""
    decimals: int = Field(default=2, ge=0, le=6)
    """Of amounts of money."""
    running_cost: Literal["2.1", "always", "never"] = "2.1"
    """Whether answers to TransactionEvent(Updated) have the cost so far; 2.0.1 has it in the last answer only."""
    cost_updated_interval: float | None = Field(default=60, ge=1)
    """Seconds between two CostUpdated while a transaction runs; `null`: none is sent."""

    @model_validator(mode="after")
    def _names(self) -> Self:
        known = [tariff.tariffId for tariff in self.tariffs]
        if len(set(known)) < len(known):
            raise ValueError("two tariffs have the same tariffId")
        if self.default is not None and self.default not in known:
            raise ValueError("default names no tariff of tariffs")
        if set(self.stations.values()) - set(known):
            raise ValueError("stations names a tariff that is not in tariffs")
        return self

    @cached_property
    def by_id(self) -> dict[str, Tariff]:
        """The tariffs by their tariffId."""
        return {tariff.tariffId: tariff for tariff in self.tariffs}

    @cached_property
    def zone(self) -> tzinfo:
        """The time zone; UTC needs no database of them, which a small image may not have."""
        return UTC if self.time_zone == "UTC" else ZoneInfo(self.time_zone)
