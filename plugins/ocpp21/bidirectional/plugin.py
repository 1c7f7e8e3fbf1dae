"""OCPP 2.1 bidirectional power transfer, functional block Q."""

from broker.api import BasePlugin


class Bidirectional(BasePlugin):
    """OCPP 2.1 bidirectional power transfer."""

    name = "ocpp21.bidirectional"
