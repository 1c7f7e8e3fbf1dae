"""Payloads that operations compose: without what was left out, and with times as OCPP writes them."""

from datetime import datetime
from typing import Any

from plugins.shared.values import timestamp

_TIMES = frozenset({"at", "begun", "since", "heard", "idle"})


def given(members: dict[str, Any]) -> dict[str, Any]:
    """Without what was left out: OCPP has no null."""
    return {name: value for name, value in members.items() if value is not None}


def time_of(moment: datetime | None) -> str | None:
    """The time that an operator gave, as OCPP writes it."""
    return None if moment is None else timestamp(moment.timestamp())


def life_shown(value: Any) -> Any:
    """A life of `file_lives` with its times as text, and without what it has nothing of."""
    if isinstance(value, list):
        return [life_shown(one) for one in value]
    if not isinstance(value, dict):
        return value
    found = {
        key: timestamp(one) if key in _TIMES and one is not None else life_shown(one) for key, one in value.items()
    }
    return {key: one for key, one in found.items() if one is not None or key == "status"}
