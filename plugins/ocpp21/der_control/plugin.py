"""OCPP 2.1 DER control, functional block R."""

from broker.api import BasePlugin


class DerControl(BasePlugin):
    """OCPP 2.1 DER control."""

    name = "ocpp21.der_control"
