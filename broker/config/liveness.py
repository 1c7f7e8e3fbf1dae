"""How a dead connection is found."""

from typing import Any

from pydantic import model_validator

from broker.config.base import OFF, Count, Model, SecondsOrOff, accepts


class Liveness(Model):
    """Pings of the broker's own; short form: the seconds of `ping_interval`, or `off`."""

    ping_interval: SecondsOrOff = 60.0
    """Seconds between pings to a station; 0 or `off` for none."""
    missed: Count = 2
    """After so many unanswered pings the connection counts as dead."""

    __get_pydantic_json_schema__ = accepts({"type": "number", "minimum": 0, "maximum": 86400}, {"enum": [OFF, False]})

    @model_validator(mode="before")
    @classmethod
    def _short_form(cls, value: Any) -> Any:
        if isinstance(value, (bool, int, float)) or value == OFF or _is_number(value):
            return {"ping_interval": value}
        if isinstance(value, (dict, Liveness)):
            return value
        raise ValueError("seconds between pings, off, or a mapping of ping_interval and missed")


def _is_number(value: Any) -> bool:
    return isinstance(value, str) and value.replace(".", "", 1).isdecimal()
