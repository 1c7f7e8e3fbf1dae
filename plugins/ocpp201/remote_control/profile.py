"""The charging profile that goes with a RequestStartTransaction (F01.FR.08 to F01.FR.10, K05).

It is a TxProfile without a transactionId: the transaction has none yet. What else makes a profile good is the station's
to say; here stands what is chosen where an operator leaves it out.
"""

import secrets
from collections.abc import Collection, Mapping
from typing import Any

_LARGEST = 2**31 - 1
PURPOSE = "TxProfile"


class WrongProfile(ValueError):
    """A RequestStartTransaction cannot take this profile; the text says why."""


def composed(given: Mapping[str, Any], taken: Collection[int]) -> dict[str, Any]:
    """The chargingProfile for what an operator gave, with an id that is none of `taken` where it has none."""
    profile: dict[str, Any] = {
        "id": fresh_id(taken),
        "stackLevel": 0,
        "chargingProfilePurpose": PURPOSE,
        "chargingProfileKind": "Relative",
        **given,
    }
    if profile["chargingProfilePurpose"] != PURPOSE:
        raise WrongProfile(f"chargingProfile.chargingProfilePurpose: is {PURPOSE} in a RequestStartTransaction")
    if "transactionId" in profile:
        raise WrongProfile("chargingProfile.transactionId: has no place in a RequestStartTransaction")
    schedules = profile.get("chargingSchedule")
    if isinstance(schedules, dict):  # one where a list of one should be
        profile["chargingSchedule"] = [schedules]
    elif not isinstance(schedules, list) or not schedules:
        raise WrongProfile("chargingProfile.chargingSchedule: is missing")
    return profile


def of_limit(limit: float, unit: str, phases: int | None) -> dict[str, Any]:
    """A profile that holds one limit from the transaction's begin to its end."""
    period = {"startPeriod": 0, "limit": limit}
    if phases is not None:
        period["numberPhases"] = phases
    return {"chargingSchedule": [{"id": 1, "chargingRateUnit": unit, "chargingSchedulePeriod": [period]}]}


def fresh_id(taken: Collection[int]) -> int:
    """A chargingProfileId that the station does not have yet, as far as is known."""
    while True:
        number = secrets.randbelow(_LARGEST) + 1
        if number not in taken:
            return number
