"""What is wrong with a charging profile of 2.x before it goes to a station, as far as its schema does not say.

OCPP 2.0.1 and 2.1 part 2, K01 and K28. Every fault is found, not the first alone, and each names its field. Whether an
EVSE or a transaction exists is the station's to say.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from plugins.shared import values
from plugins.shared.charging.rules import Fault, of_kind, of_periods, of_recurrency, of_times, rate

_UNITS = {"a": "A", "w": "W"}
_RATES = ("limit", "limit_L2", "limit_L3")
_PLAIN_MODES = (None, "ChargingOnly")


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What the station can do, as far as its SmartChargingCtrlr is known; None where it is not."""

    max_stack_level: int | None = None
    max_periods: int | None = None
    units: frozenset[str] | None = None


def capabilities(known: Mapping[str, str | None]) -> Capabilities:
    """Read the variables of SmartChargingCtrlr by their names in lower case."""
    words = (known.get("rateunit") or "").replace(";", ",").split(",")
    units = frozenset(unit for word in words if (unit := _UNITS.get(word.strip().casefold())) is not None)
    return Capabilities(
        max_stack_level=values.number(known.get("profilestacklevel")),
        max_periods=values.number(known.get("periodsperschedule")),
        units=units or None,  # a word that nobody knows allows everything: the station will say
    )


def faults(
    profile: Any,
    evse: Any,
    capable: Capabilities = Capabilities(),
    *,
    negotiated: bool = False,
    remote_start: bool = False,
) -> list[Fault]:
    """Everything that is wrong with `profile` for `evse`; empty where it may be sent.

    `negotiated`: the EV of the transaction has told its charging needs. `remote_start`: it goes with a
    RequestStartTransaction, where it is a TxProfile without a transactionId (K05) and the EVSE may be None.
    """
    if not isinstance(profile, dict):
        return [Fault("chargingProfile", "is not an object")]
    found = [*_of_purpose(profile, remote_start), *_of_evse(profile, evse, remote_start), *of_recurrency(profile)]
    found += [*of_times(profile), *_of_dynamic(profile)]
    level, most = profile.get("stackLevel"), capable.max_stack_level
    if most is not None and type(level) is int and level > most:
        found.append(Fault("stackLevel", f"is above the station's ProfileStackLevel of {most}"))
    schedules = schedules_of(profile)
    if len(schedules) > 1 and not negotiated:  # K01.FR.34
        found.append(Fault("chargingSchedule", "has more than one schedule, and no EV has told its charging needs"))
    for number, schedule in enumerate(schedules):
        found += _of_schedule(profile, schedule, f"chargingSchedule[{number}]", capable)
    return found


def schedules_of(profile: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Its schedules, as far as they can be read."""
    found = profile.get("chargingSchedule")
    return [each for each in found if isinstance(each, dict)] if isinstance(found, list) else []


def _of_purpose(profile: dict[str, Any], remote_start: bool) -> Iterator[Fault]:
    purpose, kind = profile.get("chargingProfilePurpose"), profile.get("chargingProfileKind")
    transaction = "transactionId" in profile
    if purpose == "ChargingStationExternalConstraints":
        yield Fault("chargingProfilePurpose", "is not for a CSMS to set")  # K01.FR.22
    if remote_start and purpose != "TxProfile":
        yield Fault("chargingProfilePurpose", "is TxProfile in a RequestStartTransaction")  # K05
    if transaction and remote_start:
        yield Fault("transactionId", "has no place in a RequestStartTransaction")
    if transaction and purpose != "TxProfile":
        yield Fault("transactionId", "is for a TxProfile alone")
    if purpose == "TxProfile" and not transaction and not remote_start:
        yield Fault("transactionId", "is missing: a TxProfile belongs to a transaction")  # K01.FR.03
    if purpose == "ChargingStationMaxProfile" and kind == "Relative":
        yield Fault("chargingProfileKind", "is not Relative for a ChargingStationMaxProfile")  # K01.FR.38


def _of_evse(profile: dict[str, Any], evse: Any, remote_start: bool) -> Iterator[Fault]:
    if evse is None and remote_start:
        return
    if type(evse) is not int or evse < 0:
        yield Fault("evseId", "is not a whole number from 0 on")
        return
    purpose = profile.get("chargingProfilePurpose")
    if purpose == "ChargingStationMaxProfile" and evse != 0:
        yield Fault("evseId", "is 0 for a ChargingStationMaxProfile")
    if purpose == "TxProfile" and evse == 0:
        yield Fault("evseId", "is above 0 for a TxProfile")  # K01.FR.16


def _of_dynamic(profile: dict[str, Any]) -> Iterator[Fault]:
    """K28.FR.01 to K28.FR.04."""
    if profile.get("chargingProfileKind") != "Dynamic":
        for name in ("dynUpdateInterval", "dynUpdateTime"):
            if name in profile:
                yield Fault(name, "is for a Dynamic profile alone")
        return
    schedules = schedules_of(profile)
    if len(schedules) > 1 or any(len(_periods(each)) > 1 for each in schedules):
        yield Fault("chargingSchedule", "has one schedule with one period in a Dynamic profile")


def _of_schedule(profile: dict[str, Any], schedule: dict[str, Any], where: str, capable: Capabilities) -> list[Fault]:
    periods, field = _periods(schedule), f"{where}.chargingSchedulePeriod"
    found = [*of_kind(profile, schedule, where), *of_periods(periods, field)]
    if capable.max_periods is not None and len(periods) > capable.max_periods:
        found.append(Fault(field, f"has more periods than the station's PeriodsPerSchedule of {capable.max_periods}"))
    unit = schedule.get("chargingRateUnit")
    if capable.units is not None and unit in ("A", "W") and unit not in capable.units:  # K01.FR.26
        found.append(Fault(f"{where}.chargingRateUnit", "is not in the station's RateUnit"))
    if profile.get("chargingProfilePurpose") == "PriorityCharging" and "duration" in schedule:
        found.append(Fault(f"{where}.duration", "has no place in a PriorityCharging profile"))  # K01.FR.73
    for number, period in enumerate(periods):
        if isinstance(period, dict):
            found += _of_period(profile, period, f"{field}[{number}]")
    return found


def _of_period(profile: dict[str, Any], period: dict[str, Any], where: str) -> Iterator[Fault]:
    purpose = profile.get("chargingProfilePurpose")
    for name in _RATES:
        if name in period and (text := rate(period[name])):
            yield Fault(f"{where}.{name}", text)
    if "phaseToUse" in period and period.get("numberPhases") != 1:
        yield Fault(f"{where}.phaseToUse", "goes with numberPhases 1")  # K01.FR.20
    if "limit_L2" in period or "limit_L3" in period:
        if purpose != "TxProfile":
            yield Fault(where, "has limits for single phases, which a TxProfile alone may have")  # K01.FR.143
        elif "limit" not in period:
            yield Fault(f"{where}.limit", "is missing beside limit_L2 or limit_L3")  # K01.FR.145
    mode = period.get("operationMode")
    if purpose in ("PriorityCharging", "ChargingStationMaxProfile") and mode not in _PLAIN_MODES:
        yield Fault(f"{where}.operationMode", f"is ChargingOnly for a {purpose}")  # K01.FR.111
    if mode in ("CentralSetpoint", "CentralFrequency") and "setpoint" not in period:
        yield Fault(f"{where}.setpoint", f"is missing: the operationMode is {mode}")


def _periods(schedule: Mapping[str, Any]) -> list[Any]:
    found = schedule.get("chargingSchedulePeriod")
    return found if isinstance(found, list) else []
