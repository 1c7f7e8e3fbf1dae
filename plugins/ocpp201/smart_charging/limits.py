"""Limits that others have set on a station, as it tells of them (K11 to K14): what is kept, and what it means."""

from collections.abc import Mapping
from typing import Any

from plugins.shared import values
from plugins.shared.charging.schedule import Schedule, schedule_of

Row = dict[str, Any]
"""One source's limits: `source`, `evseId`, `at`, `isGridCritical`, `isLocalGeneration`, `chargingSchedule`."""

_MOST = 10
_MOST_SCHEDULES = 3
_MOST_PERIODS = 1024
_SCHEDULE = ("startSchedule", "duration", "chargingRateUnit")
_PERIOD = ("startPeriod", "limit", "numberPhases")


def noted(rows: list[Row], payload: Mapping[str, Any], at: float) -> list[Row]:
    """After a NotifyChargingLimit: what a source says of an EVSE (or of all) stands in the place of what it said."""
    told = payload.get("chargingLimit")
    told = told if isinstance(told, dict) else {}
    row: Row = {
        "source": (values.text(told.get("chargingLimitSource")) or "")[:20],
        "evseId": values.whole(payload.get("evseId")),
        "at": at,
        "isGridCritical": told.get("isGridCritical") is True,
        "isLocalGeneration": told.get("isLocalGeneration") is True,
        "chargingSchedule": _schedules(payload.get("chargingSchedule")),
    }
    others = [each for each in rows if (each["source"], each["evseId"]) != (row["source"], row["evseId"])]
    return [*others, row][-_MOST:]


def cleared(rows: list[Row], payload: Mapping[str, Any]) -> list[Row]:
    """After a ClearedChargingLimit: without an evseId, all that the source has set (K13)."""
    source, evse = (values.text(payload.get("chargingLimitSource")) or "")[:20], values.whole(payload.get("evseId"))
    return [each for each in rows if each["source"] != source or evse not in (None, each["evseId"])]


def schedules_of(rows: list[Row], evse: int) -> list[Schedule]:
    """What limits this EVSE. Local generation adds to what there is, and limits nothing (2.1 K27)."""
    found = []
    for row in rows:
        if row["isLocalGeneration"] or row["evseId"] not in (None, 0, evse):
            continue
        for schedule in row["chargingSchedule"]:
            begins = {"startSchedule": values.timestamp(row["at"])}  # where it says nothing else, at once
            profile = {"id": 0, "stackLevel": 0, "chargingSchedule": begins | schedule}
            read = schedule_of(profile, row["evseId"] or 0)
            if read is not None:
                found.append(read)
    return found


def described(row: Row) -> dict[str, Any]:
    """As operators see it."""
    shown = {name: value for name, value in row.items() if value is not None and name != "at"}
    return shown | {"since": values.timestamp(row["at"])}


def _schedules(given: Any) -> list[dict[str, Any]]:
    found = []
    for schedule in (given if isinstance(given, list) else [])[:_MOST_SCHEDULES]:
        periods = schedule.get("chargingSchedulePeriod") if isinstance(schedule, dict) else None
        if not isinstance(periods, list) or len(periods) > _MOST_PERIODS:
            continue
        kept = _some(schedule, _SCHEDULE)
        kept["chargingSchedulePeriod"] = [_some(each, _PERIOD) for each in periods if isinstance(each, dict)]
        found.append(kept)
    return found


def _some(given: Mapping[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    return {name: given[name] for name in names if isinstance(given.get(name), str | int | float)}
