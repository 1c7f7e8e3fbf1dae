"""OCPP 2.x local authorization list, functional block D."""

from broker.api import BasePlugin


class LocalAuthList(BasePlugin):
    """OCPP 2.x local authorization list."""

    name = "ocpp201.local_auth_list"
