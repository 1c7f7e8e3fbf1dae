"""What is wrong with a charging profile before it goes to a station: the schema's demands and the specification's.

OCPP 1.6 3.13.1, 5.16 and 7.8 to 7.14. Every fault is found, not the first alone, and each names its field. Nothing here
knows whether a connector or a transaction exists: that is the station's to say.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from plugins.shared import values
from plugins.shared.charging.rules import Fault, date_time, of_kind, of_periods, of_recurrency, of_times, rate

PURPOSES = ("ChargePointMaxProfile", "TxDefaultProfile", "TxProfile")
KINDS = ("Absolute", "Recurring", "Relative")
RECURRENCIES = ("Daily", "Weekly")
UNITS = ("A", "W")
_PERIODS = "chargingSchedule.chargingSchedulePeriod"
_UNIT_NAMES = {"current": "A", "power": "W"}


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What the station can do, as far as its configuration keys are known (9.4); None where they are not."""

    max_stack_level: int | None = None
    max_periods: int | None = None
    units: frozenset[str] | None = None


def capabilities(keys: Mapping[str, str | None]) -> Capabilities:
    """Read the configuration keys of smart charging (9.4), which are compared without regard to case."""
    found = {key.casefold(): value for key, value in keys.items()}
    allowed = found.get("chargingscheduleallowedchargingrateunit")
    units = frozenset(
        unit for word in (allowed or "").split(",") if (unit := _UNIT_NAMES.get(word.strip().casefold())) is not None
    )
    return Capabilities(
        max_stack_level=values.number(found.get("chargeprofilemaxstacklevel")),
        max_periods=values.number(found.get("chargingschedulemaxperiods")),
        units=units or None,  # a word that nobody knows allows everything: the station will say
    )


def faults(
    profile: Any, connector: Any, capable: Capabilities = Capabilities(), *, remote_start: bool = False
) -> list[Fault]:
    """Everything that is wrong with `profile` for `connector`; empty where it may be sent.

    `remote_start`: it goes with a RemoteStartTransaction, where it has to be a TxProfile without a transactionId
    (5.16.2) and the connector may be None.
    """
    found = [*_shape(profile)]
    if isinstance(profile, dict):
        found += _of_connector(profile, connector, remote_start)
        found += _of_purpose(profile, remote_start)
        schedule = profile.get("chargingSchedule")
        found += of_kind(profile, schedule if isinstance(schedule, dict) else None, "chargingSchedule")
        found += of_recurrency(profile)
        found += of_periods(_periods(profile), _PERIODS)
        found += of_times(profile)
        found += _of_station(profile, capable)
    return found


# The schema.

_Check = Callable[[Any], str]


def _integer(value: Any) -> str:
    return "" if type(value) is int else "is not a whole number"


def _natural(value: Any) -> str:
    return _integer(value) or ("" if value >= 0 else "is below 0")


def _positive(value: Any) -> str:
    return _integer(value) or ("" if value > 0 else "is not above 0")


def _phases(value: Any) -> str:
    return _integer(value) or ("" if 1 <= value <= 3 else "is not 1, 2 or 3")


def _one_of(words: tuple[str, ...]) -> _Check:
    return lambda value: "" if isinstance(value, str) and value in words else f"is not one of {', '.join(words)}"


def _list(value: Any) -> str:
    if not isinstance(value, list):
        return "is not a list"
    return "" if value else "has no period"


def _object(value: Any) -> str:
    return "" if isinstance(value, dict) else "is not an object"


#: By member: whether it is required, and what it has to be.
_PROFILE: dict[str, tuple[bool, _Check]] = {
    "chargingProfileId": (True, _integer),
    "transactionId": (False, _integer),
    "stackLevel": (True, _natural),
    "chargingProfilePurpose": (True, _one_of(PURPOSES)),
    "chargingProfileKind": (True, _one_of(KINDS)),
    "recurrencyKind": (False, _one_of(RECURRENCIES)),
    "validFrom": (False, date_time),
    "validTo": (False, date_time),
    "chargingSchedule": (True, _object),
}
_SCHEDULE: dict[str, tuple[bool, _Check]] = {
    "duration": (False, _positive),
    "startSchedule": (False, date_time),
    "chargingRateUnit": (True, _one_of(UNITS)),
    "chargingSchedulePeriod": (True, _list),
    "minChargingRate": (False, rate),
}
_PERIOD: dict[str, tuple[bool, _Check]] = {
    "startPeriod": (True, _natural),
    "limit": (True, rate),
    "numberPhases": (False, _phases),
}


