"""Which tariffs a station holds, as far as is known: one document, bounded."""

from collections.abc import Mapping
from typing import Any

from plugins.shared.values import text, whole

Held = dict[str, Any]
"""`{"defaults": {evse: TariffType}, "assignments": [TariffAssignmentType], "at": seconds}`"""
_MOST = 1000


def given(held: Any, call: Mapping[str, Any], answer: Mapping[str, Any], at: float) -> Held | None:
    """After SetDefaultTariff; None where nothing has changed."""
    tariff, evse = call.get("tariff"), whole(call.get("evseId"))
    if answer.get("status") != "Accepted" or not isinstance(tariff, dict) or evse is None:
        return None
    defaults = {**_defaults(held), str(evse): tariff}
    return {"defaults": dict(list(defaults.items())[-_MOST:]), "assignments": _assignments(held), "at": at}


def cleared(held: Any, call: Mapping[str, Any], answer: Mapping[str, Any], at: float) -> Held | None:
    """After ClearTariffs: those that it has accepted; one without a tariffId stands for all that were asked for."""
    results = answer.get("clearTariffsResult")
    gone: set[str] = set()
    everything = False
    for result in results if isinstance(results, list) else ():
        if isinstance(result, Mapping) and result.get("status") == "Accepted":
            tariff_id = text(result.get("tariffId"))
            everything = everything or (tariff_id is None and not call.get("tariffIds"))
            gone |= {tariff_id} if tariff_id is not None else set()
            gone |= set(_texts(call.get("tariffIds"))) if tariff_id is None else set()
    if not gone and not everything:
        return None
    evse = whole(call.get("evseId"))
    here = None if not evse else str(evse)
    defaults = {
        key: tariff
        for key, tariff in _defaults(held).items()
        if (here is not None and key != here) or not (everything or tariff.get("tariffId") in gone)
    }
    return {"defaults": defaults, "assignments": [], "at": at}


def assigned(held: Any, call: Mapping[str, Any], answer: Mapping[str, Any], at: float) -> Held | None:
    """After GetTariffs: what the station itself says; the idTokens in it are not kept."""
    status, said = answer.get("status"), answer.get("tariffAssignments")
    if status not in ("Accepted", "NoTariff"):
        return None
    several = [one for one in said if isinstance(one, Mapping)][:_MOST] if isinstance(said, list) else []
    shown = [{name: value for name, value in one.items() if name != "idTokens"} for one in several]
    ids = {text(one.get("tariffId")) for one in several}
    defaults = _defaults(held)
    if not whole(call.get("evseId")):
        defaults = {key: tariff for key, tariff in defaults.items() if tariff.get("tariffId") in ids}
    return {"defaults": defaults, "assignments": shown, "at": at}


def _defaults(held: Any) -> dict[str, dict[str, Any]]:
    found = held.get("defaults") if isinstance(held, Mapping) else None
    return {key: value for key, value in found.items() if isinstance(value, dict)} if isinstance(found, dict) else {}


def _assignments(held: Any) -> list[Any]:
    found = held.get("assignments") if isinstance(held, Mapping) else None
    return found if isinstance(found, list) else []


def _texts(value: Any) -> list[str]:
    return [one for one in value if isinstance(one, str)] if isinstance(value, list) else []
