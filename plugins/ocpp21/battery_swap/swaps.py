"""Battery swaps of a station (2.1 S01 to S04), out of its events: the rules, without any I/O.

BatteryIn, BatteryOut and BatteryOutTimeout of one swap have the same requestId, which is also that of the
RequestBatterySwap where a CSMS has asked for it.
"""

from collections.abc import Mapping
from typing import Any

from plugins.shared.members import given
from plugins.shared.values import number, text, timestamp, whole

MOST = 100
EVENTS = ("BatteryIn", "BatteryOut", "BatteryOutTimeout")
_BATTERIES = 50
_LONGEST = 500
_MASK = "**********"

Swap = dict[str, Any]
Swaps = list[Swap]
"""The oldest first."""


def requested(known: Swaps, request_id: int, token: Any, answer: str, at: float) -> Swaps:
    """A swap that a CSMS has asked for, and what the station has answered."""
    swap = {"requestId": request_id, "idToken": shown_token(token), "answer": answer[:_LONGEST], "at": at, "events": []}
    return [*(one for one in known if one["requestId"] != request_id), swap][-MOST:]


def happened(known: Swaps, payload: Mapping[str, Any], at: float) -> Swaps:
    """A battery that went in or out, or was not taken in time. The same again changes nothing."""
    request_id, kind = whole(payload.get("requestId")), text(payload.get("eventType"))
    if request_id is None or kind not in EVENTS:
        return known
    event = {"eventType": kind, "at": at, "batteryData": _batteries(payload.get("batteryData"))}
    swap = next((one for one in known if one["requestId"] == request_id), None)
    if swap is None:
        swap = {"requestId": request_id, "idToken": shown_token(payload.get("idToken")), "at": at, "events": []}
    if any({**one, "at": None} == {**event, "at": None} for one in swap["events"]):
        return known
    told = {**swap, "events": [*swap["events"], event][-_BATTERIES:]}
    return [*(one for one in known if one is not swap and one["requestId"] != request_id), told][-MOST:]


def shown_token(token: Any) -> dict[str, Any]:
    """Whose swap it is; a PIN is not kept (C04.FR.04)."""
    if not isinstance(token, Mapping):
        return {}
    kind, value = text(token.get("type")), text(token.get("idToken"))
    if kind is not None and kind.casefold() == "keycode":
        value = _MASK
    return given({"idToken": value and value[:_LONGEST], "type": kind and kind[:_LONGEST]})


def described(known: Swaps) -> list[dict[str, Any]]:
    """As operators see them, the newest first."""
    return [
        {
            **swap,
            "at": timestamp(swap["at"]),
            "events": [{**event, "at": timestamp(event["at"])} for event in swap["events"]],
        }
        for swap in reversed(known)
    ]


def _batteries(data: Any) -> list[dict[str, Any]]:
    return [_battery(one) for one in (data if isinstance(data, list) else [])[:_BATTERIES] if isinstance(one, Mapping)]


def _battery(one: Mapping[str, Any]) -> dict[str, Any]:
    texts = {
        name: (text(one.get(name)) or "")[:_LONGEST] or None
        for name in ("serialNumber", "productionDate", "vendorInfo")
    }
    charge = {name: _number(one.get(name)) for name in ("soC", "soH")}
    return given({"evseId": whole(one.get("evseId")), **texts, **charge})


def _number(value: Any) -> float | int | None:
    if isinstance(value, bool):
        return None
    return float(value) if isinstance(value, float) else number(value)
