"""Options of `ocpp21.tariff_cost`."""

from typing import Literal

from pydantic import Field, NonNegativeInt

from broker.api import BasePlugin
from plugins.ocpp21.limits import Limits


class LocalCost(BasePlugin.Config):
    """What a station of 2.1 is told of tariffs and limits. Tariffs by the tariffId of `ocpp201.tariff_cost`."""

    authorize_tariff: Literal["unless_unsupported", "if_supported", "never"] = "unless_unsupported"
    """Whether the answer to Authorize has the driver's own tariff: unless the station has said that it calculates no
    cost (TariffCostCtrlr.Enabled[Tariff]), only if it has said that it does, or never."""
    default_tariffs: dict[NonNegativeInt, str] = Field(default_factory=dict)
    """By EVSE, 0 for all of them: the tariffs that a station is given after each accepted boot."""
    limits: Limits = Limits()
    """Of every transaction: `maxCost`, `maxEnergy`, `maxTime`, `maxSoC`."""
    tariff_limits: dict[str, Limits] = Field(default_factory=dict)
    """By the tariffId of the driver's tariff: its limits, besides those of all."""
