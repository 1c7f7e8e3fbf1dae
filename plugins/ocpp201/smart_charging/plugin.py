"""OCPP 2.x smart charging, functional block K."""

from broker.api import BasePlugin


class SmartCharging(BasePlugin):
    """OCPP 2.x smart charging."""

    name = "ocpp201.smart_charging"
