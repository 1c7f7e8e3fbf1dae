"""What an EV needs, read from a NotifyEVChargingNeeds of any version (K15, K17 to K19; ISO 15118-2 and -20)."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import isfinite
from typing import Any

from plugins.shared import values

#: The phases of the AC modes that say so; 15118-20 leaves it to its parameters.
_PHASES = {"AC_single_phase": 1, "AC_two_phase": 2, "AC_three_phase": 3}
_LARGEST = 1e9


@dataclass(frozen=True, slots=True)
class Needs:
    """In watts of all phases together, watt hours and Unix seconds; None where the EV does not say."""

    mode: str
    phases: int | None
    """Of AC; None for DC."""
    energy: float | None = None
    """Still wanted, until the EV leaves."""
    departure: int | None = None
    max_power: float | None = None
    min_power: float = 0.0
    """It charges with this at least, or not at all."""
    max_current: float | None = None
    """Of each phase."""
    min_current: float = 0.0
    tuples: int | None = None
    """The most periods that it can take."""

    @property
    def bidirectional(self) -> bool:
        """Whether it could feed back too."""
        return "BPT" in self.mode


def needs_of(payload: Mapping[str, Any]) -> Needs | None:
    """Read them; None where there are none to be read."""
    told = payload.get("chargingNeeds")
    if not isinstance(told, dict):
        return None
    mode = values.text(told.get("requestedEnergyTransfer")) or ""
    ac, dc, v2x = (_part(told, name) for name in ("acChargingParameters", "dcChargingParameters", _V2X))
    if not mode and not (ac or dc or v2x):
        return None
    direct = mode.startswith("DC") or (bool(dc) and not ac and not mode.startswith("AC"))
    departure, tuples = values.moment(told.get("departureTime")), values.whole(payload.get("maxScheduleTuples"))
    return Needs(
        mode=mode,
        phases=None if direct else _phases(mode, v2x),
        energy=_energy(ac, dc, v2x),
        departure=None if departure is None else int(departure),
        max_power=_total(v2x, "maxChargePower") or (_dc_power(dc) if direct else None),
        min_power=_total(v2x, "minChargePower") or 0.0,
        max_current=None if direct else _positive(ac.get("evMaxCurrent")) or _positive(v2x.get("maxChargeCurrent")),
        min_current=0.0 if direct else _positive(ac.get("evMinCurrent")) or _positive(v2x.get("minChargeCurrent")) or 0,
        tuples=max(tuples, 1) if tuples is not None else None,
    )


_V2X = "v2xChargingParameters"


def _part(told: Mapping[str, Any], name: str) -> dict[str, Any]:
    found = told.get(name)
    return found if isinstance(found, dict) else {}


def _phases(mode: str, v2x: Mapping[str, Any]) -> int:
    """An EV of 15118-20 with powers tells those of each phase that it uses (K01.FR.142)."""
    if mode in _PHASES:
        return _PHASES[mode]
    if "maxChargePower" in v2x:
        return 1 + ("maxChargePower_L2" in v2x) + ("maxChargePower_L3" in v2x)
    return 3


def _energy(ac: Mapping[str, Any], dc: Mapping[str, Any], v2x: Mapping[str, Any]) -> float | None:
    told = (v2x.get("evTargetEnergyRequest"), ac.get("energyAmount"), dc.get("energyAmount"))
    found = next((amount for each in told if (amount := _positive(each)) is not None), None)
    if found is not None:
        return found
    capacity, soc = _positive(dc.get("evEnergyCapacity")), values.number(dc.get("stateOfCharge"))
    if capacity is None or soc is None:
        return None
    full = values.number(dc.get("fullSoC"))
    return max(0.0, capacity * (min(100, 100 if full is None else full) - soc) / 100)


def _dc_power(dc: Mapping[str, Any]) -> float | None:
    told = _positive(dc.get("evMaxPower"))
    current, voltage = _positive(dc.get("evMaxCurrent")), _positive(dc.get("evMaxVoltage"))
    product = None if current is None or voltage is None else min(current * voltage, _LARGEST)
    return min((each for each in (told, product) if each is not None), default=None)


def _total(v2x: Mapping[str, Any], name: str) -> float | None:
    """A power of all phases: with values for L2 or L3, the first is that of L1."""
    found = [each for tail in ("", "_L2", "_L3") if (each := _positive(v2x.get(name + tail))) is not None]
    return sum(found) if found else None


def _positive(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not isfinite(value) or value <= 0:
        return None
    return float(min(value, _LARGEST))
