"""OCPP 1.6 Remote Trigger profile: has a station send a message now."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from broker.api import Action, BasePlugin, Direction, SessionView, Version, hookimpl, operation

#: MessageTrigger (1.6 7.36).
Message = Literal[
    "BootNotification",
    "DiagnosticsStatusNotification",
    "FirmwareStatusNotification",
    "Heartbeat",
    "MeterValues",
    "StatusNotification",
]


class Trigger(BaseModel):
    """TriggerMessage; the connector is for messages that are about one, without it about all."""

    model_config = ConfigDict(extra="forbid")

    requestedMessage: Message
    connectorId: int | None = Field(default=None, ge=0)


class RemoteTrigger(BasePlugin):
    """OCPP 1.6 Remote Trigger: the station repeats a message when the operator wants it."""

    name = "ocpp16.remote_trigger"

    @hookimpl
    def register_actions(self) -> list[Action]:
        """The call of this profile."""
        return [Action(Version.V16, "TriggerMessage", Direction.TO_STATION, "RemoteTrigger")]

    @operation("trigger", "ocpp1.6")
    async def trigger(self, session: SessionView, params: Trigger) -> dict[str, Any]:
        """Have the station send a message now, for one connector if wanted (1.6 5.17).

        The message comes after the station's answer, by itself. Which connectors there are is the station's business:
        any number is sent.
        """
        payload = params.model_dump(exclude_none=True)
        result = self.result_of(await session.call("TriggerMessage", payload))
        return {"status": result.get("status")}
