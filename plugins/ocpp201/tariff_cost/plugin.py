"""OCPP 2.x tariff and cost, functional block I."""

from broker.api import BasePlugin


class TariffCost(BasePlugin):
    """OCPP 2.x tariff and cost."""

    name = "ocpp201.tariff_cost"
