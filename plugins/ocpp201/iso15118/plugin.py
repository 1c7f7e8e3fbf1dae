"""OCPP 2.x ISO 15118 certificates, functional block M."""

from broker.api import BasePlugin


class Iso15118(BasePlugin):
    """OCPP 2.x ISO 15118 certificates."""

    name = "ocpp201.iso15118"
