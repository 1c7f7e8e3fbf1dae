"""OCPP 2.1 priority and dynamic charging, functional block K."""

from broker.api import BasePlugin


class SmartCharging(BasePlugin):
    """OCPP 2.1 priority and dynamic charging."""

    name = "ocpp21.smart_charging"
