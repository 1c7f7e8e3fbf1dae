"""OCPP 2.1 certificate chain status, functional block M."""

from broker.api import BasePlugin


class Iso15118(BasePlugin):
    """OCPP 2.1 certificate chain status."""

    name = "ocpp21.iso15118"
