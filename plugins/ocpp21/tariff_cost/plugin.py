"""OCPP 2.1 tariffs and prepaid, functional block I."""

from broker.api import BasePlugin


class TariffCost(BasePlugin):
    """OCPP 2.1 tariffs and prepaid."""

    name = "ocpp21.tariff_cost"
