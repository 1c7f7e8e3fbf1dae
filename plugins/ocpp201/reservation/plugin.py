"""OCPP 2.x reservation, functional block H."""

from broker.api import BasePlugin


class Reservations(BasePlugin):
    """OCPP 2.x reservation."""

    name = "ocpp201.reservation"