def _shape(profile: Any) -> Iterator[Fault]:
    yield from _members(profile, "", _PROFILE)
    schedule = profile.get("chargingSchedule") if isinstance(profile, dict) else None
    if isinstance(schedule, dict):
        yield from _members(schedule, "chargingSchedule", _SCHEDULE)
    for number, period in enumerate(_periods(profile)):
        yield from _members(period, f"{_PERIODS}[{number}]", _PERIOD)


def _members(value: Any, where: str, table: Mapping[str, tuple[bool, _Check]]) -> Iterator[Fault]:
    if not isinstance(value, dict):
        yield Fault(where or "csChargingProfiles", "is not an object")
        return
    lead = f"{where}." if where else ""
    for name in value:
        if name not in table:
            yield Fault(f"{lead}{str(name)[:50]}", "is not allowed here")
    for name, (required, check) in table.items():
        if name not in value:
            if required:
                yield Fault(f"{lead}{name}", "is missing")
        elif text := check(value[name]):
            yield Fault(f"{lead}{name}", text)


# The specification.


def _of_connector(profile: dict[str, Any], connector: Any, remote_start: bool) -> Iterator[Fault]:
    if connector is None and remote_start:
        return
    if text := _natural(connector):
        yield Fault("connectorId", text)
        return
    purpose = profile.get("chargingProfilePurpose")
    if purpose == "ChargePointMaxProfile" and connector != 0:
        yield Fault("connectorId", "is 0 for a ChargePointMaxProfile")  # 3.13.1
    if purpose == "TxProfile" and connector == 0:
        yield Fault("connectorId", "is above 0 for a TxProfile")  # 3.13.1


def _of_purpose(profile: dict[str, Any], remote_start: bool) -> Iterator[Fault]:
    purpose, given = profile.get("chargingProfilePurpose"), "transactionId" in profile
    if remote_start:  # 5.16.2
        if purpose != "TxProfile":
            yield Fault("chargingProfilePurpose", "is TxProfile in a RemoteStartTransaction")
        if given:
            yield Fault("transactionId", "has no place in a RemoteStartTransaction")
    elif given and purpose != "TxProfile":
        yield Fault("transactionId", "is for a TxProfile alone")  # 7.8
    elif not given and purpose == "TxProfile":
        yield Fault("transactionId", "is missing: a TxProfile belongs to a transaction")  # 5.16


def _of_station(profile: dict[str, Any], capable: Capabilities) -> Iterator[Fault]:
    level, most = profile.get("stackLevel"), capable.max_stack_level
    if most is not None and type(level) is int and level > most:
        yield Fault("stackLevel", f"is above the station's ChargeProfileMaxStackLevel of {most}")
    if capable.max_periods is not None and len(_periods(profile)) > capable.max_periods:
        yield Fault(
            _PERIODS, f"has more periods than the station's ChargingScheduleMaxPeriods of {capable.max_periods}"
        )
    schedule = profile.get("chargingSchedule")
    unit = schedule.get("chargingRateUnit") if isinstance(schedule, dict) else None
    if capable.units is not None and unit in UNITS and unit not in capable.units:
        yield Fault("chargingSchedule.chargingRateUnit", "is not in the ChargingScheduleAllowedChargingRateUnit")


def _periods(profile: Any) -> list[Any]:
    schedule = profile.get("chargingSchedule") if isinstance(profile, dict) else None
    periods = schedule.get("chargingSchedulePeriod") if isinstance(schedule, dict) else None
    return periods if isinstance(periods, list) else []
