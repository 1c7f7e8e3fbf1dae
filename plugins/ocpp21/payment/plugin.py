"""OCPP 2.1 payment: settlement, web payment, VAT numbers, functional block C and E."""

from broker.api import BasePlugin


class Payment(BasePlugin):
    """OCPP 2.1 payment: settlement, web payment, VAT numbers."""

    name = "ocpp21.payment"
