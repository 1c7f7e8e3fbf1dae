"""How long records are kept."""

import re
from typing import Annotated, Any

from pydantic import BeforeValidator, WithJsonSchema

from broker.config.base import OFF, Age, Model

_DAY = 86400.0
_UNITS = {"": 1.0, "s": 1.0, "m": 60.0, "h": 3600.0, "d": _DAY, "w": 7 * _DAY}
_SPAN = re.compile(r"([0-9]{1,9})([smhdw]?)")


def _span(value: Any) -> Any:
    if value == OFF or value is False:
        return None
    if not isinstance(value, str):
        return value
    match = _SPAN.fullmatch(value)
    if match is None:
        raise ValueError("a time such as 90d, 12h or 3600 (seconds), or off")
    return int(match[1]) * _UNITS[match[2]]


Span = Annotated[
    Age | None,
    BeforeValidator(_span),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "number", "exclusiveMinimum": 0, "maximum": 3650 * _DAY},
                {"type": "string", "pattern": f"^{_SPAN.pattern}$"},
                {"enum": [OFF, False, None]},
            ]
        }
    ),
]
"""A time of at most ten years, in seconds or as `90d`; None for no end."""


class Retention(Model):
    """How long records are kept; what is older is deleted within an hour."""

    meter_values: Span = 90 * _DAY
    """Meter values; begin and end of a transaction stay with the transaction. `off`: for ever."""
    transactions: Span = None
    """Transactions that have ended, with their meter values; absent: for ever."""
    security_events: Span = None
    """Security events; absent: for ever."""
    events: Span = 90 * _DAY
    """Events of the device model that stations of 2.x have told of (NotifyEvent). `off`: for ever."""
    messages: Span = 30 * _DAY
    """Messages that the plugin `policy.message_log` keeps. `off`: for ever."""
    reservations: Span = None
    """Reservations that are over; absent: for ever."""

    @property
    def limits(self) -> dict[str, float]:
        """Kind -> seconds, of the kinds that are not kept for ever."""
        return {kind: seconds for kind, seconds in self.model_dump().items() if seconds is not None}
