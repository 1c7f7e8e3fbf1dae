"""The device model in the records (OCPP 2.0.1 part 1, chapter 4): components and variables by one text each.

`EVSE@1`, `Connector@1.2`, `ConnectedEV#second@1`: the name, `#` and the instance, `@` and the EVSE with its connector.
A `%`, `#` or `@` within a name or instance is written as in a URL (RFC 3986), so that each text has one meaning.
"""

from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

from broker.api import Records, shown_text
from plugins.shared.ci_string import folded
from plugins.shared.values import number, text, whole

_ESCAPES = {"%": "%25", "#": "%23", "@": "%40"}
_LONGEST = 50  # names and instances: part 2, ComponentType and VariableType


def component_key(component: Any) -> str | None:
    """The text for a ComponentType; None where it has no name."""
    if not isinstance(component, Mapping):
        return None
    name = _with_instance(component)
    evse = component.get("evse")
    evse_id = whole(evse.get("id")) if isinstance(evse, Mapping) else None
    if name is None or evse_id is None:
        return name
    connector = whole(evse.get("connectorId")) if isinstance(evse, Mapping) else None
    return f"{name}@{evse_id}" if connector is None else f"{name}@{evse_id}.{connector}"


def component_of(key: str) -> dict[str, Any]:
    """The ComponentType of that text."""
    name, _, place = key.partition("@")
    found = _named(name)
    evse, _, connector = place.partition(".")
    if (evse_id := number(evse)) is not None:
        found["evse"] = {"id": evse_id}
        if (connector_id := number(connector)) is not None:
            found["evse"]["connectorId"] = connector_id
    return found


def variable_key(variable: Any) -> str | None:
    """The text for a VariableType; None where it has no name."""
    return _with_instance(variable) if isinstance(variable, Mapping) else None


def variable_of(key: str) -> dict[str, Any]:
    """The VariableType of that text."""
    return _named(key)


def shown(value: Any) -> str | None:
    """A value as text, without the user of a URL; some stations write numbers and booleans as such."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return str(value)
    said = text(value)
    return None if said is None else shown_text(said)


async def value_of(
    records: Records, identity: str, component: str, variable: str, attribute: str = "Actual"
) -> str | None:
    """The value that a station is known to have; None where it is not known. Case does not matter (part 1, 4.1)."""
    row = await records.variables.get(identity, component, variable, attribute)
    if row is not None:
        return row.value
    wanted = (folded(component), folded(variable), folded(attribute))
    rows = await records.variables.of(identity)
    same = (row for row in rows if (folded(row.component), folded(row.variable), folded(row.attribute)) == wanted)
    found = next(same, None)
    return None if found is None else found.value


async def number_of(
    records: Records, identity: str, component: str, variable: str, attribute: str = "Actual"
) -> int | None:
    """The same as a whole number; None where it is none."""
    return number(await value_of(records, identity, component, variable, attribute))


def _with_instance(given: Mapping[str, Any]) -> str | None:
    name, instance = text(given.get("name")), text(given.get("instance"))
    if not name:
        return None
    return f"{_escaped(name)}#{_escaped(instance)}" if instance else _escaped(name)


def _named(key: str) -> dict[str, Any]:
    name, found, instance = key.partition("#")
    return {"name": unquote(name), "instance": unquote(instance)} if found else {"name": unquote(name)}


def _escaped(name: str) -> str:
    return "".join(_ESCAPES.get(char, char) for char in name[:_LONGEST])
