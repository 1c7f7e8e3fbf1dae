"""What every version demands of a charging profile: its times, its periods, its numbers.

OCPP 1.6 7.8 to 7.14; OCPP 2.x part 2, use case K01.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from math import isfinite
from typing import Any, NamedTuple

from plugins.shared import values

#: RFC 3339 as JSON Schema's date-time has it: with seconds and a zone, which `fromisoformat` does not ask for.
_DATE_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)", re.ASCII)


class Fault(NamedTuple):
    """One thing that is wrong, and where."""

    field: str
    text: str

    def __str__(self) -> str:
        return f"{self.field}: {self.text}"


def rate(value: Any) -> str:
    """What is wrong with a rate in amperes or watts, which has one digit after the point; empty for nothing."""
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not isfinite(value):
        return "is not a number"
    if value < 0:
        return "is below 0"
    exponent = Decimal(repr(float(value))).normalize().as_tuple().exponent
    return "" if isinstance(exponent, int) and exponent >= -1 else "has more than one digit after the point"


def date_time(value: Any) -> str:
    """What is wrong with a time."""
    good = isinstance(value, str) and _DATE_TIME.fullmatch(value) is not None and values.moment(value) is not None
    return "" if good else "is not a time as in 2026-01-31T12:00:00Z"


def of_kind(profile: Mapping[str, Any], schedule: Mapping[str, Any] | None, where: str) -> Iterator[Fault]:
    """A schedule without a start is relative to the start of charging, one with a start is not.

    1.6 7.9 and 7.13; 2.x K01.FR.40 and K01.FR.41.
    """
    kind = profile.get("chargingProfileKind")
    starts = schedule is not None and "startSchedule" in schedule
    if kind in ("Absolute", "Recurring") and schedule is not None and not starts:
        yield Fault(f"{where}.startSchedule", f"is missing: the kind is {kind}")
    if kind == "Relative" and starts:
        yield Fault(f"{where}.startSchedule", "has no place where the kind is Relative")


def of_recurrency(profile: Mapping[str, Any]) -> Iterator[Fault]:
    """A recurring profile says how often, and no other does."""
    kind, given = profile.get("chargingProfileKind"), "recurrencyKind" in profile
    if kind == "Recurring" and not given:
        yield Fault("recurrencyKind", "is missing: the kind is Recurring")
    if kind in ("Absolute", "Relative", "Dynamic") and given:
        yield Fault("recurrencyKind", f"has no place where the kind is {kind}")


def of_periods(periods: Sequence[Any], where: str) -> Iterator[Fault]:
    """The first starts at 0, and the start of one is the end of the one before.

    1.6 7.13 and 7.14; 2.x K01.FR.31 and K01.FR.35.
    """
    before: int | None = None
    for number, period in enumerate(periods):
        start = period.get("startPeriod") if isinstance(period, dict) else None
        if type(start) is not int:
            continue
        field = f"{where}[{number}].startPeriod"
        if number == 0 and start != 0:
            yield Fault(field, "is 0 in the first period")
        if before is not None and start <= before:
            yield Fault(field, "is not after the period before")
        before = start


def of_times(profile: Mapping[str, Any]) -> Iterator[Fault]:
    """It is valid for some time."""
    begin, end = values.moment(profile.get("validFrom")), values.moment(profile.get("validTo"))
    if begin is not None and end is not None and begin >= end:
        yield Fault("validTo", "is not after validFrom")
