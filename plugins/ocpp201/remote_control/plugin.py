"""OCPP 2.x remote control, functional block F."""

from broker.api import BasePlugin


class RemoteControl(BasePlugin):
    """OCPP 2.x remote control."""

    name = "ocpp201.remote_control"
