"""What a station tells of its variables, in NotifyReport and in its answers, and what is kept of that.

The value of a secret is never kept: of what is WriteOnly, and of what its name tells to be one.
"""

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from broker.api import Variable, is_secret_key
from plugins.ocpp201.device_model import component_key, shown, variable_key, variable_of
from plugins.shared.ci_string import folded
from plugins.shared.values import text

ACTUAL = "Actual"
#: Where the next telling of the same need not be written down again, in seconds.
FRESH = 3600.0

_LONGEST = 1000  # valuesList, the longest text of VariableCharacteristicsType
_LONGEST_NAME = 50
_LARGEST = 1e18
_WRITE_ONLY = "WriteOnly"
_READ_ONLY = "ReadOnly"

Key = tuple[str, str, str]


class Told(msgspec.Struct, frozen=True):
    """One attribute of one variable."""

    component: str
    variable: str
    attribute: str = ACTUAL
    value: str | None = None
    details: dict[str, Any] | None = None
    """None: nothing was said of its characteristics, as they were."""

    @property
    def key(self) -> Key:
        """What makes it the same as another: names are compared without regard to case (part 1, 4.1)."""
        return folded(self.component), folded(self.variable), folded(self.attribute)


def key_of(row: Variable) -> Key:
    """The same of a row."""
    return folded(row.component), folded(row.variable), folded(row.attribute)


def is_secret(variable: str) -> bool:
    """Whether the value of the variable of this text is neither kept nor shown."""
    return is_secret_key(variable_of(variable)["name"])


def place_of(item: Any) -> tuple[str, str] | None:
    """The texts of the component and variable that an item of a report, a call or an answer names."""
    if not isinstance(item, Mapping):
        return None
    component, variable = component_key(item.get("component")), variable_key(item.get("variable"))
    return None if component is None or variable is None else (component, variable)


def attribute_of(item: Mapping[str, Any], member: str = "attributeType") -> str:
    """Which attribute an item names; Actual where it says nothing (B05.FR.09, B06.FR.05)."""
    return (text(item.get(member)) or ACTUAL)[:_LONGEST_NAME]


def reported(items: Any) -> Iterator[Told]:
    """What the `reportData` of a NotifyReport says, as far as it can be read (B07, B08)."""
    for item in items if isinstance(items, list) else []:
        place = place_of(item)
        if place is None:
            continue
        characteristics = _characteristics(item.get("variableCharacteristics"))
        given = item.get("variableAttribute")
        attributes = [given] if isinstance(given, dict) else given if isinstance(given, list) else []
        for one in attributes or [{}]:
            if isinstance(one, Mapping):
                yield _attribute(place, one, characteristics)


def row_of(identity: str, told: Told, before: Variable | None, now: float) -> Variable | None:
    """The row of a variable as it is now; None where there is nothing new to write."""
    details = told.details if told.details is not None else before.details if before is not None else {}
    mutability = details.get("mutability")
    value = None if mutability == _WRITE_ONLY or is_secret(told.variable) else told.value
    row = Variable(
        identity=identity,
        component=told.component,
        variable=told.variable,
        attribute=told.attribute,
        value=value,
        readonly=mutability == _READ_ONLY,
        at=now,
        changed_at=now,
        details=details,
    )
    if before is None:
        return row
    same = before.value == value
    if same and before.details == details and before.at is not None and 0 <= now - before.at < FRESH:
        return None
    row.component, row.variable, row.attribute = before.component, before.variable, before.attribute
    row.previous = before.previous if same else before.value
    row.changed_at = before.changed_at if same else now
    return row


def _attribute(place: tuple[str, str], one: Mapping[str, Any], characteristics: dict[str, Any]) -> Told:
    details: dict[str, Any] = {"mutability": (text(one.get("mutability")) or "ReadWrite")[:_LONGEST_NAME]}
    details |= {name: one[name] for name in ("persistent", "constant") if isinstance(one.get(name), bool)}
    if characteristics:
        details["characteristics"] = characteristics
    return Told(*place, attribute_of(one, "type"), shown(one.get("value")), details)


def _characteristics(given: Any) -> dict[str, Any]:
    """VariableCharacteristicsType, without what is not of its types."""
    if not isinstance(given, Mapping):
        return {}
    found: dict[str, Any] = {
        name: said[:_LONGEST]
        for name in ("unit", "dataType", "valuesList")
        if (said := text(given.get(name))) is not None
    }
    for name in ("minLimit", "maxLimit", "maxElements"):
        value = given.get(name)
        if isinstance(value, int | float) and not isinstance(value, bool) and -_LARGEST <= value <= _LARGEST:
            found[name] = value
    if isinstance(given.get("supportsMonitoring"), bool):
        found["supportsMonitoring"] = given["supportsMonitoring"]
    return found


def without_secrets(item: Mapping[str, Any]) -> dict[str, Any]:
    """An item of a report or an answer as it may be shown."""
    variable = variable_key(item.get("variable"))
    secret = variable is not None and is_secret(variable)
    found = {name: value for name, value in item.items() if name not in ("attributeValue", "variableAttribute")}
    if "attributeValue" in item and not secret:
        found["attributeValue"] = shown(item["attributeValue"])
    attributes = item.get("variableAttribute")
    if isinstance(attributes, list):
        found["variableAttribute"] = [
            _without_secret(one, secret=secret) for one in attributes if isinstance(one, Mapping)
        ]
    return found


def _without_secret(attribute: Mapping[str, Any], *, secret: bool) -> dict[str, Any]:
    found = {name: value for name, value in attribute.items() if name != "value"}
    if "value" in attribute and not secret and attribute.get("mutability") != _WRITE_ONLY:
        found["value"] = shown(attribute["value"])
    return found
