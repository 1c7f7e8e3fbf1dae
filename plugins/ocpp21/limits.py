"""Limits of a transaction (OCPP 2.1 part 2, TransactionLimitType): of several, the strictest counts."""

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

_NAMES = ("maxCost", "maxEnergy", "maxTime", "maxSoC")


class Limits(BaseModel):
    """TransactionLimitType: money in the tariff's currency, Wh, seconds, percent."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    maxCost: Annotated[float, Field(ge=0, allow_inf_nan=False)] | None = None
    maxEnergy: Annotated[float, Field(ge=0, allow_inf_nan=False)] | None = None
    maxTime: Annotated[int, Field(ge=0)] | None = None
    maxSoC: Annotated[int, Field(ge=0, le=100)] | None = None

    def members(self) -> dict[str, Any]:
        """Those that are set."""
        return self.model_dump(exclude_none=True)


def strictest(*limits: Any) -> dict[str, Any]:
    """The lowest of each; what is no limit counts for nothing."""
    found: dict[str, Any] = {}
    for one in limits:
        for name in _NAMES if isinstance(one, Mapping) else ():
            value = one.get(name)
            if isinstance(value, int | float) and not isinstance(value, bool):
                found[name] = min(value, found.get(name, value))
    return found


def with_limits(answer: Mapping[str, Any], *limits: Any) -> dict[str, Any] | None:
    """An answer to a TransactionEvent with these limits too; None where that is no other answer."""
    known = answer.get("transactionLimit")
    found = strictest(known, *limits)
    return None if not found or found == known else {**answer, "transactionLimit": found}


def takes_limits(payload: Mapping[str, Any]) -> bool:
    """Whether the answer to this event is the moment for limits: at the start, and when the driver is known.

    Not with each event: a station confirms a limit with another one (trigger LimitSet, E16).
    """
    kind = payload.get("eventType")
    return kind == "Started" or (kind == "Updated" and "idToken" in payload)
