"""A payload in a few words: what a person at a terminal wants to know of it, never a secret."""

import re
from collections.abc import Callable, Iterator
from typing import Any

from broker.log import REDACTED, escaped

_SECRET = re.compile(r"password|authorizationkey|passphrase|secret|credential|privatekey", re.IGNORECASE)
_SKIPPED = frozenset(
    {"timestamp", "currentTime", "generatedAt", "customData", "seqNo", "tbc", "context", "format", "readonly"}
)
_FIRST = ("eventType", "status", "connectorStatus", "evseId", "evse", "connectorId", "idTag", "idToken", "meterValue")
"""What matters most stands first, so that a narrow terminal cuts off the rest."""
_MOST = 8
_LONGEST = 40
_LISTED = 3


def summary(action: str, payload: Any) -> str:
    """The few words; an empty text for an empty payload."""
    if not isinstance(payload, dict):
        return ""
    words = list(_words(payload))
    shown = words[:_MOST]
    if len(words) > _MOST:
        shown.append("...")
    return ", ".join(shown)


def _words(payload: dict[str, Any]) -> Iterator[str]:
    hide = any(_SECRET.search(str(value)) for value in (payload.get("key"), _variable(payload)) if value)
    for key, value in sorted(payload.items(), key=lambda pair: _rank(pair[0])):
        if key in _SKIPPED:
            continue
        if _SECRET.search(key) or (hide and key in ("value", "attributeValue")):
            yield f"{key} {REDACTED}"
        elif (shape := _SHAPES.get(key)) is not None:
            yield from shape(value)
        else:
            yield from _plain(key, value)


def _rank(key: str) -> int:
    return _FIRST.index(key) if key in _FIRST else len(_FIRST)


def _variable(payload: dict[str, Any]) -> Any:
    variable = payload.get("variable")
    return variable.get("name") if isinstance(variable, dict) else None


def _plain(key: str, value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        yield from _words(value)
    elif isinstance(value, list):
        if len(value) == 1 and isinstance(value[0], dict):
            yield from _words(value[0])
        elif 0 < len(value) <= _LISTED and all(isinstance(one, str) for one in value):
            yield f"{escaped(key)} {_text(' '.join(value))}"
        elif value:
            yield f"{len(value)} {escaped(key)}"
    elif value is not None:
        yield f"{escaped(key)} {_text(value)}"


def _text(value: Any) -> str:
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return escaped(text if len(text) <= _LONGEST else text[: _LONGEST - 3] + "...")


def _named(name: str) -> Callable[[Any], Iterator[str]]:
    def words(value: Any) -> Iterator[str]:
        yield f"{name} {_text(value)}"

    return words


def _bare(value: Any) -> Iterator[str]:
    yield _text(value)


def _token(value: Any) -> Iterator[str]:
    yield f"idToken {_text(value.get('idToken') if isinstance(value, dict) else value)}"


def _evse(value: Any) -> Iterator[str]:
    yield f"evse {_text(value.get('id') if isinstance(value, dict) else value)}"


def _error_code(value: Any) -> Iterator[str]:
    if value != "NoError":
        yield _text(value)


def _meter(value: Any) -> Iterator[str]:
    """The register and the power of the newest sample; the rest is counted."""
    samples = _samples(value)
    known = {"Energy.Active.Import.Register": "energy", "Power.Active.Import": "power", "SoC": "soc"}
    found = False
    for sample in samples:
        kind = known.get(str(sample.get("measurand", "Energy.Active.Import.Register")))
        if kind is not None:
            found = True
            yield _quantity(kind, sample)
    if samples and not found:
        yield f"{len(samples)} samples"


def _samples(value: Any) -> list[dict[str, Any]]:
    last = value[-1] if isinstance(value, list) and value else None
    samples = last.get("sampledValue") if isinstance(last, dict) else None
    return [one for one in samples if isinstance(one, dict)] if isinstance(samples, list) else []


def _quantity(kind: str, sample: dict[str, Any]) -> str:
    unit = sample.get("unit")
    measure = sample.get("unitOfMeasure")
    if isinstance(measure, dict):
        unit = measure.get("unit", unit)
    unit = unit or {"energy": "Wh", "power": "W", "soc": "Percent"}[kind]
    try:
        number = float(sample.get("value", ""))
    except (TypeError, ValueError):
        return _text(sample.get("value"))
    if unit in ("Wh", "W"):
        return f"{number / 1000:.2f} k{unit}"
    return f"{number:g} {'%' if unit == 'Percent' else _text(unit)}"


_SHAPES: dict[str, Callable[[Any], Iterator[str]]] = {
    "status": _bare,
    "connectorStatus": _bare,
    "eventType": _bare,
    "triggerReason": _bare,
    "chargingState": _bare,
    "requestedMessage": _bare,
    "type": _bare,
    "key": lambda value: _bare(value) if isinstance(value, str) else _plain("key", value),
    "errorCode": _error_code,
    "connectorId": _named("connector"),
    "evseId": _named("evse"),
    "evse": _evse,
    "idToken": _token,
    "transactionId": _named("transaction"),
    "interval": lambda value: iter([f"interval {_text(value)} s"]),
    "meterStart": lambda value: iter([_quantity("energy", {"value": value})]),
    "meterStop": lambda value: iter([_quantity("energy", {"value": value})]),
    "meterValue": _meter,
    "chargePointVendor": _bare,
    "chargePointModel": _bare,
    "vendorName": _bare,
    "model": _bare,
    "chargePointSerialNumber": lambda value: iter(()),
    "serialNumber": lambda value: iter(()),
    "firmwareVersion": _named("firmware"),
}
