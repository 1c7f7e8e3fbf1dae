"""OCPP 2.x display messages, functional block O."""

from broker.api import BasePlugin


class Display(BasePlugin):
    """OCPP 2.x display messages."""

    name = "ocpp201.display"
