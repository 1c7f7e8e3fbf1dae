"""Policy: the heartbeat and retry interval that a CSMS gives a station stays within reason."""

from typing import Self

from pydantic import Field, model_validator

from broker.api import BasePlugin, Call, Direction, Replace, Reply, SessionView, on_reply


class BootInterval(BasePlugin):
    """Keeps the interval in the answer to BootNotification within a range."""

    name = "policy.boot_interval"

    class Config(BasePlugin.Config):
        minimum: int = Field(default=60, ge=1)
        """Seconds. Less, and a fleet floods its CSMS with heartbeats."""
        maximum: int = Field(default=86_400, ge=1)
        """Seconds. More, and a station that is refused once stays away for as long."""

        @model_validator(mode="after")
        def _is_a_range(self) -> Self:
            if self.minimum > self.maximum:
                raise ValueError("minimum is greater than maximum")
            return self

    config: Config

    @on_reply("*", "BootNotification", direction=Direction.FROM_STATION)
    def clamp(self, session: SessionView, call: Call, reply: Reply) -> Replace | None:
        """The same answer with the nearest interval of the range; one that is within it passes byte for byte."""
        if not reply.is_result:
            return None
        payload = reply.payload
        interval = payload.get("interval")
        if isinstance(interval, bool) or not isinstance(interval, int | float):
            return None  # not ours to judge: that is what validation is for
        if interval == 0 and payload.get("status") != "Accepted":
            return None  # the station chooses when to try again (1.6 section 4.2; 2.x B02.FR.07, B03.FR.05)
        if self.config.minimum <= interval <= self.config.maximum:
            return None
        nearest = self.config.minimum if interval < self.config.minimum else self.config.maximum
        self.log.info("%s: the interval of its boot was out of range and is %d s now", session.identity, nearest)
        return Replace({**payload, "interval": nearest})
