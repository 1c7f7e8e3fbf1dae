"""OCPP 2.1 battery swapping, functional block S."""

from broker.api import BasePlugin


class BatterySwap(BasePlugin):
    """OCPP 2.1 battery swapping."""

    name = "ocpp21.battery_swap"
