"""OCPP 2.0.1 and 2.1, functional block P: data transfer."""

from typing import Any

from broker.api import Action, BasePlugin, Call, Direction, SessionView, Version, answer, hookimpl

VERSIONS = ("ocpp2.0.1", "ocpp2.1")


class DataTransfer(BasePlugin):
    """OCPP 2.x data transfer: no vendor is known here."""

    name = "ocpp201.data_transfer"

    @hookimpl
    def register_actions(self) -> list[Action]:
        """The call of block P that a station sends."""
        return [Action(Version(v), "DataTransfer", Direction.FROM_STATION, "DataTransfer") for v in VERSIONS]

    @answer(VERSIONS, "DataTransfer")
    def data_transfer(self, session: SessionView, call: Call) -> dict[str, Any]:
        """P02; a plugin that knows a vendor answers in `on_call`."""
        return {"status": "UnknownVendorId"}
