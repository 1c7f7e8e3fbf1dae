"""What a station gets while its primary is down."""

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, ValidationInfo, WithJsonSchema

from broker.config.base import OFF, Model, Names, Rate, SecondsOrOff

Mode = Literal["close", "hold", "stand_in", "failover"]
_Word = Literal["close", "hold", "stand_in"]
_WORDS = ("close", "hold", "stand_in")
_STABLE = 30.0


def _true_is_stable(value: Any) -> Any:
    return _STABLE if value is True else value


_SCHEMA = {"anyOf": [{"type": "number", "minimum": 0, "maximum": 86400}, {"enum": [True, OFF, False]}]}

FailBack = Annotated[SecondsOrOff, BeforeValidator(_true_is_stable), WithJsonSchema(_SCHEMA)]
"""Seconds, `true` for 30; 0, `off` or false for never."""


class Failover(Model):
    """The upstreams that take the place of the primary while it is down."""

    failover: Names
    """Names of upstreams, or `local`, one or a list; the first of them that is up answers."""
    fail_back: FailBack = _STABLE
    """Seconds that the primary must have been up before it gets the stations back; `true` for 30, `off` for never.
    Transactions that are open stay with the upstream that started them."""


class StandIn(Model):
    """How the broker's own CSMS stands in for a primary that is down."""

    unknown_tokens: Literal["reject", "accept"] = "reject"
    """What a token gets that the primary has never answered for, or not of late."""
    replay_per_second: Rate = 10.0
    """Messages a second that one station's primary is told of what it has missed."""


def _when_down(value: Any, info: ValidationInfo) -> Any:
    if isinstance(value, dict):
        return Failover.model_validate(value, context=info.context)
    if isinstance(value, Failover) or value in _WORDS:
        return value
    raise ValueError("one of: close, hold, stand_in; or {failover: NAME} with the names of upstreams")


WhenPrimaryDown = Annotated[_Word | Failover, BeforeValidator(_when_down, json_schema_input_type=_Word | Failover)]
"""`close`, `hold`, `stand_in`, or a `Failover`. Checked at once, so that no fault speaks of members of a union."""
