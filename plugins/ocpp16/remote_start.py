"""The charging profile that goes with a RemoteStartTransaction (1.6 5.11, 5.16.2).

It is a TxProfile without a transactionId: the transaction has none yet. What makes a profile good is the smart
charging profile's knowledge (`charging_checks`); here stands what is chosen where an operator leaves it out.
"""

import secrets
from collections.abc import Collection, Mapping
from typing import Any

from plugins.ocpp16.charging_checks import Capabilities, faults

_LARGEST = 2**31 - 1


class WrongProfile(ValueError):
    """The station could not follow this profile; the text says why."""


def composed(
    given: Mapping[str, Any], *, connector: int | None, capable: Capabilities, taken: Collection[int]
) -> dict[str, Any]:
    """The chargingProfile for what an operator gave, with an id that is none of `taken` where it has none.

    Raises WrongProfile with all that is wrong with it.
    """
    profile: dict[str, Any] = {
        "chargingProfileId": fresh_id(taken),
        "stackLevel": 0,
        "chargingProfilePurpose": "TxProfile",
        "chargingProfileKind": "Relative",
        **given,
    }
    found = faults(profile, connector, capable, remote_start=True)
    if found:
        raise WrongProfile("chargingProfile: " + "; ".join(str(fault) for fault in found))
    return profile


def of_limit(limit: float, unit: str, phases: int | None) -> dict[str, Any]:
    """A profile that holds one limit from the transaction's begin to its end."""
    period = {"startPeriod": 0, "limit": limit}
    if phases is not None:
        period["numberPhases"] = phases
    return {"chargingSchedule": {"chargingRateUnit": unit, "chargingSchedulePeriod": [period]}}


def fresh_id(taken: Collection[int]) -> int:
    """A chargingProfileId that the station does not have yet, as far as is known."""
    while True:
        number = secrets.randbelow(_LARGEST) + 1
        if number not in taken:
            return number
