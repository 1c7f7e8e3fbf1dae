"""The price of a kWh as a function of time: by the hour of the day, or by the times of a tariff (2.1 TariffType)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from math import isfinite
from typing import Any

_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MINUTES = 24 * 60
#: Conditions that depend on time alone, so that they are known ahead.
_KNOWN_AHEAD = {"startTimeOfDay", "endTimeOfDay", "dayOfWeek", "validFromDate", "validToDate", "evseKind", "customData"}
_MOST_RULES = 200
_MOST_DAYS = 8


@dataclass(frozen=True, slots=True)
class Rule:
    """A price, and when it holds: local minutes of the day, which may go over midnight, and days."""

    price: float
    start: int = 0
    end: int = _MINUTES
    days: frozenset[str] = frozenset(_DAYS)
    first: date | None = None
    until: date | None = None
    """It holds no more on this day."""

    def holds(self, moment: datetime) -> bool:
        """Whether it holds at this local time."""
        minute, day = moment.hour * 60 + moment.minute, moment.date()
        after, before = self.start <= minute, minute < self.end
        during = (after and before) if self.start < self.end else (after or before)
        if not during or _DAYS[day.weekday()] not in self.days:
            return False
        return (self.first is None or self.first <= day) and (self.until is None or day < self.until)


@dataclass(frozen=True, slots=True)
class Prices:
    """Of all rules the first that holds."""

    rules: tuple[Rule, ...]
    zone: tzinfo = UTC

    @property
    def flat(self) -> bool:
        """Whether it is the same at any time."""
        return len({rule.price for rule in self.rules}) < 2

    def at(self, moment: int) -> float | None:
        """The price at this Unix second; None where no rule holds."""
        local = datetime.fromtimestamp(moment, self.zone)
        return next((rule.price for rule in self.rules if rule.holds(local)), None)

    def changes(self, begin: int, end: int) -> list[int]:
        """The Unix seconds after `begin` and before `end` where the price may change; of eight days at most."""
        minutes = sorted({0, *(at % _MINUTES for rule in self.rules for at in (rule.start, rule.end))})
        day = datetime.fromtimestamp(begin, self.zone).date()
        found: list[int] = []
        for _ in range(_MOST_DAYS):
            midnight = datetime(day.year, day.month, day.day)
            for minute in minutes:
                local = (midnight + timedelta(minutes=minute)).replace(tzinfo=self.zone)
                found.append(int(local.timestamp()))
            if found[-1] >= end:
                break
            day += timedelta(days=1)
        before = self.at(begin)
        kept = []
        for moment in sorted({each for each in found if begin < each < end}):
            price = self.at(moment)
            if price != before:
                kept.append(moment)
            before = price
        return kept


def hourly(prices: Sequence[float], zone: tzinfo = UTC) -> Prices | None:
    """Of 24 prices, one for each hour of the day; None of none."""
    rules = [Rule(price, hour * 60, hour * 60 + 60) for hour, price in enumerate(prices)]
    return Prices(tuple(rules), zone) if rules else None


def of_tariff(tariff: Any, zone: tzinfo = UTC, *, direct: bool = False) -> Prices | None:
    """Of a TariffType's energy prices, those that depend on time alone; None where there are none."""
    energy = tariff.get("energy") if isinstance(tariff, Mapping) else None
    rows = energy.get("prices") if isinstance(energy, Mapping) else None
    if not isinstance(rows, list):
        return None
    rules = [rule for row in rows[:_MOST_RULES] if (rule := _rule(row, "DC" if direct else "AC")) is not None]
    return Prices(tuple(rules), zone) if rules else None


def _rule(row: Any, kind: str) -> Rule | None:
    price = row.get("priceKwh") if isinstance(row, Mapping) else None
    if isinstance(price, bool) or not isinstance(price, int | float) or not isfinite(price):
        return None
    conditions = row.get("conditions") or {}
    if not isinstance(conditions, Mapping) or not conditions.keys() <= _KNOWN_AHEAD:
        return None
    if conditions.get("evseKind", kind) != kind:
        return None
    days = conditions.get("dayOfWeek")
    return Rule(
        price=float(price),
        start=_minute(conditions.get("startTimeOfDay"), 0),
        end=_minute(conditions.get("endTimeOfDay"), _MINUTES),
        days=frozenset(_DAYS) if not isinstance(days, list) else frozenset(each for each in days if each in _DAYS),
        first=_date(conditions.get("validFromDate")),
        until=_date(conditions.get("validToDate")),
    )


def _minute(value: Any, default: int) -> int:
    try:
        hour, _, minute = str(value).partition(":")
        found = int(hour) * 60 + int(minute)
    except ValueError:
        return default
    return found if 0 <= found <= _MINUTES else default


def _date(value: Any) -> date | None:
    try:
        return date.fromisoformat(value)
    except (TypeError, ValueError):
        return None
